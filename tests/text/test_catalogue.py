"""The Indonesian catalogue holds every message a reader can meet, and no other."""

from __future__ import annotations

import string

import pytest

from analytics import schema
from analytics.text import labels
from tests.text.messages import translated, used

CATALOGUE = translated()


def fields(message: str) -> set[str]:
    """The placeholders of a message."""
    return {name for _, name, _, _ in string.Formatter().parse(message) if name is not None}


def test_every_message_is_translated():
    missing = sorted(message for message in used() if not CATALOGUE.get(message))
    assert missing == [], "run python -m tests.text.messages"


def test_no_translation_is_left_over():
    assert sorted(set(CATALOGUE) - used()) == []


@pytest.mark.parametrize("message", sorted(CATALOGUE))
def test_placeholders_are_the_same(message):
    assert fields(CATALOGUE[message]) == fields(message)


@pytest.mark.parametrize(
    ("dimension", "codes"),
    [
        ("sex", schema.SEXES),
        ("age_band", schema.AGE_BANDS),
        ("grade_group", schema.GRADE_GROUPS),
        ("status", schema.STATUSES),
        ("position_type", schema.POSITION_TYPES),
        ("rater", schema.RATERS),
        ("field", schema.FIELDS),
        ("rating_short", schema.RATINGS),
        ("predicate", schema.PREDICATES),
        ("activity", schema.ACTIVITIES),
    ],
)
def test_every_value_of_the_contract_has_a_label(dimension, codes):
    assert set(codes) <= set(labels.CATEGORIES[dimension])


def test_every_kind_of_place_has_a_label():
    assert set(schema.AGENCY_KINDS) | set(schema.GOVERNMENT_KINDS) == set(labels.KINDS)
