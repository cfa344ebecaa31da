"""LiveKit access tokens: JWTs (RFC 7519) signed with HS256 by the secret of an API key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import OctKey

from mcmeet.media.port import MediaError, Rights, Source

ALGORITHM: Final = "HS256"
CLOCK_LEEWAY_SECONDS: Final = 10
"""How far the clocks of whoever signed a token and of this machine may differ."""
MAX_TOKEN_CHARACTERS: Final = 8192


class TokenRejected(MediaError):
    """The message is shown to whoever tried to connect."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a valid token allows. `name` and `metadata` are empty in tokens of our own."""

    room: str
    identity: str
    rights: Rights
    hidden: bool = False
    name: str = ""
    metadata: str = ""


@dataclass(frozen=True, slots=True)
class TokenKey:
    """An API key and its secret; `name` is the `iss` claim."""

    name: str
    secret: str


def issue(key: TokenKey, grant: Grant, now: datetime, lifetime: timedelta) -> tuple[str, datetime]:
    """The token and the moment (UTC) it expires."""
    expires_at = now + lifetime
    claims: dict[str, Any] = {
        "iss": key.name,
        "sub": grant.identity,
        "nbf": int(now.timestamp()),
        "exp": int(expires_at.timestamp()),
        "video": _video_claim(grant),
    }
    if grant.name:
        claims["name"] = grant.name
    if grant.metadata:
        claims["metadata"] = grant.metadata
    token = jwt.encode({"alg": ALGORITHM, "typ": "JWT"}, claims, OctKey.import_key(key.secret))
    return token, expires_at


def verify(token: str, key: TokenKey, now: datetime) -> Grant:
    """Raises TokenRejected."""
    if len(token) > MAX_TOKEN_CHARACTERS:
        raise TokenRejected("invalid token: too long")
    try:
        claims = jwt.decode(token, OctKey.import_key(key.secret), algorithms=[ALGORITHM]).claims
        registry = jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=CLOCK_LEEWAY_SECONDS,
            iss={"essential": True, "value": key.name},
            sub={"essential": True},
            exp={"essential": True},
        )
        registry.validate(claims)
    except ExpiredTokenError as error:
        raise TokenRejected("the token has expired") from error
    except (JoseError, ValueError) as error:
        raise TokenRejected("invalid token") from error
    return _grant(claims)


def _video_claim(grant: Grant) -> dict[str, Any]:
    return {
        "room": grant.room,
        "roomJoin": True,
        "canPublish": bool(grant.rights.publish),
        "canPublishSources": sorted(grant.rights.publish),
        "canSubscribe": grant.rights.subscribe,
        "canPublishData": grant.rights.data,
        "hidden": grant.hidden,
    }


def _grant(claims: Mapping[str, Any]) -> Grant:
    video = claims.get("video")
    identity, name, metadata = claims["sub"], claims.get("name", ""), claims.get("metadata", "")
    if not isinstance(video, dict) or video.get("roomJoin") is not True:
        raise TokenRejected("the token does not allow to join a room")
    room = video.get("room")
    if not isinstance(room, str) or not room:
        raise TokenRejected("the token names no room")
    if not isinstance(identity, str) or not identity:
        raise TokenRejected("the token names nobody")
    if not isinstance(name, str) or not isinstance(metadata, str):
        raise TokenRejected("invalid token")
    return Grant(room, identity, _rights(video), video.get("hidden") is True, name, metadata)


def _rights(video: Mapping[str, Any]) -> Rights:
    """LiveKit's rule: a right that is not mentioned is given, no list of sources means all of them."""
    sources = video.get("canPublishSources") or list(Source)
    if not isinstance(sources, list):
        raise TokenRejected("invalid token")
    known = frozenset(source for source in Source if source.value in sources)
    may_publish = video.get("canPublish", True) is True
    return Rights(
        publish=known if may_publish else frozenset(),
        subscribe=video.get("canSubscribe", True) is True,
        data=video.get("canPublishData", True) is True,
    )
