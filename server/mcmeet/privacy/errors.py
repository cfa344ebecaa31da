"""What the consent gate answers."""

from __future__ import annotations

from mcmeet.core.errors import McmeetError


class ConsentRequired(McmeetError):
    """`data` holds the current versions, `{privacy, terms}`."""

    status = 403
    code = "consent_required"
    message = "Agree to the current privacy policy and user agreement first."
