"""Whether people are rated Sangat Baik more often once they have completed 20 JP of training."""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false
# pandas types a column as what may also be a frame or an array.

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pandas as pd

from analytics.metrics.base import Unit
from analytics.stats.event_study import NEVER, EventStudy, event_study
from analytics.studies.base import FEWEST_PEOPLE, Estimate, Measure, Study
from analytics.text.phrase import Phrase

MATTERS = 0.02
YEARS_SINCE = {
    "-4": "four years before",
    "-3": "three years before",
    "-2": "two years before",
    "-1": "the year before",
    "0": "the first year after",
    "1": "the second year after",
    "2": "the third year after",
    "3": "the fourth year after",
}

# An evaluation covers its whole year, so training can show from the year after it.
RATED = """
-- One row is a PNS and a year with an annual evaluation by the supervisor.
SELECT a.employee_id, extract(year FROM a.period_end)::INTEGER AS year,
       arg_max(a.work_result = 'above' AND a.behaviour = 'above', a.period_end)::DOUBLE AS top,
       arg_max(p.agency, a.period_end) AS agency, any_value(r.year) + 1 AS start
FROM records.appraisal a
JOIN person p ON p.employee_id = a.employee_id AND a.period_end BETWEEN p.valid_from AND p.until
LEFT JOIN (
  SELECT employee_id, min(year)::INTEGER AS year FROM hours_to_date
  WHERE hours_jp >= 20 GROUP BY employee_id
) r ON r.employee_id = a.employee_id
WHERE a.rater = 'supervisor' AND a.cycle = 'annual' AND p.status = 'PNS'
  AND a.work_result IS NOT NULL AND a.behaviour IS NOT NULL
GROUP BY a.employee_id, extract(year FROM a.period_end)
"""


def fit(work: duckdb.DuckDBPyConnection) -> Iterator[Estimate]:
    """The effect everywhere, in each province and in each government."""
    rated = work.execute(RATED).df()
    years = sorted(rated["year"].unique())
    if not years:
        return
    people = _people(rated, years)
    place_of = work.execute(
        "SELECT agency, region_code AS government, province_code AS province FROM place_of"
    ).df()
    people = people.merge(place_of, on="agency").assign(all="all")
    for level in ("all", "province", "government"):
        for place, here in people.groupby(level):
            found = event_study(
                here[years].to_numpy(), here["start"].to_numpy(), MATTERS, clusters=here["agency"]
            )
            yield from _estimates(found, level, str(place), here, years)


def _people(rated: pd.DataFrame, years: list[int]) -> pd.DataFrame:
    """One row a person: a column a year, the last agency, and the column in which an effect begins."""
    people = rated.pivot(index="employee_id", columns="year", values="top")
    last = rated.sort_values("year").groupby("employee_id").last()
    start = last["start"].astype("float64") - years[0]
    return people.assign(agency=last["agency"], start=start.fillna(NEVER)).reset_index(drop=True)


def _estimates(
    found: EventStudy, level: str, place: str, people: pd.DataFrame, years: list[int]
) -> Iterator[Estimate]:
    several = people[years].notna().sum(axis=1) >= 2
    treated = several & (people["start"] > 0) & (people["start"] < len(years))
    if found.used is not None:
        treated = found.used
    about = {
        "level": level,
        "place": place,
        "period": str(years[-1]),
        "units": int(treated.sum()),
        "people": int(several.sum()),
    }
    effect, placebo = found.overall, found.placebo
    yield Estimate(
        measure="effect",
        value=effect and effect.value,
        low=effect and effect.low,
        high=effect and effect.high,
        verdict=found.verdict,
        reason=found.reason or _left_out(found),
        **about,
    )
    if placebo is not None:
        yield Estimate(
            measure="placebo", value=placebo.value, low=placebo.low, high=placebo.high, **about
        )
    if found.pretrend is not None:
        yield Estimate(measure="pretrend", value=found.pretrend, **about)
    if found.events is not None:
        for since, value, low, high in zip(
            found.events.since, found.events.value, found.events.low, found.events.high, strict=True
        ):
            if str(since) not in YEARS_SINCE:
                continue
            yield Estimate(
                measure="by_year",
                subject=str(since),
                position=since,
                value=value,
                low=low,
                high=high,
                **about,
            )


def _left_out(found: EventStudy) -> str:
    """That people who trained are not counted, and how many where they are no small group."""
    if not found.left_out:
        return ""
    if found.left_out < FEWEST_PEOPLE:
        return Phrase(
            "Fewer than {least} PNS with 20 JP are not counted: they were rated too seldom, or not"
            " before it could show.",
            least=FEWEST_PEOPLE,
        )
    return Phrase(
        "{count} PNS with 20 JP are not counted: they were rated too seldom, or not before it could"
        " show.",
        count=found.left_out,
    )


STUDY = Study(
    key="training_effect",
    title="Training and later appraisal",
    means="How much more often PNS are rated Sangat Baik from the year after they first completed"
    " 20 JP, against PNS who had not yet, each compared with their own years before.",
    caution="The sentence is of all years after training together; of single years without any"
    " effect, one in twenty looks clear by chance. Who trains chooses to, or is chosen: what else"
    " changed for them at that time is counted too.",
    source="Callaway and Sant'Anna 2021, Journal of Econometrics 225:200–230",
    tables=("employee", "appraisal", "training"),
    measures={
        "effect": Measure("Effect on the share rated Sangat Baik, in points", Unit.CHANGE),
        "by_year": Measure("Effect by years since, in points", Unit.CHANGE),
        "placebo": Measure("Effect a year too early (should be nothing), in points", Unit.CHANGE),
        "pretrend": Measure("p that both moved alike before"),
    },
    subjects=YEARS_SINCE,
    fit=fit,
    matters=MATTERS,
)
