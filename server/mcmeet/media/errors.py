"""What is said over HTTP of a media engine that cannot go on."""

from __future__ import annotations

from mcmeet.core.errors import McmeetError


class MediaFailed(McmeetError):
    status = 503
    code = "media_failed"
    message = "Media has failed on this server. It ends by itself and has to be started again."
