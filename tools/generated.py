"""Writes what is generated from the code and committed, or says that it is stale.

`python -m tools.generated [--write]`: the page's types come from the server's OpenAPI document.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WEB = ROOT / "web"
API_TYPES = WEB / "src" / "core" / "api" / "schema.d.ts"


def api_types() -> str:
    """TypeScript of every HTTP route and socket shape."""
    document = subprocess.check_output([Path(sys.executable).parent / "mcmeet", "openapi"], cwd=ROOT)
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "openapi.json", Path(folder) / "schema.d.ts"
        source.write_bytes(document)
        command = ["npx", "--no-install", "openapi-typescript", "--default-non-nullable=false", str(source)]
        subprocess.run([*command, "-o", str(target)], cwd=WEB, check=True, capture_output=True)
        return target.read_text()


def main() -> int:
    fresh = api_types()
    shown = API_TYPES.relative_to(ROOT)
    if "--write" in sys.argv[1:]:
        API_TYPES.write_text(fresh)
        print(f"generated: wrote {shown}")
        return 0
    if API_TYPES.read_text() != fresh:
        print(f"generated: {shown} is stale: run `make generate`")
        return 1
    print("generated: fresh")
    return 0


if __name__ == "__main__":
    sys.exit(main())
