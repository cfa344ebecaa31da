"""The published texts: 隐私政策 and 用户协议, readable by everybody."""

from __future__ import annotations

from mcmeet.core.feature import Feature
from mcmeet.features.policy import api

FEATURE = Feature(name="policy", router=api.router, actions=(api.READ,))
