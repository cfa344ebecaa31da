"""Frames of `/api/live`, subprotocol `mcmeet.v1`: see docs/protocol.md, which is their specification."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from mcmeet.core.clock import iso
from mcmeet.core.endpoints import Endpoint
from mcmeet.live.errors import MalformedFrame
from mcmeet.live.feature import Event, MediaAssignment
from mcmeet.live.seats import Close

SUBPROTOCOL: Final = "mcmeet.v1"
HELLO_WITHIN_S: Final = 5.0
SILENCE_S: Final = 12.0
TICKET_S: Final = 60
COMMAND_ID_MOST: Final = 2**53 - 1
CREDENTIAL_MOST: Final = 100


class Link(Protocol):
    """A room's end of one socket. Nothing here waits: frames are queued, a reader that is too slow is cut.

    `address` is `ws(s)://host:port` as the client reached us, `endpoint` where it came from.
    """

    heard_at: float
    address: str
    endpoint: Endpoint

    @property
    def is_closing(self) -> bool: ...
    def send(self, frame: str) -> None: ...
    def send_transient(self, frame: str) -> None: ...
    def close(self, code: Close) -> None: ...


class Frame(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Hello(Frame):
    """The first frame: a ticket from the join, or the seat's own resume credential."""

    type: Literal["hello"]
    ticket: Annotated[str, Field(max_length=CREDENTIAL_MOST)] | None = None
    resume: Annotated[str, Field(max_length=CREDENTIAL_MOST)] | None = None
    epoch: Annotated[str, Field(max_length=64)] | None = None
    seq: Annotated[int, Field(ge=0)] | None = None
    capabilities: Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=40)] = []


class Ping(Frame):
    type: Literal["ping"]


class CommandFrame(Frame):
    """Anything with an id: `type` is looked up by the room."""

    id: Annotated[int, Field(ge=1, le=COMMAND_ID_MOST)]
    type: Annotated[str, Field(max_length=64)]
    data: dict[str, Any] = {}


_client_frame: TypeAdapter[Ping | CommandFrame] = TypeAdapter(Ping | CommandFrame)


def read_hello(text: str) -> Hello:
    """Raises MalformedFrame."""
    try:
        hello = Hello.model_validate_json(text)
    except ValidationError as error:
        raise MalformedFrame from error
    if (hello.ticket is None) == (hello.resume is None):
        raise MalformedFrame
    return hello


def read_frame(text: str) -> Ping | CommandFrame:
    """Raises MalformedFrame."""
    try:
        return _client_frame.validate_json(text)
    except ValidationError as error:
        raise MalformedFrame from error


def encode(body: Mapping[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def event_frame(event: Event, seq: int | None, at: datetime) -> str:
    body: dict[str, Any] = {} if seq is None else {"seq": seq}
    return encode(body | {"type": event.type, "at": iso(at), "by": event.by, "data": event.data})


def ack_frame(command_id: int, answer: Mapping[str, Any]) -> str:
    return encode({"ack": command_id, "data": answer})


def media_wire(assignment: MediaAssignment, address: str) -> dict[str, Any]:
    """An engine inside this server has no address of its own: it is where the live socket is."""
    return {
        "space": assignment.space,
        "kind": assignment.kind,
        "url": assignment.url or (address if assignment.kind == "rtc" else ""),
        "token": assignment.token,
        "expires_at": None if assignment.expires_at is None else iso(assignment.expires_at),
        "port": assignment.port,
    }
