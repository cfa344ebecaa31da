"""Rules of the repository that linters cannot hold: which file may do what.

`python -m tools.architecture [ROOT]` prints every breach as `path:line: rule: what to do`.
Every rule has a failing sample in server/tests/architecture/samples, and a test that the sample is found.
Imports between layers are import-linter's (pyproject.toml); function limits outside Python are
clippy's (clippy.toml) and oxlint's (web/.oxlintrc.json).
"""

from pathlib import Path

from tools.architecture import python_rules, rust_rules, tenant_rules, web_rules
from tools.architecture.breach import Breach

RULES = {**python_rules.RULES, **tenant_rules.RULES, **rust_rules.RULES, **web_rules.RULES}
"""Name of each rule → what it says."""


def check(root: Path) -> list[Breach]:
    """Every breach in the tree below `root`, in the order of paths."""
    found = [
        breach
        for rules in (python_rules, tenant_rules, rust_rules, web_rules)
        for breach in rules.check(root)
    ]
    return sorted(found, key=lambda breach: (breach.path, breach.line))
