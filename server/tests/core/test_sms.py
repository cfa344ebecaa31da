import asyncio
from pathlib import Path

import pytest

from mcmeet.app import create_app, create_core
from mcmeet.core.config import Config
from mcmeet.core.db import migrate
from mcmeet.core.declare import PD, LogStream
from mcmeet.core.secrets import Secrets
from mcmeet.core.sms import DEV_MESSAGES, ConsoleSms
from mcmeet.media.fake import FakeEngine
from mcmeet.privacy import lint
from mcmeet.privacy.stores import every_store
from tests.fixtures.app import FakeClock

pytestmark = pytest.mark.anyio
PHONE = "+8613800138000"


def kept(data: Path) -> list[str]:
    return [path.read_text(encoding="utf-8")[4:10] for path in sorted((data / DEV_MESSAGES).iterdir())]


async def test_a_message_of_the_demo_is_kept_for_ten_minutes(tmp_path: Path) -> None:
    clock = FakeClock()
    sms = ConsoleSms(tmp_path, clock)
    await sms.send_code(PHONE, "111111")
    clock.step(6 * 60)
    await sms.send_code(PHONE, "222222")
    assert kept(tmp_path) == ["111111", "222222"]
    clock.step(5 * 60)
    await sms.forget_old()
    assert kept(tmp_path) == ["222222"]


async def test_what_a_demo_shows_in_the_terminal_is_declared(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    await ConsoleSms(tmp_path, FakeClock()).send_code(PHONE, "111111")
    shown = capfd.readouterr().err
    assert PHONE in shown
    assert "111111" in shown
    (terminal,) = [store for store in every_store(()) if lint.store_name(store) == "demo terminal"]
    assert isinstance(terminal, LogStream)
    assert {name for name, field in terminal.fields.items() if isinstance(field, PD)} == {"phone", "code"}


async def test_old_messages_are_deleted_at_the_start_and_each_minute(tmp_path: Path) -> None:
    """What an earlier server left as well."""
    clock = FakeClock()
    sms = ConsoleSms(tmp_path, clock)
    await sms.send_code(PHONE, "111111")
    clock.step(10 * 60 + 1)
    core = create_core(Config(data=tmp_path), Secrets(b"k" * 32), clock=clock, features=())
    app = create_app(core, FakeEngine(clock))
    migrate.upgrade(core.config.database_url)
    async with app.router.lifespan_context(app):
        assert kept(tmp_path) == []
        await core.sms.send_code(PHONE, "222222")
        clock.step(10 * 60 + 1)
        for _ in range(1500):
            if not kept(tmp_path):
                return
            await asyncio.sleep(0.02)
        raise AssertionError("the message is still there")
