"""Names that people give themselves: plain text that cannot break a line, hide, or turn the text around it.

Markup characters are data like any other; whoever shows a name escapes it.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from mcmeet.core.errors import McmeetError

NAME_MOST: Final = 64
"""Characters (Unicode code points after NFC)."""

LINE_BREAKS: Final = frozenset({"Zl", "Zp"})
CONTROL_OR_HALF: Final = frozenset({"Cc", "Cs"})
# Unicode Standard Annex 9, §2: embeddings, overrides and isolates reach beyond the name itself.
BIDI_CONTROLS: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Alone these show nothing: spaces, format characters such as zero-width ones, marks without a base.
# Characters that this Python does not know yet count as visible: rare ones are in people's names.
INVISIBLE: Final = frozenset({"Zs", "Cf", "Mn", "Me", "Mc"})
# Letters and symbols by category, blank to the eye: Hangul fillers and the empty braille pattern.
BLANK: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800")


class NameInvalid(McmeetError):
    """`data.reason` is `empty | too_long | characters`."""

    status = 422
    code = "name_invalid"
    message = "Give a name of 1 to 64 visible characters on one line."


def clean_name(text: str) -> str:
    """NFC without blanks around it. Raises NameInvalid."""
    return clean_line(text, NAME_MOST)


def clean_line(text: str, most: int) -> str:
    """As `clean_name`, for another text of one line with at most `most` characters."""
    if any(_breaks_text(character) for character in text):
        raise NameInvalid(reason="characters")
    name = unicodedata.normalize("NFC", text).strip()
    if len(name) > most:
        raise NameInvalid(reason="too_long")
    if not any(_is_visible(character) for character in name):
        raise NameInvalid(reason="empty")
    return name


def _breaks_text(character: str) -> bool:
    category = unicodedata.category(character)
    return category in LINE_BREAKS or category in CONTROL_OR_HALF or character in BIDI_CONTROLS


def _is_visible(character: str) -> bool:
    return unicodedata.category(character) not in INVISIBLE and character not in BLANK
