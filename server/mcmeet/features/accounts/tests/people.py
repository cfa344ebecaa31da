"""What the tests of accounts do again and again."""

import httpx

from tests.fixtures.app import CONSENT, App, Visitor

LIN_XIAO = "+8613800138000"
ZHOU_HANG = "+8613900139000"
EMMA = "+447911123456"


async def ask_code(visitor: Visitor, phone: str) -> httpx.Response:
    return await visitor.http.post("/api/auth/code", json={"phone": phone, "consent": CONSENT})


async def code_for(app: App, visitor: Visitor, phone: str) -> str:
    """Asks for a code and reads it off the phone."""
    response = await ask_code(visitor, phone)
    assert response.status_code == 202, response.text
    return app.sms.code_for(phone)


async def answer(visitor: Visitor, phone: str, code: str) -> httpx.Response:
    return await visitor.http.post("/api/auth/login", json={"phone": phone, "code": code})


async def registration_of(app: App, visitor: Visitor, phone: str) -> str:
    response = await answer(visitor, phone, await code_for(app, visitor, phone))
    registration: str = response.json()["registration"]
    return registration


async def register(visitor: Visitor, registration: str, **fields: object) -> httpx.Response:
    body = {
        "registration": registration,
        "name": "林晓",
        "email": "linxiao@example.com",
        "consent": CONSENT,
    }
    return await visitor.http.post("/api/auth/register", json=body | fields)


async def account_of(visitor: Visitor) -> dict[str, str] | None:
    """Who the server says this browser is."""
    response = await visitor.http.get("/api/session")
    account: dict[str, str] | None = response.json()["account"]
    return account


def problem(response: httpx.Response) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json"
    return response.status_code, response.json()["code"]


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"
