"""Numbers of the privacy policy's clauses; 0 is its summary (概要), 9 the change log.

The product is built clause by clause, so the numbers are fixed: a text that drops or adds one, or a
declaration that names another one, is red.
"""

from __future__ import annotations

from typing import Final

CLAUSES: Final = frozenset(
    """
    0
    1 1.1 1.2 1.3 1.4 1.4.1 1.4.2 1.5 1.6 1.7 1.8 1.9 1.10 1.11 1.12 1.13 1.14 1.15 1.16 1.17 1.18
    2.1 2.2 2.3
    3.1 3.2
    4.1 4.2 4.3 4.4 4.5 4.6
    5 5.1 5.2 5.3 5.4 5.5 5.6 5.7
    6
    7
    8
    9
    """.split()
)
