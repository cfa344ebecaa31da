"""What is said of a wrong setting: its key, its value and what is allowed, in one line."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Literal, TypeAlias, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

PREFIX: Final = "MCMEET_"
BETWEEN: Final = "__"
READ_ELSEWHERE: Final = frozenset(
    {
        "MCMEET_MEDIA_SECRET",  # mcmeet media
        "MCMEET_URL",  # web/vite.config.ts
    }
)
"""Variables of ours that are no settings."""
OWN_WORDS: Final = "Value error, "
"""What pydantic puts before the text of our own validators."""

Model: TypeAlias = type[BaseModel]


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a setting takes, where its type does not say it."""

    text: str


def wrong_variables(settings: Model, environment: Mapping[str, str]) -> Iterator[str]:
    """pydantic passes over names that it does not know, and wants JSON for a whole area."""
    keys = [_key(path) for path in _paths(settings)]
    for variable, value in environment.items():
        name = variable.upper()
        key = name.removeprefix(PREFIX)
        if not name.startswith(PREFIX) or name in READ_ELSEWHERE or key in keys:
            continue
        field = settings.model_fields.get(key.lower())
        if field is None:
            yield f"{variable}: there is no such setting{_nearest(key, keys, PREFIX)}"
        else:
            shown = "" if _is_secret(field) else f" = {value!r}"
            allowed = ", ".join(PREFIX + other for other in keys if other.startswith(key + BETWEEN))
            yield f"{variable}{shown}: a group of settings has no value of its own (allowed: {allowed})"


def explain(settings: Model, item: Any) -> str:
    """One of pydantic's errors."""
    path = [str(part) for part in item["loc"]]
    key = ".".join(path)
    if item["type"] == "extra_forbidden":
        known = [*settings.model_fields, *(".".join(path) for path in _paths(settings))]
        return f"{key}: there is no such setting{_nearest(key, known)}"
    field = _field(settings, path)
    allowed = _allowed(path, field) if field else ""
    value = "" if field and _is_secret(field) else f" = {item['input']!r}"
    reason = item["msg"].removeprefix(OWN_WORDS)
    message = f"{key}{value}: {reason[:1].lower()}{reason[1:]}"
    return f"{message} (allowed: {allowed})" if allowed else message


def _paths(settings: Model) -> Iterator[tuple[str, ...]]:
    for name, field in settings.model_fields.items():
        area = _area(field)
        if area is None:
            yield (name,)
        else:
            yield from ((name, key) for key in area.model_fields)


def _key(path: tuple[str, ...]) -> str:
    """As a variable has it, after the prefix."""
    return BETWEEN.join(path).upper()


def _nearest(name: str, known: list[str], prefix: str = "") -> str:
    """Also for the key alone, without its area."""
    found = difflib.get_close_matches(name, known, n=1) or [other for other in known if other.endswith(name)]
    if found:
        return f"; did you mean {' or '.join(prefix + other for other in found)}?"
    return f" (the settings are {', '.join(prefix + other for other in known)})"


def _area(field: FieldInfo) -> Model | None:
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _is_secret(field: FieldInfo) -> bool:
    area = _area(field)
    return not field.repr or (area is not None and any(map(_is_secret, area.model_fields.values())))


def _field(settings: Model, path: list[str]) -> FieldInfo | None:
    model: Model = settings
    field: FieldInfo | None = None
    for part in path:
        field = model.model_fields.get(part)
        if field is None:
            return None
        model = _area(field) or model
    return field


def _allowed(path: list[str], field: FieldInfo) -> str:
    """Never empty: a test walks through every setting."""
    annotation = field.annotation
    area = _area(field)
    if area is not None:
        return f"[{path[-1]}] with {', '.join(area.model_fields)}"
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return " | ".join(member.value for member in annotation)
    if get_origin(annotation) is Literal:
        return " | ".join(map(str, get_args(annotation)))
    if annotation is bool:
        return "true | false"
    marks = list(_marks(field))
    for mark in marks:
        if isinstance(mark, Allowed):
            return mark.text
    limits = {
        name: getattr(mark, name)
        for mark in marks
        for name in ("ge", "le", "max_length")
        if hasattr(mark, name)
    }
    if "max_length" in limits:
        return f"text of at most {limits['max_length']} characters"
    return f"{limits['ge']} to {limits['le']}" if limits else ""


def _marks(field: FieldInfo) -> Iterator[Any]:
    """Of `Annotated[T, …]`, and of its like in `Annotated[T, …] | None`."""
    yield from field.metadata
    for option in get_args(field.annotation):
        yield from getattr(option, "__metadata__", ())
