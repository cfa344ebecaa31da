"""What every HTTP request and answer passes, whatever feature it is for."""

from mcmeet.core.http.headers import SecurityHeaders, content_security_policy
from mcmeet.core.http.middleware import BODY_MOST_BYTES, AccessLog, BodyLimit, UnexpectedErrors
from mcmeet.core.http.origin import (
    CSRF_HEADER,
    LOOPBACK_NAMES,
    SameOrigin,
    is_own_host,
    is_own_origin,
    own_address,
)
from mcmeet.core.http.page import METHODS, OtherApi, Page

__all__ = [
    "BODY_MOST_BYTES",
    "CSRF_HEADER",
    "LOOPBACK_NAMES",
    "METHODS",
    "AccessLog",
    "BodyLimit",
    "OtherApi",
    "Page",
    "SameOrigin",
    "SecurityHeaders",
    "UnexpectedErrors",
    "content_security_policy",
    "is_own_host",
    "is_own_origin",
    "own_address",
]
