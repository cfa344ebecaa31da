"""The texts over HTTP: for everybody, before any consent, without a cookie."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Header, Response

from mcmeet.core.auth import Action, Anonymous, Guest, Person, Seat, Staff, Token, entry
from mcmeet.core.declare import Purpose
from mcmeet.core.services import CurrentCore
from mcmeet.features.policy.errors import LanguageNotFound, PolicyNotFound
from mcmeet.features.policy.schemas import PolicyText
from mcmeet.privacy.policies import Kind, Lang, current, text_hash

READ: Final = Action(
    name="policy.read",
    purpose=Purpose.PUBLIC_INFORMATION,
    actors=frozenset({Anonymous, Guest, Person, Seat, Staff, Token}),
)

router = APIRouter()


@router.get(
    "/api/policies/{kind}", response_model=PolicyText, response_model_exclude_none=True, **entry(READ)
)
async def read_policy(
    kind: str,
    core: CurrentCore,
    response: Response,
    lang: str = Lang.ZH,
    if_none_match: Annotated[str | None, Header()] = None,
) -> PolicyText | Response:
    """The text in force. Its hash is the ETag, so a page that has it is told so (RFC 9110 §13.1.2)."""
    policy = current(_kind(kind), _lang(lang), core.config.operator)
    digest = text_hash(policy)
    headers = {"ETag": f'"{digest}"', "Cache-Control": "no-cache", "Content-Language": policy.lang}
    if if_none_match and headers["ETag"] in if_none_match:
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return PolicyText(**policy.model_dump(), hash=digest)


def _kind(text: str) -> Kind:
    try:
        return Kind(text)
    except ValueError:
        raise PolicyNotFound(kinds=list(Kind)) from None


def _lang(text: str) -> Lang:
    try:
        return Lang(text)
    except ValueError:
        raise LanguageNotFound(languages=list(Lang)) from None
