"""`python -m bench [NAME …]`: runs the benchmarks in turn; each writes its rows into RESULTS.md."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent
ORDER: Final = (
    "page",
    "lighthouse",
    "arrivals",
    "joins",
    "reconnect",
    "idle",
    "events",
    "first_frame",
    "forwarding",
)


def main(names: list[str]) -> int:
    failed = 0
    for name in names or [name for name in ORDER if (FOLDER / f"{name}.py").exists()]:
        print(f"== {name}", flush=True)
        failed += subprocess.run([sys.executable, "-m", f"bench.{name}"], cwd=FOLDER.parent).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
