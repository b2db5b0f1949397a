"""The survey's reliability agrees with the coefficients of the same answers, worked out plainly."""

from __future__ import annotations

import duckdb
import numpy as np
import pytest

from analytics.answers import open_snapshot
from analytics.store.records import Store
from analytics.studies import survey_reliability


def _items(store: Store, facet: str, province: str) -> np.ndarray:
    """One row a respondent of the last wave, one column an item, turned one way."""
    with duckdb.connect(str(store.records), read_only=True) as records:
        rows = records.execute(
            "SELECT respondent, item, CASE WHEN reverse THEN low + high - value ELSE value END"
            " FROM survey_response JOIN survey_item USING (instrument, item)"
            " JOIN agency USING (agency_id) WHERE facet = $facet AND region_code[1:2] = $province"
            " AND wave = (SELECT max(wave) FROM survey_response)",
            {"facet": facet, "province": province},
        ).fetchall()
    answers: dict[str, dict[str, int]] = {}
    for respondent, item, value in rows:
        answers.setdefault(respondent, {})[item] = value
    items = sorted({item for _, item, _ in rows})
    whole = [person for person in answers.values() if len(person) == len(items)]
    return np.array([[person[item] for item in items] for person in whole], float)


@pytest.mark.parametrize("facet", ["leader_support", "work_pressure"])
def test_alpha_of_a_province_is_that_of_its_answers(demo: Store, facet: str):
    items = _items(demo, facet, "18")
    count = items.shape[1]
    plain = count / (count - 1) * (1 - items.var(0, ddof=1).sum() / items.sum(1).var(ddof=1))
    rows = open_snapshot(demo).estimates("survey_reliability").rows
    row = rows.query("level == 'province' and place == '18' and measure == 'alpha'")
    row = row[row["subject"] == facet].iloc[0]
    assert row["value"] == pytest.approx(plain)
    assert row["people"] == len(items)
    assert row["low"] < plain < row["high"]


def test_agencies_are_told_apart_among_those_that_are_shown(work: duckdb.DuckDBPyConnection):
    rows = work.execute(
        "SELECT agency_id, respondent, avg(CASE WHEN reverse THEN high - value ELSE value - low END)"
        " FROM records.survey_response JOIN records.survey_item USING (instrument, item)"
        " WHERE wave = (SELECT max(wave) FROM records.survey_response) AND facet = 'leader_support'"
        " GROUP BY ALL HAVING count(*) = 3"
    ).fetchall()
    agencies: dict[str, list[float]] = {}
    for agency, _, score in rows:
        agencies.setdefault(agency, []).append(score)
    groups = [np.array(scores) for scores in agencies.values() if len(scores) >= 10]
    everyone = np.concatenate(groups)
    between = sum(len(g) * (g.mean() - everyone.mean()) ** 2 for g in groups) / (len(groups) - 1)
    within = sum(((g - g.mean()) ** 2).sum() for g in groups) / (len(everyone) - len(groups))
    (found,) = [
        one
        for one in survey_reliability.fit(work)
        if (one.measure, one.subject, one.level) == ("icc_mean", "leader_support", "all")
    ]
    assert found.value == pytest.approx(1 - within / between)
