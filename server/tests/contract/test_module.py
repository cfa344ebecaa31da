"""`mcmeet_sfu` as it is installed."""

from pathlib import Path

import mcmeet_sfu

PANIC_ON_PURPOSE = b"a test asks for it"
"""What the engine's own tests make it say; the feature `test-hooks` of `sfu/Cargo.toml` puts it in."""


def test_the_installed_engine_cannot_be_made_to_fail_on_purpose() -> None:
    [library] = Path(mcmeet_sfu.__file__).parent.glob("*.so")
    assert PANIC_ON_PURPOSE not in library.read_bytes()
    assert not [name for name in dir(mcmeet_sfu.Engine) if "panic" in name]
