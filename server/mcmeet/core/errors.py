"""Every expected failure is a class with a status, a stable code and data; this module draws them.

HTTP gets `application/problem+json` (RFC 9457) with our `code`, `message` and `data` beside it, the
sockets get `{"error": {code, message, data}, "re": id}`. Nothing else raises HTTP errors.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, ClassVar, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

PROBLEM_JSON = "application/problem+json"


class Problem(BaseModel):
    """The body of every failure over HTTP."""

    type: str
    title: str
    status: int
    code: str
    message: str
    data: dict[str, Any]


class McmeetError(Exception):
    """An expected failure. Subclasses set `status`, `code`, `message`; `data` is JSON for the client."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "bad_request"
    message: ClassVar[str] = "The request cannot be carried out."

    def __init__(self, **data: Any) -> None:
        super().__init__(self.message)
        self.data = data


class Unauthenticated(McmeetError):
    status = 401
    code = "unauthenticated"
    message = "Sign in first."


class Forbidden(McmeetError):
    """A refusal; its stable code says which rule refused."""

    status = 403
    code = "forbidden"
    message = "This is not allowed for you."

    def __init__(self, refused_by: str = "forbidden", **data: Any) -> None:
        super().__init__(refused_by=refused_by, **data)


class NotFound(McmeetError):
    status = 404
    code = "not_found"
    message = "There is nothing here."


class MethodNotAllowed(McmeetError):
    """`data.allow` lists the methods that the path has; the header Allow repeats them (RFC 9110 §15.5.6)."""

    status = 405
    code = "method_not_allowed"
    message = "This path has other methods."


class MalformedJson(McmeetError):
    """`data.position` counts the characters before the place, where the parser knows it."""

    status = 400
    code = "malformed_json"
    message = "The body is not JSON."


class TooManyRequests(McmeetError):
    """`data.retry_after` is in whole seconds."""

    status = 429
    code = "too_many_requests"
    message = "Too many tries. Wait a little, then try again."

    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after=retry_after)


class InvalidInput(McmeetError):
    """`data.fields` maps a field's path to what is wrong with it."""

    status = 422
    code = "invalid_input"
    message = "Something that was sent is not valid."


class ForeignOrigin(McmeetError):
    status = 403
    code = "foreign_origin"
    message = "This request did not come from our own page."


class BodyTooLarge(McmeetError):
    status = 413
    code = "body_too_large"
    message = "More was sent than this server reads."


class BodyTooSlow(McmeetError):
    status = 408
    code = "body_too_slow"
    message = "What was announced did not come in time. Try again."


class HttpsRequired(McmeetError):
    status = 403
    code = "https_required"
    message = "Signing in needs https here: open this site by its https address."


class NotSaved(McmeetError):
    status = 503
    code = "not_saved"
    message = "It could not be saved. Nothing was changed; try again."


class NotRead(McmeetError):
    status = 503
    code = "not_read"
    message = "The database gave no answer. Try again."


class InternalError(McmeetError):
    status = 500
    code = "internal_error"
    message = "Something went wrong on our side. Try again."


RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    "default": {
        "description": "a problem",
        "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}
"""One error shape for every route, so that the generated client has it typed."""


def problem(error: McmeetError) -> dict[str, Any]:
    return {
        "type": f"urn:mcmeet:error:{error.code}",
        "title": HTTPStatus(error.status).phrase,
        "status": error.status,
        "code": error.code,
        "message": error.message,
        "data": error.data,
    }


def socket_error(error: McmeetError, command_id: int | None) -> dict[str, Any]:
    body = {"code": error.code, "message": error.message, "data": error.data}
    return {"error": body, "re": command_id}


def problem_response(error: McmeetError) -> Response:
    headers = {}
    if isinstance(error, TooManyRequests):
        headers["Retry-After"] = str(error.data["retry_after"])
    if isinstance(error, MethodNotAllowed):
        headers["Allow"] = ", ".join(error.data["allow"])
    return JSONResponse(problem(error), error.status, headers, media_type=PROBLEM_JSON)


def _path(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location if part not in ("body", "query", "path"))


async def _draw(_: Request, error: Exception) -> Response:
    assert isinstance(error, McmeetError)
    return problem_response(error)


async def _draw_validation(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    wrong = error.errors()
    if wrong[0]["type"] == "json_invalid":
        return problem_response(MalformedJson(position=wrong[0]["loc"][1]))
    fields = {_path(tuple(item["loc"])) or "body": item["msg"] for item in wrong}
    return problem_response(InvalidInput(fields=fields))


async def _draw_http(_: Request, error: Exception) -> Response:
    """The frameworks' own refusals in our one shape."""
    assert isinstance(error, HTTPException)
    match error.status_code:
        case 400:  # FastAPI: JSON in no known encoding, or nested too deep
            return problem_response(MalformedJson())
        case 404:
            return problem_response(NotFound())
        case 405:
            allow = (error.headers or {}).get("Allow", "")
            return problem_response(MethodNotAllowed(allow=sorted(allow.split(", "))))
    body = {
        "type": "about:blank",
        "title": HTTPStatus(error.status_code).phrase,
        "status": error.status_code,
        "code": HTTPStatus(error.status_code).name.lower(),
        "message": str(error.detail),
        "data": {},
    }
    return JSONResponse(body, error.status_code, error.headers, media_type=PROBLEM_JSON)


def install(app: FastAPI) -> None:
    app.add_exception_handler(McmeetError, _draw)
    app.add_exception_handler(RequestValidationError, _draw_validation)
    app.add_exception_handler(HTTPException, _draw_http)
