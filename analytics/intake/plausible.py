"""What can be right but rarely is: warnings over all rows of a sheet, which keep none of them out."""

from __future__ import annotations

import duckdb

from analytics.intake.checks import Check
from analytics.intake.staging import Staged
from analytics.intake.values import SHARES
from analytics.metrics.rows import PERSONAL
from analytics.text.phrase import Phrase

FAR = 0.25
"""A share that moves by more within one step is shown."""

TIMES = 2
"""Other figures, and numbers of rows, are shown where they are so many times what they were."""

FEW = 20
"""Below so many rows or people, doubling and halving is nothing to be told."""


def warn_across(cursor: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    """Put a sheet whose rows were checked to what one row cannot answer; nothing is kept out."""
    name = staged.table.name
    if name == "recap":
        _siblings(cursor, staged)
        _moved(cursor, staged)
    if name in ("survey_invited", "survey_response"):
        _answered(cursor, staged)
    if name in COUNTED and "agency_id" in staged.filled:
        _grown(cursor, staged)


SIBLINGS = """
-- One row is a recap whose parts by one breakdown come to more than it, or, where both sexes are
-- given, to less.
SELECT w.position FROM {sound} w JOIN (
  SELECT {rest}, sum(numerator) AS numerator, sum(denominator) AS denominator, sum(n) AS n,
    {whole} AS whole
  FROM {sound} WHERE "{column}" IS NOT NULL GROUP BY {rest}
) p ON {same}
WHERE w."{column}" IS NULL AND (
  p.numerator > w.numerator OR p.denominator > w.denominator OR p.n > w.n
  OR p.whole AND (p.numerator < w.numerator OR p.denominator < w.denominator OR p.n < w.n))
"""


def _siblings(cursor: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    for column in PERSONAL:
        if column not in staged.filled:
            continue
        rest = [name for name in staged.table.key if name != column]
        whole = "count(*) = 2" if column == "sex" else "false"
        sql = SIBLINGS.format(
            sound=staged.relation("sound"),
            column=column,
            rest=", ".join(f'"{name}"' for name in rest),
            whole=whole,
            same=" AND ".join(f'p."{n}" IS NOT DISTINCT FROM w."{n}"' for n in rest),
        )
        check = Check(
            f"{column}: parts",
            ("numerator", "denominator", "n"),
            "",
            Phrase("is not what its parts by {column} come to", column=column),
            Phrase("See which of the two is wrong, and correct it."),
            code="recap.parts",
            severity="warn",
        )
        staged.add(cursor, check, sql)


MOVED = """
-- One row is a recap whose figure is far from the last one before it of the same length.
SELECT position FROM (
  SELECT g.position, g.metric, g.figure, l.figure AS before
  FROM ({new}) g ASOF JOIN ({old}) l ON {same} AND g.period_start > l.period_start
)
WHERE CASE WHEN list_contains($shares::VARCHAR[], metric) THEN abs(figure - before) > $far
  ELSE least(figure, before) > 0 AND greatest(figure, before) > $times * least(figure, before) END
"""

FIGURE = """
SELECT *, coalesce("mean", numerator / nullif(denominator, 0)) AS figure,
  date_diff('month', period_start, period_end) AS months
FROM {rows} WHERE coalesce(denominator, n, $few) >= $few
"""


def _moved(cursor: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    columns = [name for name in staged.table.key if not name.startswith("period_")]
    same = " AND ".join(
        f"""coalesce(g."{name}", '') = coalesce(l."{name}", '')""" for name in columns
    )
    sql = MOVED.format(
        new=FIGURE.format(rows=staged.relation("good")),
        old=FIGURE.format(rows='"recap"'),
        same=f"{same} AND g.months = l.months",
    )
    check = Check(
        "recap: sudden change",
        ("metric",),
        "",
        Phrase("is far from what it was in the period before"),
        Phrase("See whether it is right; nothing is to be done if it is."),
        code="recap.jump",
        severity="warn",
    )
    staged.add(cursor, check, sql, shares=SHARES, far=FAR, times=TIMES, few=FEW)


ANSWERED = """
-- One row is an agency and a wave with more respondents than people were invited.
SELECT min(position) AS position FROM (
  SELECT a.wave, a.agency_id, a.respondent, i.invited, {position} AS position
  FROM {answers} a JOIN {invited} i USING (wave, agency_id)
)
GROUP BY wave, agency_id, invited HAVING count(DISTINCT respondent) > invited
"""


def _answered(cursor: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    good = staged.relation("good")
    if staged.table.name == "survey_invited":
        sql = ANSWERED.format(answers="survey_response", invited=good, position="i.position")
    else:
        both = f"""(SELECT wave, agency_id, respondent, position FROM {good}
          UNION ALL SELECT wave, agency_id, respondent, NULL FROM survey_response)"""
        sql = ANSWERED.format(answers=both, invited="survey_invited", position="a.position")
    check = Check(
        "agency_id: answered",
        ("wave", "agency_id"),
        "",
        Phrase("has more respondents than people invited: a response rate over 100 %"),
        Phrase("Correct the number of people invited, or remove answers that were given twice."),
        code="survey.over_invited",
        severity="warn",
    )
    staged.add(cursor, check, f"SELECT position FROM ({sql}) WHERE position IS NOT NULL")


COUNTED = {
    "employee": "count(DISTINCT employee_id)",
    "appraisal": "count(*) / count(DISTINCT (period_end, cycle, rater))",
    "survey_response": "count(DISTINCT respondent) / count(DISTINCT wave)",
}
"""For tables of an agency's people, how many of them a load is about."""

GROWN = """
-- One row is an agency of which this file has far more or fewer people than the last load.
SELECT g.position
FROM (SELECT agency_id, min(position) AS position, {people} AS people FROM {good} GROUP BY 1) g
JOIN (
  SELECT agency_id, {people} AS people FROM "{table}" WHERE batch_id = (
    SELECT max(batch_id) FROM batch WHERE table_name = '{table}' AND NOT synthetic)
  GROUP BY 1
) l USING (agency_id)
WHERE abs(g.people - l.people) >= $few
  AND greatest(g.people, l.people) > $times * least(g.people, l.people)
"""


def _grown(cursor: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    name = staged.table.name
    sql = GROWN.format(people=COUNTED[name], good=staged.relation("good"), table=name)
    check = Check(
        "agency_id: sudden change",
        ("agency_id",),
        "",
        Phrase("has more than twice or less than half the people it had in the last load"),
        Phrase("See whether the file is whole; nothing is to be done if it is."),
        code="load.jump",
        severity="warn",
    )
    staged.add(cursor, check, sql, few=FEW, times=TIMES)
