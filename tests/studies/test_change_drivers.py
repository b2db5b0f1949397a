"""What goes along with commitment: by halves of respondents, as a plain computation has it."""

from __future__ import annotations

import duckdb
import numpy as np
import pytest

from analytics.studies import change_drivers
from analytics.studies.base import Estimate


@pytest.fixture(scope="module")
def found(work: duckdb.DuckDBPyConnection) -> list[Estimate]:
    return list(change_drivers.fit(work))


def of(found: list[Estimate], measure: str, place: str = "all") -> dict[str, Estimate]:
    return {e.subject: e for e in found if (e.measure, e.place) == (measure, place)}


def test_shares_sum_to_what_all_conditions_carry_together(found):
    shares = of(found, "share")
    assert set(shares) == {*change_drivers.ASKED, *change_drivers.COUNTED}
    (together,) = of(found, "explained").values()
    assert sum(one.value or 0 for one in shares.values()) == pytest.approx(together.value)
    assert all((one.low or 0) <= (one.value or 0) <= (one.high or 1) for one in shares.values())


def test_a_correlation_is_between_halves_of_the_respondents_of_an_agency(work, found):
    answers = work.execute(
        "SELECT agency_id, respondent, md5(respondent), facet, avg(CASE WHEN reverse"
        " THEN high - value ELSE value - low END / (high - low)) FROM records.survey_response"
        " JOIN records.survey_item USING (instrument, item)"
        " WHERE wave = (SELECT max(wave) FROM records.survey_response)"
        " AND facet IN ('change_commitment', 'perceived_fairness', 'understanding_of_standards',"
        " 'work_pressure', 'leader_support', 'colleague_support') GROUP BY ALL"
    ).fetchall()
    people: dict[str, dict[tuple[str, str], dict[str, float]]] = {}
    for agency, respondent, turn, facet, score in answers:
        people.setdefault(agency, {}).setdefault((turn, respondent), {})[facet] = score
    commitment, fairness = [], []
    for respondents in people.values():
        if len(respondents) < 10:
            continue
        ordered = [respondents[key] for key in sorted(respondents)]
        first, second = ordered[1::2], ordered[0::2]
        commitment.append(
            np.mean([p["change_commitment"] for p in first if "change_commitment" in p])
        )
        fairness.append(
            np.mean([p["perceived_fairness"] for p in second if "perceived_fairness" in p])
        )
    one = of(found, "correlation")["perceived_fairness"]
    assert one.units == len(commitment)
    assert one.value == pytest.approx(np.corrcoef(commitment, fairness)[0, 1])
    assert (one.low or 0) < (one.value or 0) < (one.high or 0)


def test_a_province_with_few_agencies_says_why_it_cannot_be_told(found):
    few = [e for e in found if e.level == "province" and e.value is None]
    assert few
    assert {str(e.reason) for e in few} == {
        "Fewer than 35 agencies with 10 respondents or more: too few to tell 7 conditions apart."
    }


def test_without_the_outcome_nothing_is_found(work):
    with duckdb.connect() as small:
        small.execute("ATTACH ':memory:' AS records")
        for table in ("survey_response", "survey_item"):
            rows = work.execute(f"SELECT * FROM records.{table} WHERE false").df()
            assert rows.empty
            small.execute(f"CREATE TABLE records.{table} AS SELECT * FROM rows")
        place = work.execute("SELECT * FROM place_of").df()
        assert len(place)
        small.execute("CREATE TABLE place_of AS SELECT * FROM place")
        small.execute("CREATE MACRO month_of_wave(wave) AS DATE '2025-12-01'")
        assert list(change_drivers.fit(small)) == []
