from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from mcmeet.core.config import Mode
from mcmeet.core.contacts import masked_phone
from mcmeet.core.declare import PD, Basis, Keep, NoPD, Purpose
from mcmeet.core.jobs import Event
from mcmeet.features.accounts.store import Profile
from mcmeet.privacy.policies import Lang
from mcmeet.privacy.schemas import ConsentGiven, ConsentVersions

FIELD_MOST = 1000
"""Characters of any field, before the rules of its own say what is wrong with it."""


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CodeRequest(_Request):
    phone: str = Field(max_length=FIELD_MOST)
    consent: ConsentGiven | None = None


class CodeSent(BaseModel):
    """`retry_after` in seconds."""

    retry_after: int


class LoginRequest(_Request):
    phone: str = Field(max_length=FIELD_MOST)
    code: str = Field(max_length=FIELD_MOST)


class RegisterRequest(_Request):
    registration: str = Field(max_length=FIELD_MOST)
    name: str = Field(max_length=FIELD_MOST)
    email: str | None = Field(None, max_length=FIELD_MOST)
    consent: ConsentGiven | None = None


class AccountView(BaseModel):
    """The signed-in person's own account."""

    id: UUID
    name: str
    phone_masked: str | None
    email: str | None

    @classmethod
    def of(cls, profile: Profile) -> AccountView:
        phone = masked_phone(profile.phone) if profile.phone else None
        return cls(id=profile.id, name=profile.name, phone_masked=phone, email=profile.email)


class LoginSignedIn(BaseModel):
    status: Literal["signed_in"] = "signed_in"
    account: AccountView


class LoginRegister(BaseModel):
    """The number is proven and new; `registration` is good for 10 minutes, once."""

    status: Literal["register"] = "register"
    registration: str


class Registered(BaseModel):
    account: AccountView


class OperatorView(BaseModel):
    """Who runs this installation; empty where the configuration does not say."""

    name: str
    phone: str
    email: str
    address: str


class SessionView(BaseModel):
    """What the page has to know first; `account` is null for somebody who is not signed in."""

    account: AccountView | None
    guest: bool
    mode: Mode
    locale: Lang
    operator: OperatorView
    consent: ConsentVersions
    strict_necessary: bool
    public_url: str | None
    """With what links begin that people are sent, where that is configured."""


def _told(cat: str) -> PD:
    return PD(
        cat=cat,
        clause=("1.2",),
        purpose=Purpose.ACCOUNT,
        basis=Basis.CONTRACT,
        subject=("account",),
        keep=Keep.JOB,
    )


class AccountRegistered(Event):
    """There is a new account. Who it is says the account itself, as long as it is there."""

    version: Annotated[Literal[1], NoPD("of this model")] = 1
    account: Annotated[UUID, _told("user.unique_id")]
    registered_at: Annotated[datetime, _told("user.account.time")]
