"""Coverage: how many people there are, and how many of those we know of are in the data at all."""

from analytics.metrics.base import Better, Count, Share
from analytics.schema import STATUSES

HEADCOUNT = Count(
    key="headcount",
    title="Employees",
    means="People in service at the end of the period: PNS, CPNS, PPPK and part-time PPPK.",
    caution="Where an office has given its own count, it is that count.",
    source="Data contract, tables employee and recap",
    table="training_to_date",
    among=f"status IN {STATUSES}",  # everyone, told apart from metrics that recaps do not give
    over_time="last",
)

IN_THE_DATA = Share(
    key="people_in_data_share",
    title="People in the data",
    means="People with at least one evaluation or training this year, of all in the staff register.",
    caution="A figure about a place is only as good as this share.",
    source="Data contract, tables employee, appraisal and training",
    table="training_to_date",
    numerator="count(*) FILTER (WHERE in_data)",
    over_time="last",
    better=Better.HIGHER,
)
