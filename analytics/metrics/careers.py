"""Career metrics. One row of `career_year` is one employee in service through the whole of a year.

Each is about years and governments of which such events are known at all: from the year of a
government's first event of the kind to the day on which its files were extracted. Windows that are
not over by that day are not counted.
"""

from analytics.metrics.base import Better, Share

PROMOTED = Share(
    key="promotion_share",
    title="PNS promoted",
    means="PNS on 1 January who were promoted within the year and served all of it.",
    caution=(
        "Promotions are years apart: a year without one says nothing of a person. PPPK are left"
        " out, as are years before a government's first recorded promotion."
    ),
    source="Data contract, table career_event",
    table="career_year",
    among="status = 'PNS' AND promoted IS NOT NULL",
    numerator="count(*) FILTER (WHERE promoted)",
)
RECOGNISED = Share(
    key="recognition_share",
    title="People recognised",
    means="People on 1 January who received a recognition within the year and served all of it.",
    caution=(
        "Only what offices record as a recognition (penghargaan); governments that record none are"
        " left out, rather than taken for places without any."
    ),
    source="UU 20/2023 art. 21; data contract, table career_event",
    table="career_year",
    among="recognised IS NOT NULL",
    numerator="count(*) FILTER (WHERE recognised)",
    better=Better.HIGHER,
)
COACHED = Share(
    key="low_rating_coached_share",
    title="Low ratings followed by coaching",
    means=(
        "Evaluations below Baik after which performance coaching (bimbingan kinerja) took place"
        " within six months of the end of the period."
    ),
    caution=(
        "Training is not counted as help: most people have some within six months. A year is shown"
        " once all its evaluations have had six months. Governments that record neither mentoring"
        " nor coaching are left out. Counts from 1 to 4 are withheld."
    ),
    source="PermenPANRB 6/2022; PP 30/2019",
    table="appraisal",
    among="coached IS NOT NULL",
    numerator="count(*) FILTER (WHERE coached)",
    better=Better.HIGHER,
    sensitive=True,
)
MENTORED = Share(
    key="newcomer_mentored_share",
    title="New staff mentored",
    means=(
        "People who entered service within the year, and stayed for 90 days, whose mentoring began"
        " in those 90 days."
    ),
    caution=(
        "Of the latest year only those whose 90 days were over when the files were extracted."
        " Governments that record no mentoring are left out."
    ),
    source="Data contract, tables employee and career_event",
    table="newcomer",
    numerator="count(*) FILTER (WHERE mentored)",
    better=Better.HIGHER,
)
