from __future__ import annotations

from mcmeet.core.errors import McmeetError


class CodeWrong(McmeetError):
    """Wrong, expired, used or never asked for: one answer, so that it tells nothing."""

    status = 401
    code = "code_wrong"
    message = "This code is wrong or no longer valid. Check it, or ask for a new one."


class CodeWornOut(McmeetError):
    """The same for what is right and what is wrong: the code opens nothing any more."""

    status = 401
    code = "code_worn_out"
    message = "This code has been tried too often and is no longer valid. Ask for a new one."


class RegistrationExpired(McmeetError):
    status = 401
    code = "registration_expired"
    message = "Too much time has passed. Ask for a new code and register again."
