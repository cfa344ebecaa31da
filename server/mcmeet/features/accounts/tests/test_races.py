"""On PostgreSQL writers really run beside each other, so the races are run there too."""

import asyncio

import pytest

from mcmeet.features.accounts.tests.people import (
    LIN_XIAO,
    ZHOU_HANG,
    answer,
    ask_code,
    code_for,
    problem,
    register,
    registration_of,
    wrong,
)
from tests.fixtures.app import App
from tests.fixtures.postgres import app_on_postgres

pytestmark = pytest.mark.anyio

DEVICES = 6
ROUNDS = 8  # of one race: it shows only in some; a number gets ten codes a day


app = app_on_postgres


async def test_devices_racing_one_code_have_one_winner(app: App) -> None:
    code = await code_for(app, app.visitor(), LIN_XIAO)
    answers = await asyncio.gather(*(answer(app.visitor(), LIN_XIAO, code) for _ in range(DEVICES)))
    assert sorted(response.status_code for response in answers) == [200, *[401] * (DEVICES - 1)]


async def test_guesses_at_once_are_counted_together(app: App) -> None:
    code = await code_for(app, app.visitor(), LIN_XIAO)
    await asyncio.gather(*(answer(app.visitor(), LIN_XIAO, wrong(code)) for _ in range(DEVICES)))
    assert problem(await answer(app.visitor(), LIN_XIAO, code)) == (401, "code_worn_out")


async def test_requests_at_once_send_one_code(app: App) -> None:
    for sent in range(1, ROUNDS + 1):
        answers = await asyncio.gather(*(ask_code(app.visitor(), LIN_XIAO) for _ in range(DEVICES)))
        assert sorted(response.status_code for response in answers) == [202, *[429] * (DEVICES - 1)]
        assert len(app.sms.sent) == sent
        app.clock.step(61)


async def test_one_registration_opens_one_account(app: App) -> None:
    registration = await registration_of(app, app.visitor(), LIN_XIAO)
    answers = await asyncio.gather(*(register(app.visitor(), registration) for _ in range(DEVICES)))
    assert sorted(response.status_code for response in answers) == [201, *[401] * (DEVICES - 1)]


async def test_two_registrations_of_one_number_never_make_two_accounts(app: App) -> None:
    first = await registration_of(app, app.visitor(), ZHOU_HANG)
    app.clock.step(60)
    second = await registration_of(app, app.visitor(), ZHOU_HANG)
    answers = await asyncio.gather(*(register(app.visitor(), one) for one in (first, second)))
    statuses = sorted(response.status_code for response in answers)
    assert statuses in ([201, 201], [201, 401])
    accounts = {response.json()["account"]["id"] for response in answers if response.status_code == 201}
    assert len(accounts) == 1
