from datetime import datetime
from uuid import UUID

from mcmeet.features.chat.tables import Channel, Message, Typing
from mcmeet.core.ids import Tenant
from mcmeet.live.tables import Seat
from sqlalchemy import select
from sqlalchemy.orm import Session


def channels(session: Session, tenant: Tenant) -> list[str]:
    return list(session.scalars(select(Channel.name).where(Channel.tenant == tenant)))


def messages(session: Session, channel: UUID) -> list[str]:
    return list(session.scalars(select(Message.text).where(Message.channel == channel)))


def names(session: Session, tenant: Tenant) -> list[str]:
    return list(session.scalars(select(Channel.name)))


def drafts(session: Session, tenant: Tenant | None) -> list[str]:
    return list(session.scalars(select(Message.text).where(Message.tenant == tenant)))


def channel_by_number(session: Session, number: str) -> str | None:
    return session.scalar(select(Channel.name).where(Channel.number == number))


def seats(session: Session, run: UUID) -> list[int]:
    return list(session.scalars(select(Seat.number).where(Seat.run_id == run)))


def messages_of_run(session: Session, run: UUID) -> list[str]:
    return list(session.scalars(select(Message.text).where(Message.run_id == run)))


def old_messages(session: Session, before: datetime) -> list[str]:
    return list(session.scalars(select(Message.text).where(Message.at < before)))


def who_types(session: Session, run: UUID) -> list[int]:
    return list(session.scalars(select(Typing.seat).where(Typing.run_id == run)))
