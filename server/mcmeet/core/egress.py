"""The only door to the outside: a call names a processor and a declared payload, never an address.

Just the fields that the payload declares are sent, over verified TLS, without redirects, to the host the
operator configured for that processor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx

from mcmeet.core.declare import Payload

TIMEOUT_S: Final = 10.0
ANSWER_MOST_BYTES: Final = 1 << 20


class EgressRefused(Exception):
    """The call would have sent something undeclared, or to an address that is not the processor's."""


@dataclass(frozen=True, slots=True)
class Processor:
    """Somebody outside who works for the operator; the third-party sharing list is made from these."""

    name: str
    base_url: str
    region: str


class Egress:
    def __init__(
        self, processors: Mapping[str, Processor], transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        for processor in processors.values():
            if not processor.base_url.startswith("https://"):
                raise EgressRefused(f"{processor.name}: only https leaves this server")
        self._processors = dict(processors)
        self._transport = transport

    async def post(self, payload: Payload, path: str, values: Mapping[str, Any]) -> bytes:
        """Sends `values` as JSON; returns the answer's body. Raises EgressRefused, httpx.HTTPError."""
        undeclared = sorted(set(values) - set(payload.fields))
        if undeclared:
            raise EgressRefused(f"{payload.processor}: undeclared fields {', '.join(undeclared)}")
        processor = self._processors.get(payload.processor)
        if processor is None:
            raise EgressRefused(f"{payload.processor}: no such processor is configured")
        if not path.startswith("/") or path.startswith("//"):
            raise EgressRefused(f"{payload.processor}: {path!r} is not a path on its host")
        async with (
            httpx.AsyncClient(
                base_url=processor.base_url,
                timeout=TIMEOUT_S,
                follow_redirects=False,
                trust_env=False,  # else HTTPS_PROXY and SSL_CERT_FILE would name who hears it
                transport=self._transport,
            ) as client,
            client.stream("POST", path, json=dict(values)) as response,
        ):
            response.raise_for_status()
            return await _read(response, payload.processor)


async def _read(response: httpx.Response, processor: str) -> bytes:
    """Raises EgressRefused."""
    answer = bytearray()
    async for part in response.aiter_bytes():
        answer += part
        if len(answer) > ANSWER_MOST_BYTES:
            raise EgressRefused(f"{processor}: the answer is larger than {ANSWER_MOST_BYTES} bytes")
    return bytes(answer)
