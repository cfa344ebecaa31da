"""Other features hear once of each new account."""

from uuid import UUID

import pytest
from sqlalchemy import select

from mcmeet.core.ids import Person
from mcmeet.core.jobs.tables import StoredJob
from mcmeet.features.accounts import AccountRegistered
from mcmeet.features.accounts.tests.people import (
    LIN_XIAO,
    account_of,
    answer,
    code_for,
    problem,
    register,
    registration_of,
)
from tests.fixtures.app import App, AppStarter
from tests.fixtures.jobs import Listener

pytestmark = pytest.mark.anyio


@pytest.fixture
def mails() -> Listener:
    return Listener(AccountRegistered)


async def promised(app: App) -> int:
    return len(await app.core.db.read(lambda tx: tx.scalars(select(StoredJob.id)).all()))


async def test_a_new_account_is_heard_of_once(app_starter: AppStarter, mails: Listener) -> None:
    async with app_starter.run(extra=[mails.feature]) as app:
        lin = app.visitor()
        assert (await register(lin, await registration_of(app, lin, LIN_XIAO))).status_code == 201
        account = await account_of(lin)
        assert account is not None
        id_ = UUID(account["id"])
        registered = AccountRegistered(tenant=Person(id_), account=id_, registered_at=app.clock.now())
        assert await mails.hears() == registered
        app.clock.step(60)
        signed_in = await answer(lin, LIN_XIAO, await code_for(app, lin, LIN_XIAO))
        assert signed_in.json()["status"] == "signed_in"
        assert await promised(app) == 1


async def test_a_registration_that_fails_is_told_to_nobody(app_starter: AppStarter, mails: Listener) -> None:
    async with app_starter.run(extra=[mails.feature]) as app:
        lin = app.visitor()
        registration = await registration_of(app, lin, LIN_XIAO)
        assert problem(await register(lin, registration, name=""))[0] == 422
        assert problem(await register(lin, "forged"))[1] == "registration_expired"
        assert await promised(app) == 0


async def test_the_second_registration_of_a_number_opens_no_other_account(
    app_starter: AppStarter, mails: Listener
) -> None:
    async with app_starter.run(extra=[mails.feature]) as app:
        phone, laptop = app.visitor(), app.visitor()
        first = await registration_of(app, phone, LIN_XIAO)
        app.clock.step(60)
        second = await registration_of(app, laptop, LIN_XIAO)
        assert (await register(phone, first)).status_code == 201
        await register(laptop, second, name="林晓的电脑")
        await mails.hears()
        assert await promised(app) == 1
