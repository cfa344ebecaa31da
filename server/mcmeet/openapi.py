"""The OpenAPI document: HTTP routes, and the shapes of the socket among its components.

One run of openapi-typescript over it gives the page all its types.
"""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from mcmeet.core import errors
from mcmeet.live import wire
from mcmeet.registry import FEATURES

REFERENCE: Final = "#/components/schemas/{model}"


def document() -> dict[str, Any]:
    app = FastAPI(title="MCMeet", version="1", responses=errors.RESPONSES)
    for feature in FEATURES:
        if feature.router is not None:
            app.include_router(feature.router, tags=[feature.name])
    spec: dict[str, Any] = get_openapi(
        title=app.title, version=app.version, routes=app.routes, openapi_version="3.1.0"
    )
    models: list[type[BaseModel]] = [errors.Problem, *wire.MODELS, *_live_shapes()]
    _, shapes = models_json_schema([(model, "serialization") for model in models], ref_template=REFERENCE)
    schemas = spec.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(shapes["$defs"])
    _require_constants(schemas)
    return spec


def _require_constants(schemas: dict[str, Any]) -> None:
    """A constant says which shape this is: it is always sent, though its model has it as a default."""
    for schema in schemas.values():
        constants = {name for name, field in schema.get("properties", {}).items() if "const" in field}
        if constants:
            schema["required"] = sorted(constants | set(schema.get("required", ())))


def _live_shapes() -> list[type[BaseModel]]:
    """What the commands of the features take, and what their snapshots and events say."""
    found: list[type[BaseModel]] = []
    for feature in FEATURES:
        taken = [command.data for command in getattr(feature.live, "commands", {}).values()]
        said = getattr(feature.live, "shapes", ())
        found += [shape for shape in dict.fromkeys((*taken, *said)) if shape not in found]
    return found
