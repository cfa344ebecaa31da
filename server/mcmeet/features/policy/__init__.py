"""The published texts, 隐私政策 and 用户协议, readable by everybody; and how long what they name is kept."""

from __future__ import annotations

from mcmeet.core.feature import Feature
from mcmeet.features.policy import api
from mcmeet.privacy.network_log.retention import purge

FEATURE = Feature(name="policy", router=api.router, actions=(api.READ,), purge=purge)
