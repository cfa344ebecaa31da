"""C4: no line says who somebody is, by name, number, id or secret; without its key nobody can tell."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlalchemy import text

from mcmeet.core.config import Config
from mcmeet.privacy.network_log.partitions import FOLDER
from tests.fixtures.app import CONSENT, App, AppStarter
from tests.privacy.network_log import becomes, stored

pytestmark = pytest.mark.anyio

PHONE = "+8613800007777"
LOG_IN, JOIN, LEAVE = ("log_in", "done"), ("join", "done"), ("leave", "done")


def everything(config: Config) -> bytes:
    """What a thief of the log has: its files as they are, or its tables."""
    files = [file.read_bytes() for file in (config.data / FOLDER).glob("*")]
    return b"".join(files) or repr(stored(config)).encode()


def spellings(value: str) -> Iterator[bytes]:
    yield value.encode()
    try:
        id_ = UUID(value)
    except ValueError:
        return
    yield from (id_.hex.encode(), id_.bytes)


async def test_C4_the_log_holds_no_name_number_id_or_secret(app: App) -> None:
    lin_xiao, emma = await app.person("林晓", PHONE), app.visitor()
    meeting = await lin_xiao.create_meeting("一个无人知晓的主题")
    host, guest = await lin_xiao.enter(meeting, "林晓"), await emma.enter(meeting, "Emma Müller")
    await guest.command("live.leave")
    await becomes(app.core.config, [LOG_IN, JOIN, JOIN, LEAVE])
    account = (await lin_xiao.http.get("/api/session")).json()["account"]
    cookies = [value for visitor in (lin_xiao, emma) for value in visitor.http.cookies.values()]
    secrets = {
        *(
            "林晓",
            "Emma Müller",
            "一个无人知晓的主题",
            PHONE,
            PHONE[3:],
            meeting["number"],
            meeting["passcode"],
        ),
        *(account["id"], account["email"]),
        *cookies,
        *(cookie.partition(".")[0] for cookie in cookies),
        *(socket.welcome["resume"] for socket in (host, guest)),
    }
    log = everything(app.core.config)
    assert b"join" in log
    assert [secret for secret in secrets for spelling in spellings(secret) if spelling in log] == []


@pytest.mark.parametrize("erased", [False, True])
async def test_C4_once_its_key_is_erased_a_pseudonym_leads_to_nobody(
    app_starter: AppStarter, erased: bool
) -> None:
    """With the key the same person is found again within the week; without it even we cannot."""
    async with app_starter.run() as app:
        await app.person("林晓", PHONE)
        await becomes(app.core.config, [LOG_IN])
        if erased:
            await app.core.db.write(lambda tx: tx.execute(text("DELETE FROM network_log_key")))
    async with app_starter.run() as app:
        await app.advance(61)
        again = app.visitor()
        await again.http.post("/api/auth/code", json={"phone": PHONE, "consent": CONSENT})
        await again.http.post("/api/auth/login", json={"phone": PHONE, "code": app.sms.code_for(PHONE)})
        before, after = await becomes(app.core.config, [LOG_IN] * 2)
    assert (before["pseudonym"] == after["pseudonym"]) is not erased
