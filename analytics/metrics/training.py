"""Training metrics. One row of `training_to_date` is one employee in one month of a year."""

from analytics.metrics.base import Better, Mean, Quantile, Share, Unit

COVERAGE = Share(
    key="training_coverage",
    title="Training coverage",
    means="PNS who have completed at least 20 hours (JP) of training this year.",
    caution="PPPK are left out: 24 JP is their ceiling, not a minimum.",
    source="PP 11/2017 art. 203",
    table="training_to_date",
    among="status = 'PNS'",
    numerator="count(*) FILTER (WHERE hours_jp >= 20)",
    denominator="count(hours_jp)",  # nobody where no file tells the hours
    over_time="last",  # a year-to-date stock: months do not add up
    better=Better.HIGHER,
)
MEAN_HOURS = Mean(
    key="mean_training_hours",
    title="Mean training hours",
    means="Hours (JP) completed this year, per person.",
    caution="A few long courses lift the mean; read it beside the coverage.",
    source="PerLAN 10/2018",
    table="training_to_date",
    value="hours_jp",
    over_time="last",
    unit=Unit.HOURS,
    better=Better.HIGHER,
)
MEDIAN_HOURS = Quantile(
    key="median_training_hours",
    title="Median training hours",
    means="Hours (JP) that half of all people have reached this year, from bins of five hours.",
    source="PerLAN 10/2018",
    table="training_to_date",
    value="hours_jp",
    edges=(0, 1, 5, 10, 15, 20, 25, 30, 40, 60, 80),
    over_time="last",
    better=Better.HIGHER,
)
MISSING_HOURS = Mean(
    key="missing_training_hours",
    title="Hours missing to 20 JP",
    means="Hours (JP) that PNS lack of 20 this year, per PNS; none where 20 are reached.",
    caution="PPPK are left out: 24 JP is their ceiling, not a minimum.",
    source="PP 11/2017 art. 203",
    table="training_to_date",
    among="status = 'PNS'",
    value="(20 - hours_jp) * (hours_jp < 20)::INTEGER",
    over_time="last",
    unit=Unit.HOURS,
    better=Better.LOWER,
)
NONE_AT_ALL = Share(
    key="no_training_share",
    title="No training at all",
    means="People who have completed no training this year.",
    source="PP 11/2017 art. 203",
    table="training_to_date",
    numerator="count(*) FILTER (WHERE hours_jp = 0)",
    denominator="count(hours_jp)",
    over_time="last",
    better=Better.LOWER,
)
PPPK_ANY = Share(
    key="pppk_training_share",
    title="PPPK with any training",
    means="PPPK who have completed any training this year.",
    caution="Their right to it is bounded by contract years, which calendar years only approximate.",
    source="PerLAN 15/2020",
    table="training_to_date",
    among="status IN ('PPPK', 'PPPK_PARUH_WAKTU')",
    numerator="count(*) FILTER (WHERE hours_jp > 0)",
    denominator="count(hours_jp)",
    over_time="last",
    better=Better.HIGHER,
)
PPPK_ABOVE_CEILING = Share(
    key="pppk_above_ceiling_share",
    title="PPPK above their ceiling",
    means="PPPK with more than 24 hours (JP) of training this year.",
    caution="24 JP is the most a contract year allows; contract years differ from calendar years.",
    source="PerLAN 15/2020",
    table="training_to_date",
    among="status IN ('PPPK', 'PPPK_PARUH_WAKTU')",
    numerator="count(*) FILTER (WHERE hours_jp > 24)",
    denominator="count(hours_jp)",
    over_time="last",
)
COMPLETION = Share(
    key="course_completion_share",
    title="Courses completed",
    means="Enrolments that ended in completion.",
    source="PerLAN 10/2018",
    table="course",
    numerator="count(*) FILTER (WHERE completed)",
    guard="completed",
    better=Better.HIGHER,
)
CERTIFICATES = Share(
    key="certificate_share",
    title="Completed with a certificate",
    means="Completed enrolments for which a certificate is recorded.",
    caution="Only enrolments where it is known whether a certificate was issued.",
    source="PerLAN 10/2018",
    table="course",
    among="completed AND certificate IS NOT NULL",
    numerator="count(*) FILTER (WHERE certificate)",
    better=Better.HIGHER,
)
COURSE_HOURS = Mean(
    key="hours_per_course",
    title="Hours per completed course",
    means="Hours (JP) of a completed enrolment.",
    source="PerLAN 10/2018",
    table="course",
    among="completed",
    value="hours_jp",
    unit=Unit.HOURS,
)
NON_CLASSICAL = Share(
    key="non_classical_share",
    title="Non-classical share",
    means="Completed enrolments that were non-classical: coaching, e-learning, webinars, on the job.",
    source="PerLAN 10/2018",
    table="course",
    among="completed",
    numerator="count(*) FILTER (WHERE mode = 'non_classical')",
)
NO_SHOW = Share(
    key="training_no_show_share",
    title="Training no-shows",
    means="Enrolments whose participant never came: not completed, and no hours.",
    caution="Duty, distance and cancelled courses all show here; it is a signal, not a verdict.",
    source="PerLAN 10/2018",
    table="course",
    numerator="count(*) FILTER (WHERE NOT completed AND hours_jp = 0)",
    guard="completed",
    better=Better.LOWER,
)
