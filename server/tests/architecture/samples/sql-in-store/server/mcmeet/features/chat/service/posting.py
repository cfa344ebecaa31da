from sqlalchemy import select
