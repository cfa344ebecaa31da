"""Accounts: who somebody is, proven by a code to their phone, and for how long a browser is believed."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from mcmeet.core import ids
from mcmeet.core.cookies import HOST_PREFIX
from mcmeet.core.declare import Cookie, Keep, Purpose
from mcmeet.core.feature import Feature
from mcmeet.features.accounts import api, service, store
from mcmeet.features.accounts.schemas import AccountRegistered
from mcmeet.features.accounts.store import Profile

__all__ = ["FEATURE", "AccountRegistered", "Profile", "account_of"]


def account_of(session: Session, account: UUID) -> Profile | None:
    """An active account as its owner sees it: for that person's eyes alone."""
    return store.profile(session, ids.Person(account))


def _cookie(name: str) -> Cookie:
    return Cookie(
        name=name,
        purpose=Purpose.SESSION_SECURITY,
        clause=("1.16",),
        keep=Keep.LOGIN_SESSION,
        strictly_necessary=True,
    )


FEATURE: Final = Feature(
    name="accounts",
    router=api.router,
    actions=(api.SEND_CODE, api.SIGN_IN, api.REGISTER, api.SIGN_OUT, api.READ_SESSION),
    authenticators=(api.authenticate,),
    events=(AccountRegistered,),
    purge=service.purge,
    stores=(_cookie(api.COOKIE), _cookie(HOST_PREFIX + api.COOKIE)),
)
