"""Coverage: how many of the people we know of are in the data at all."""

from analytics.metrics.base import Better, Share

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
