import sqlalchemy as sa
from sqlalchemy import select


def find(table: sa.Table) -> object:
    return sa.select(table), select(table)
