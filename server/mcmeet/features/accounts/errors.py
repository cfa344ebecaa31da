from __future__ import annotations

from mcmeet.core.errors import McmeetError


class CodeWrong(McmeetError):
    """Wrong, expired, used, worn out by tries or never asked for: one answer, so that it tells nothing."""

    status = 401
    code = "code_wrong"
    message = "This code is wrong or no longer valid. Check it, or ask for a new one."


class RegistrationExpired(McmeetError):
    status = 401
    code = "registration_expired"
    message = "Too much time has passed. Ask for a new code and register again."
