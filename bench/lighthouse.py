"""What Lighthouse says of the pages that people meet first, on its slow phone with its slow network.

Goals: performance and best practices ≥ 95, accessibility 100 (La Suite's landing: 72 / 96 / 100).
Lighthouse is none of our packages: npm fetches it into a folder that is thrown away.
"""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import httpx

from bench.results import Figure, record
from tests.fixtures.browser import CHROMIUM
from tests.fixtures.server import Server

VERSION: Final = "13.5.0"
RUNS: Final = 5
RUN_TIMEOUT_S: Final = 180
INSTALL_TIMEOUT_S: Final = 300
CHROMIUM_FLAGS: Final = "--headless=new --no-sandbox"
GOALS: Final = {"performance": "median ≥ 95", "accessibility": "100", "best-practices": "≥ 95"}
# Of the throttled phone, in milliseconds.
TIMES: Final = {
    "first-contentful-paint": "first paint",
    "largest-contentful-paint": "largest paint",
    "total-blocking-time": "blocked by scripts",
}
PHONES: Final = (f"+86138{number:08d}" for number in count(26_000_000))


@dataclass(frozen=True)
class Visit:
    name: str
    path: str
    is_signed_in: bool = False


VISITS: Final = (
    Visit("landing", "/"),
    Visit("sign in", "/login"),
    Visit("dashboard", "/app", is_signed_in=True),
)


def install(folder: Path) -> Path:
    """The program, with what it needs, in `folder`."""
    subprocess.run(
        ["npm", "install", "--silent", "--no-audit", "--prefix", str(folder), f"lighthouse@{VERSION}"],
        check=True,
        timeout=INSTALL_TIMEOUT_S,
    )
    return folder / "node_modules/.bin/lighthouse"


def cookie_of_somebody_new(server: Server) -> str:
    """Signs up through the front door; the Cookie header of that login session."""
    phone = next(PHONES)
    with httpx.Client(base_url=server.url, headers={"X-MCMeet": "1"}) as http:
        session = http.get("/api/session").json()
        consent = {**session["consent"], "lang": "zh"}
        http.post("/api/auth/code", json={"phone": phone, "consent": consent}).raise_for_status()
        code = {"phone": phone, "code": server.code_for(phone)}
        answer = http.post("/api/auth/login", json=code).raise_for_status().json()
        person = {"name": "林晓", "email": "linxiao@example.com", "registration": answer["registration"]}
        http.post("/api/auth/register", json={**person, "consent": consent}).raise_for_status()
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in http.cookies.jar)


def look(program: Path, url: str, cookie: str) -> dict[str, Any]:
    """One report of Lighthouse."""
    command = [str(program), url, f"--only-categories={','.join(GOALS)}", f"--chrome-flags={CHROMIUM_FLAGS}"]
    command += [
        "--output=json",
        "--quiet",
        "--extra-headers",
        json.dumps({"Cookie": cookie} if cookie else {}),
    ]
    environment = {**os.environ, "CHROME_PATH": CHROMIUM}
    done = subprocess.run(command, capture_output=True, check=True, timeout=RUN_TIMEOUT_S, env=environment)
    report: dict[str, Any] = json.loads(done.stdout)
    if report["finalDisplayedUrl"] != url:
        raise RuntimeError(f"{url} led to {report['finalDisplayedUrl']}")
    return report


def figures_of(visit: Visit, reports: list[dict[str, Any]]) -> list[Figure]:
    scores = [
        Figure(
            f"{visit.name}, {category.replace('-', ' ')}",
            "–",
            [100 * report["categories"][category]["score"] for report in reports],
            goal,
        )
        for category, goal in GOALS.items()
    ]
    times = [
        Figure(f"{visit.name}, {name}", "ms", [report["audits"][audit]["numericValue"] for report in reports])
        for audit, name in TIMES.items()
    ]
    return scores + times


def main() -> None:
    figures: list[Figure] = []
    with TemporaryDirectory() as folder:
        program = install(Path(folder))
        server = Server(Path(folder) / "data")
        server.start()
        cookie = cookie_of_somebody_new(server)
        for visit in VISITS:
            sent = cookie if visit.is_signed_in else ""
            reports = [look(program, server.url + visit.path, sent) for _ in range(RUNS)]
            figures += figures_of(visit, reports)
        server.stop()
    record("lighthouse", figures)


if __name__ == "__main__":
    main()
