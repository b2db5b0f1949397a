"""Performance metrics. One row of `appraisal` is one evaluation of an employee for a period.

Figures count the supervisor's evaluations unless broken down by rater. A year takes one evaluation
a person where its people were evaluated for the year, else all of its periods (metrics/rows.py).
"""

from analytics.metrics.base import Better, EffectiveNumber, Mean, Rate, Share, Unit
from analytics.schema import ASPECTS

PERMENPANRB_6 = "PermenPANRB 6/2022"
CURVE = "SE MenPANRB 3/2023"
RATED = "predicate IS NOT NULL"

TOP_RATING = Share(
    key="top_rating_share",
    title="Sangat Baik share",
    means="Evaluations whose predicate is Sangat Baik: work result and behaviour both above expectation.",
    caution="Nationally 11% (2022–2024); a high share says as much about the rater as about the rated.",
    source=PERMENPANRB_6,
    table="appraisal",
    among=RATED,
    numerator="count(*) FILTER (WHERE predicate = 'sangat_baik')",
    guard="not_top",
)
GOOD_RATING = Share(
    key="good_rating_share",
    title="Baik share",
    means="Evaluations whose predicate is Baik.",
    caution="Nationally 88% (2022–2024): the predicate of nearly everyone tells little.",
    source=PERMENPANRB_6,
    table="appraisal",
    among=RATED,
    numerator="count(*) FILTER (WHERE predicate = 'baik')",
    guard="low_rating",
)
LOW_RATING = Share(
    key="low_rating_share",
    title="Low rating share",
    means="Evaluations whose predicate is Butuh Perbaikan, Kurang or Sangat Kurang.",
    caution="About 3 in 1,000 nationally. Counts from 1 to 4 are withheld: they point at people.",
    source=PERMENPANRB_6,
    table="appraisal",
    among=RATED,
    numerator="count(*) FILTER (WHERE predicate IN ('butuh_perbaikan', 'kurang', 'sangat_kurang'))",
    guard="low_rating",
    sensitive=True,
)
NEEDS_IMPROVEMENT = Share(
    key="needs_improvement_share",
    title="Butuh Perbaikan share",
    means="Evaluations whose predicate is Butuh Perbaikan.",
    source=PERMENPANRB_6,
    table="appraisal",
    among=RATED,
    numerator="count(*) FILTER (WHERE predicate = 'butuh_perbaikan')",
    guard="low_rating_detail",
    sensitive=True,
)
POOR = Share(
    key="poor_share",
    title="Kurang share",
    means="Evaluations whose predicate is Kurang.",
    source=PERMENPANRB_6,
    table="appraisal",
    among=RATED,
    numerator="count(*) FILTER (WHERE predicate = 'kurang')",
    guard="low_rating_detail",
    sensitive=True,
)
VERY_POOR = Share(
    key="very_poor_share",
    title="Sangat Kurang share",
    means="Evaluations whose predicate is Sangat Kurang.",
    source=PERMENPANRB_6,
    table="appraisal",
    among=RATED,
    numerator="count(*) FILTER (WHERE predicate = 'sangat_kurang')",
    guard="low_rating_detail",
    sensitive=True,
)
EFFECTIVE_PREDICATES = EffectiveNumber(
    key="effective_predicates",
    title="Effective predicates",
    means=(
        "How many of three groups (Sangat Baik, Baik, below Baik) are really in use:"
        " 1 when all are rated alike, 3 when evenly spread."
    ),
    caution="Near 1, ratings hardly tell people apart; it says nothing about performance.",
    source="Laakso and Taagepera 1979, Comparative Political Studies 12(1)",
    matters=0.1,
    table="appraisal",
    among=RATED,
    groups=(
        "predicate = 'sangat_baik'",
        "predicate = 'baik'",
        "predicate IN ('butuh_perbaikan', 'kurang', 'sangat_kurang')",
    ),
    guard="low_rating",
)
RESULT_ABOVE = Share(
    key="result_above_share",
    title="Work result above expectation",
    means="Evaluations whose work result is rated above expectation.",
    source=PERMENPANRB_6,
    table="appraisal",
    among=RATED,
    numerator="count(*) FILTER (WHERE work_result = 'above')",
    guard="above",
)
RESULT_BELOW = Share(
    key="result_below_share",
    title="Work result below expectation",
    means="Evaluations whose work result is rated below expectation.",
    source=PERMENPANRB_6,
    table="appraisal",
    among=RATED,
    numerator="count(*) FILTER (WHERE work_result = 'below')",
    guard="low_rating_detail",
    sensitive=True,
)
BEHAVIOUR_ABOVE = Share(
    key="behaviour_above_share",
    title="Behaviour above expectation",
    means="Evaluations whose behaviour is rated above expectation.",
    source=PERMENPANRB_6,
    table="appraisal",
    among=RATED,
    numerator="count(*) FILTER (WHERE behaviour = 'above')",
    guard="above",
)
BEHAVIOUR_BELOW = Share(
    key="behaviour_below_share",
    title="Behaviour below expectation",
    means="Evaluations whose behaviour is rated below expectation.",
    source=PERMENPANRB_6,
    table="appraisal",
    among=RATED,
    numerator="count(*) FILTER (WHERE behaviour = 'below')",
    guard="low_rating_detail",
    sensitive=True,
)

_RATING_WORDS = {"above": "above", "meets": "as expected", "below": "below"}


def _matrix_cell(result: str, behaviour: str) -> Share:
    low = "below" in (result, behaviour)
    top = result == behaviour == "above"
    return Share(
        key=f"matrix_{result}_{behaviour}_share",
        title=f"Result {_RATING_WORDS[result]}, behaviour {_RATING_WORDS[behaviour]}",
        means=(
            f"Evaluations with work result {_RATING_WORDS[result]}"
            f" and behaviour {_RATING_WORDS[behaviour]}."
        ),
        source=PERMENPANRB_6,
        table="appraisal",
        among=RATED,
        numerator=(
            f"count(*) FILTER (WHERE work_result = '{result}' AND behaviour = '{behaviour}')"
        ),
        guard="not_top" if top else "low_rating_matrix",
        sensitive=low,
    )


MATRIX = tuple(
    _matrix_cell(result, behaviour)
    for result in ("above", "meets", "below")
    for behaviour in ("below", "meets", "above")
)
"""The nine cells of work result × behaviour, top row first, left to right."""

MISMATCH = Share(
    key="predicate_mismatch_share",
    title="Predicate mismatch share",
    means="Evaluations whose reported predicate differs from the one its two ratings give.",
    caution="A finding about data, not people: the recomputed predicate is the one counted.",
    source=PERMENPANRB_6,
    table="appraisal",
    among="predicate IS NOT NULL AND reported_predicate IS NOT NULL",
    numerator="count(*) FILTER (WHERE reported_predicate <> predicate)",
    better=Better.LOWER,
)
ON_TIME = Share(
    key="on_time_share",
    title="On-time share",
    means="Evaluations submitted on or before the last day for them (Batas Pengisian).",
    caution=(
        "Only evaluations whose last day is known and was over when the file was extracted; one"
        " without a day of submission is late. Outages and locked accounts also make entries late."
    ),
    source="e-Kinerja BKN, Batas Pengisian",
    table="appraisal",
    among="due_on IS NOT NULL",
    numerator="count(*) FILTER (WHERE submitted_on <= due_on)",
    better=Better.HIGHER,
)
COMPLETENESS = Share(
    key="appraisal_completeness",
    title="Appraisal completeness",
    means="People evaluated by their supervisor, of those for whom an evaluation was expected.",
    caution=(
        "Expected: in service for the whole period in a government that held that evaluation."
        " Teachers (once a year from 2025) and part-time PPPK (every quarter) are expected only"
        " for what their own kind had."
    ),
    source=PERMENPANRB_6,
    table="expected_evaluation",
    numerator="sum(evaluated)",
    guard="evaluated",
    denominator="sum(expected)",
    better=Better.HIGHER,
)
OBJECTIONS = Rate(
    key="objections_per_1000",
    title="Objections per 1,000",
    means="Evaluations objected to, for every 1,000 evaluations.",
    caution="Few objections can mean content, or that nobody dares.",
    source="PP 30/2019 art. 59",
    table="appraisal",
    among="objection IS NOT NULL",
    numerator="count(*) FILTER (WHERE objection <> 'none')",
    guard="objection",
    sensitive=True,
)
OBJECTIONS_UPHELD = Share(
    key="objection_upheld_share",
    title="Objections upheld",
    means="Objections upheld, of those decided.",
    source="PP 30/2019 art. 59",
    table="appraisal",
    among="objection IN ('upheld', 'rejected')",
    numerator="count(*) FILTER (WHERE objection = 'upheld')",
    sensitive=True,
)
TOP_EXCESS = Share(
    key="top_rating_excess",
    title="Sangat Baik above the limit",
    means=(
        "Evaluations rated Sangat Baik beyond the limit for the organisation's own rating:"
        " 70% for Istimewa, 10% for Butuh Perbaikan and Kurang, none for Sangat Kurang."
    ),
    caution=(
        "Only agencies whose own rating is loaded. For organisations rated Baik the rule limits"
        " Baik itself (at most 70%), not Sangat Baik, so they are left out."
    ),
    source=CURVE,
    table="distribution_limit",
    among="top_limit IS NOT NULL",
    numerator="sum(greatest(0, top - evaluations * top_limit // 100))",
    denominator="sum(evaluations)",
    better=Better.LOWER,
)
_ASPECT_TITLES = {
    "productivity": "Productivity",
    "competence": "Competence",
    "integrity": "Integrity",
    "discipline": "Discipline",
    "service": "Service",
    "strategic_target": "Strategic targets",
}


def _aspect(name: str) -> Mean:
    return Mean(
        key=f"aspect_{name}",
        title=_ASPECT_TITLES[name],
        means=f"Mean score of the aspect, from 0 to 100: {_ASPECT_TITLES[name].lower()}.",
        caution="Only evaluations that carry the aspect; a mean of ratings that hardly differ.",
        source=PERMENPANRB_6,
        table="appraisal",
        among=f"{name} IS NOT NULL",
        value=name,
    )


ASPECT_SCORES = tuple(_aspect(name) for name in ASPECTS)


def _legacy(scale: str, title: str, source: str) -> Mean:
    return Mean(
        key=f"score_{scale}",
        title=title,
        means="Mean numeric score on this scale alone.",
        caution="The three scales never share an axis or an average.",
        source=source,
        table="appraisal",
        among=f"scale = '{scale}'",
        value="score",
        unit=Unit.POINTS,
    )


LEGACY_SCORES = (
    _legacy("pp46", "Score, PP 46/2011", "PP 46/2011"),
    _legacy("pp30", "Score, PP 30/2019", "PP 30/2019"),
    _legacy("permenpan6", "Score, PermenPANRB 6/2022", PERMENPANRB_6),
)
