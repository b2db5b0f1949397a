"""Public services: how long people wait, in time or not, right or not, and how content they are."""

from analytics.metrics.base import Better, Count, PublishedIndex, Share, Unit, WeightedMean

WAITING = WeightedMean(
    key="waiting_days",
    title="Waiting time",
    means="Median waiting time of a service in a month, averaged with the requests as weights.",
    caution=(
        "Medians do not add up: over several services, months or agencies this is a mean of their"
        " medians, not the median of all requests. Choose one service and months for the medians"
        " themselves. It has no interval, since the single waiting times are not known."
    ),
    source="Data contract, table service_outcome",
    table="service",
    among="median_days IS NOT NULL",
    value="median_days",
    weight="requests",
    unit=Unit.DAYS,
    better=Better.LOWER,
    matters=0.5,
)
SERVICE_ON_TIME = Share(
    key="service_on_time_share",
    title="Requests on time",
    means="Requests handled within the time that the service promises.",
    caution="Each agency promises its own time: compare an agency with itself.",
    source="Data contract, table service_outcome",
    table="service",
    among="on_time IS NOT NULL",
    numerator="sum(on_time)",
    denominator="sum(requests)",
    better=Better.HIGHER,
    matters=0.03,
)
ACCURACY = Share(
    key="service_accurate_share",
    title="Requests without a correction",
    means="Requests whose outcome did not have to be corrected.",
    caution="An error that nobody reported counts as right.",
    source="Data contract, table service_outcome",
    table="service",
    among="accurate IS NOT NULL",
    numerator="sum(accurate)",
    denominator="sum(requests)",
    better=Better.HIGHER,
    matters=0.02,
)
SATISFACTION = WeightedMean(
    key="skm_score",
    title="Public satisfaction (SKM)",
    means="Score of the survey of public satisfaction from 25 to 100, weighted by its respondents.",
    caution=(
        "It has no interval, since single answers are not known. Scores without the number of"
        " respondents are left out. A 88.31 and over, B from 76.61, C from 65, D below, after"
        " rounding to two decimals."
    ),
    source="PermenPANRB 14/2017",
    table="satisfaction",
    value="skm_score",
    weight="skm_n",
    better=Better.HIGHER,
    matters=2.0,
)
REQUESTS = Count(
    key="service_requests",
    title="Requests",
    means="Requests handled in the period.",
    source="Data contract, table service_outcome",
    table="service",
    counted="sum(requests)",
    unit=Unit.REQUESTS,
)
OUTCOME_INDEX = PublishedIndex(
    key="outcome_index",
    title="Published index",
    means="An index that is published for a region and a year, such as the IPM, as it is given.",
    caution=(
        "It moves slowly and for many reasons: beside a policy it shows what else was going on, not"
        " what the policy did."
    ),
    source="Data contract, table outcome_index",
    table="outcome_index",
    better=Better.HIGHER,
)

SKM_BANDS = (("D", 25.0), ("C", 65.0), ("B", 76.61), ("A", 88.31))
"""Each mark of service quality and the lowest score, to two decimals, that bears it: annex of
PermenPANRB 14/2017, whose bands are 25–64.99, 65–76.6, 76.61–88.3 and 88.31–100."""


def skm_band(score: float) -> str:
    """The mark of a score from 25 to 100."""
    return next(mark for mark, low in SKM_BANDS[::-1] if round(score, 2) >= low)
