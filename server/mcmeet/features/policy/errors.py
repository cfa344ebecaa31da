from __future__ import annotations

from mcmeet.core.errors import McmeetError


class PolicyNotFound(McmeetError):
    """`data.kinds` lists the texts that there are."""

    status = 404
    code = "policy_not_found"
    message = "There is no such text."


class LanguageNotFound(McmeetError):
    """`data.languages` lists what the text can be read in."""

    status = 404
    code = "policy_language_not_found"
    message = "The text is not available in this language."
