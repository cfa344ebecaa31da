"""What one feature forbids is forbidden at every door: each route, each live command, each media right."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from mcmeet.core.auth import Actor, Refusal
from mcmeet.core.feature import Feature
from mcmeet.live.feature import PUBLISH_ACTIONS
from mcmeet.live.state import RoomState
from mcmeet.registry import FEATURES
from tests.contract.test_routes import BODIES, EXPECTED, leaves
from tests.fixtures.app import App, AppStarter
from tests.live.declared import commands

pytestmark = pytest.mark.anyio

ACTION_OF = {
    (method, route.path): route.openapi_extra["x-action"]  # type: ignore[attr-defined]
    for route in leaves(route for feature in FEATURES if feature.router for route in feature.router.routes)
    for method in route.methods  # type: ignore[attr-defined]
}


class Suspension:
    """A feature whose only say is which actions are suspended, and that notes what it was asked about."""

    def __init__(self) -> None:
        self.actions: frozenset[str] = frozenset()
        self.objects: dict[str, set[bool]] = {}

    def restrict(self, actor: Actor, action: str, object_: Any) -> Refusal | None:
        if object_ is not None:
            assert isinstance(object_, RoomState), action
        self.objects.setdefault(action, set()).add(object_ is not None)
        return Refusal("suspended") if action in self.actions else None


@pytest.fixture
def suspension() -> Suspension:
    return Suspension()


@pytest.fixture
async def app(app_starter: AppStarter, suspension: Suspension) -> AsyncIterator[App]:
    extra = Feature("suspension", restrict=suspension.restrict)
    async with app_starter.run(extra=[extra]) as app:
        yield app


@pytest.mark.parametrize(("method", "path"), EXPECTED)
async def test_a_route_whose_action_is_suspended_refuses(
    app: App, suspension: Suspension, method: str, path: str
) -> None:
    lin = await app.person("林晓")
    meeting = await lin.create_meeting()
    suspension.actions = frozenset({ACTION_OF[method, path]})
    body = {**BODIES.get(path, {}), "passcode": meeting["passcode"]} if method == "POST" else None
    url = path.format(kind="privacy", number=meeting["number"])
    answer = await lin.http.request(method, url, json=body)
    assert (answer.status_code, answer.json()["data"]) == (403, {"refused_by": "suspended"}), answer.text


@pytest.mark.parametrize("name", sorted(commands()))
async def test_a_live_command_that_is_suspended_refuses(app: App, suspension: Suspension, name: str) -> None:
    lin = await app.person("林晓")
    host = await lin.enter(await lin.create_meeting(), "林晓")
    suspension.actions = frozenset({name})
    answer = await host.command(name)
    assert answer["error"]["code"] == "forbidden"
    assert answer["error"]["data"] == {"refused_by": "suspended"}


async def test_a_source_that_is_suspended_cannot_be_published(app: App, suspension: Suspension) -> None:
    lin = await app.person("林晓")
    meeting = await lin.create_meeting()
    suspension.actions = frozenset({PUBLISH_ACTIONS["camera"]})
    host = await lin.enter(meeting, "林晓")
    rights = host.welcome["you"]["rights"]
    assert sorted(set(PUBLISH_ACTIONS) - {"camera"}) == rights["publish"]


async def test_the_end_is_asked_about_the_room_by_either_way(app: App, suspension: Suspension) -> None:
    lin = await app.person("林晓")
    meeting = await lin.create_meeting()
    host = await lin.enter(meeting, "林晓")
    suspension.objects.clear()
    assert "ack" in await host.command("meetings.end")
    assert suspension.objects["meetings.end"] == {True}
    other = await lin.create_meeting()
    suspension.objects.clear()
    assert (await lin.http.post(f"/api/meetings/{other['number']}/end")).status_code == 204
    assert suspension.objects["meetings.end"] == {False, True}
