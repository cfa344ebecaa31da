"""A disk that is full: a real one, small, in a file system of the test's own."""

import contextlib
import re
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from tests.fixtures.namespaces import held, prefix, wait_ready
from tests.fixtures.ports import free_port
from tests.fixtures.returning import CONSENT, Attendee, browser
from tests.fixtures.server import PROGRAM, Server

pytestmark = pytest.mark.anyio

SIZE: Final = "8m"
CHUNK: Final = b"\0" * 4096
FULL: Final = "is full: make room on it, then start again"
PHONE: Final = "+8613800000001"


@dataclass
class SmallDisk:
    folder: Path
    prefix: tuple[str, ...]
    root: Path

    def server(self) -> Server:
        """Its data is on this disk, what it says is not."""
        return Server(self.folder / "data", prefix=self.prefix, root=self.root)

    def try_to_start(self) -> subprocess.CompletedProcess[str]:
        command = [*self.prefix, PROGRAM, "serve", "--port", "0", "--data", str(self.folder / "data")]
        return subprocess.run(command, capture_output=True, text=True, timeout=60)

    def fill(self) -> None:
        """To the last byte."""
        with contextlib.suppress(OSError), self._ballast.open("ab", buffering=0) as file:
            while True:
                file.write(CHUNK)

    def make_room(self) -> None:
        self._ballast.unlink()

    @property
    def _ballast(self) -> Path:
        return self.root / self.folder.relative_to("/") / "ballast"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    folder = tmp_path / "disk"
    folder.mkdir()
    with held("mount", f"mount -t tmpfs -o size={SIZE} tmpfs {folder}") as holder:
        wait_ready(holder, "mount")
        yield SmallDisk(folder, prefix(holder, "mount"), Path(f"/proc/{holder.pid}/root"))


@pytest.fixture
def server(disk: SmallDisk) -> Iterator[Server]:
    server = disk.server()
    server.start(free_port())
    yield server
    server.stop()


@dataclass
class Call:
    """林晓 and 周航, who are in, and a browser of somebody who is not."""

    lin: Attendee
    zhou: Attendee
    outside: httpx.AsyncClient

    async def joins(self, name: str) -> httpx.Response:
        body = {"name": name, "passcode": self.lin.passcode, "consent": CONSENT}
        return await self.outside.post(f"/api/meetings/{self.lin.number}/join", json=body)

    async def asks_for_code(self) -> httpx.Response:
        return await self.outside.post("/api/auth/code", json={"phone": PHONE, "consent": CONSENT})

    async def health(self) -> Any:
        return (await self.outside.get("/healthz")).json()


@pytest.fixture
async def call(server: Server) -> AsyncIterator[Call]:
    made = server.admin("create-meeting", "--topic", "产品周会")
    [(number, passcode)] = re.findall(r"会议号 (\d+)\s+入会密码 (\d+)", made)
    browsers = [browser(server.url) for _ in range(3)]
    lin, zhou = (
        Attendee(name, number, passcode, http) for name, http in zip(("林晓", "周航"), browsers, strict=False)
    )
    for person in (lin, zhou):
        await person.comes()
    yield Call(lin, zhou, browsers[2])
    for http in browsers:
        await http.aclose()


def is_refused(answer: httpx.Response) -> bool:
    return (answer.status_code, answer.json()["code"]) == (503, "not_saved")


async def each_hears_what_was_not_saved(call: Call) -> None:
    for person in (call.lin, call.zhou):
        assert not await person.says("participants.rename", name="没存上")
        assert person.refused == "not_saved"
        await person.turns_hand()
        assert person.hand.possible == {False}
        assert await person.says("reactions.show", reaction="clap")
        await person.is_heard()
    assert is_refused(await call.joins("Emma"))
    assert is_refused(await call.asks_for_code())
    assert (await call.outside.get("/")).status_code == 200
    assert (await call.health())["status"] == "ok"


async def all_is_as_before(call: Call, server: Server) -> None:
    for person in (call.lin, call.zhou):
        await person.renames(f"{person.name}（上海）")
        await person.turns_hand()
        assert person.hand.possible == {True}
    assert (await call.joins("Emma")).status_code == 200
    assert (await call.asks_for_code()).status_code == 202
    assert server.code_for(PHONE)
    assert (await call.health())["network_log"] == "ok"


def is_one_sentence(refused: subprocess.CompletedProcess[str], words: str) -> bool:
    return (refused.returncode, refused.stderr.count("\n"), words in refused.stderr) == (2, 1, True)


async def test_a_full_disk_if_it_may_be_mounted_stops_no_meeting_and_no_start_without_a_sentence(
    disk: SmallDisk, server: Server, call: Call
) -> None:
    disk.fill()
    await each_hears_what_was_not_saved(call)
    disk.make_room()
    await all_is_as_before(call, server)
    assert [person.comebacks for person in (call.lin, call.zhou)] == [0, 0], "a socket was lost"

    disk.fill()
    server.stop()
    disk.fill()
    assert is_one_sentence(disk.try_to_start(), FULL)
    disk.make_room()
    server.start(port=int(server.url.rsplit(":", 1)[1]))
    for person in (call.lin, call.zhou):
        await person.is_heard()  # with the name and the hand of before: see Attendee
    assert [person.comebacks for person in (call.lin, call.zhou)] == [1, 1]
    assert "Traceback" not in server.log


def test_a_first_start_on_a_full_disk_if_it_may_be_mounted_is_one_sentence(disk: SmallDisk) -> None:
    disk.fill()
    assert is_one_sentence(disk.try_to_start(), "No space left on device")


async def test_a_terminal_that_takes_nothing_costs_its_lines_alone(tmp_path: Path) -> None:
    """Such as `mcmeet serve >> meet.log` on a full disk."""
    server = Server(tmp_path / "data", prefix=("sh", "-c", 'exec "$@" >/dev/full 2>&1', "sh"))
    server.start()
    try:
        async with browser(server.url) as http:
            assert (await http.get("/api/nothing")).status_code == 404
            answer = await http.post("/api/auth/code", json={"phone": PHONE, "consent": CONSENT})
            assert (answer.status_code, len(server.code_for(PHONE))) == (202, 6)
    finally:
        server.stop()
