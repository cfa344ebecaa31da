"""Every event of the product is a versioned model in its feature's schemas.py, and declared there."""

from collections.abc import Iterator
from typing import Literal, get_origin

import pytest

from mcmeet.core.feature import Feature
from mcmeet.core.jobs import Event
from mcmeet.registry import FEATURES

DECLARED = [(feature, event) for feature in FEATURES for event in feature.events]


def models(kind: type[Event] = Event) -> Iterator[type[Event]]:
    for model in kind.__subclasses__():
        yield model
        yield from models(model)


@pytest.mark.parametrize(("feature", "event"), DECLARED)
def test_an_event_stands_in_the_schemas_of_its_feature_with_its_version(
    feature: Feature, event: type[Event]
) -> None:
    assert issubclass(event, Event)
    assert event.__module__ == f"mcmeet.features.{feature.name}.schemas"
    version = event.model_fields["version"]
    assert get_origin(version.annotation) is Literal
    assert not version.is_required()


def test_no_event_of_the_product_is_undeclared() -> None:
    ours = {model for model in models() if model.__module__.startswith("mcmeet.")}
    assert ours == {event for _, event in DECLARED}


def test_what_listens_is_told_an_event() -> None:
    assert [
        kind.name for feature in FEATURES for kind in feature.on if not issubclass(kind.arguments, Event)
    ] == []
