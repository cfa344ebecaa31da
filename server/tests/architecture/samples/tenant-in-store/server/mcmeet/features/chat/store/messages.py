from uuid import UUID

from mcmeet.features.chat.tables import Message
from sqlalchemy import select
from sqlalchemy.orm import Session


def messages(session: Session, channel: UUID) -> list[str]:
    return list(session.scalars(select(Message.text).where(Message.channel == channel)))
