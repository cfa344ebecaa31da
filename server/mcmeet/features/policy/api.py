"""The texts over HTTP: for everybody, before any consent, without a cookie."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Final

from fastapi import APIRouter, Header, Response

from mcmeet.core.auth import Action, Anonymous, Guest, Person, Seat, Staff, Token, entry
from mcmeet.core.config import Operator
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
SHOWN_KEPT: Final = len(Kind) * len(Lang)

router = APIRouter()


@router.get(
    "/api/policies/{kind}", response_model=PolicyText, response_model_exclude_none=True, **entry(READ)
)
async def read_policy(
    kind: str,
    core: CurrentCore,
    lang: str = Lang.ZH,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """The text in force. Its hash is the ETag, so a page that has it is told so (RFC 9110 §13.1.2)."""
    body, digest = _shown(_kind(kind), _lang(lang), core.config.operator)
    headers = {"ETag": f'"{digest}"', "Cache-Control": "no-cache", "Content-Language": lang}
    if if_none_match and headers["ETag"] in if_none_match:
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")


@lru_cache(SHOWN_KEPT)
def _shown(kind: Kind, lang: Lang, operator: Operator) -> tuple[bytes, str]:
    """The answer and its hash, made once: whoever asks need not be known, and waits on the event loop."""
    policy = current(kind, lang, operator)
    text = PolicyText(**policy.model_dump(), hash=text_hash(policy))
    return text.model_dump_json(exclude_none=True).encode(), text.hash


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
