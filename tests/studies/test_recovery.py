"""The table of planted truths counts what the stores said."""

from __future__ import annotations

from tests.studies.recovery import Told, table


def test_intervals_that_hold_the_truth_are_counted_among_those_there_are():
    told = [
        Told("forum", 0.06, 0.05, 0.07, "rose"),
        Told("forum", 0.06, 0.01, 0.03, "rose"),
        Told("forum", 0.06, None, None, "unknown"),
        Told("training gap", 0.14, 0.1, 0.2),
    ]
    assert table(told).splitlines()[2:] == [
        "| forum | 0.06 | 2 | 50.0% | 2 | 0 | 0 | 1 |",
        "| training gap | 0.14 | 1 | 100.0% | – | – | – | – |",
    ]
