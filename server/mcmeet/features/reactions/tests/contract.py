"""What the command of this feature does, for the tests that hold for every feature."""

from mcmeet.features.reactions.schemas import ReactionShown
from tests.live.scene import Contract, says

CONTRACT = Contract(
    may={"reactions.show": frozenset({"host", "co_host", "participant"})},
    data={"reactions.show": lambda seat: {"reaction": "clap"}},
    steps={"show": says("周航", "reactions.show", reaction="clap")},
    events={"reactions.shown": ReactionShown},
)
