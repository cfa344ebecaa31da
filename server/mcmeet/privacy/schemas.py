"""Wire shapes of consent, for every request that carries one."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from mcmeet.privacy.policies import Lang

VERSION_MOST = 16


class ConsentGiven(BaseModel):
    """The versions whose boxes the person ticked, and the language they were shown in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    privacy: str = Field(max_length=VERSION_MOST)
    terms: str = Field(max_length=VERSION_MOST)
    lang: Lang = Lang.ZH


class ConsentVersions(BaseModel):
    """What is in force now; a page asks for exactly these."""

    privacy: str
    terms: str
