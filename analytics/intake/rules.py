"""What every row must meet, as SQL conditions made from the contract.

The two forms of a row that a condition is over are those of `analytics.intake.checks`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from analytics.intake.checks import Check, text
from analytics.intake.regions import code_checks
from analytics.metrics import METRICS
from analytics.metrics.base import Count, EffectiveNumber, Index, Mean, Quantile, Share, Unit
from analytics.metrics.rows import PERSONAL, ROW_TABLES
from analytics.schema import SQL_TYPE, Column, Kind, Table
from analytics.text.phrase import Phrase

TRUE_WORDS = ("true", "1", "ya")
FALSE_WORDS = ("false", "0", "tidak")
FEW = 8
"""So many allowed values are listed in full; of more, only the nearest are named."""

DIMENSIONS = (*PERSONAL, "facet", "field", "rater")


def text_sql(column: Column, source: str | None) -> str:
    """SQL for the text of a column, given the SQL of its source; NULL where the file lacks it."""
    if source is None:
        return f"CAST(NULL AS VARCHAR) AS {text(column.name)}"
    said = text(column.name)
    if column.kind is not Kind.PERSON:
        # Few values need trimming, and trimming all would take as long as reading the file.
        blank = f"{source} < '!' OR suffix({source}, ' ')"
        return f"CASE WHEN {blank} THEN nullif(trim({source}), '') ELSE {source} END AS {said}"
    # Excel's way to keep a number as text is a leading apostrophe; some write a NIP in groups.
    number = f"nullif(trim(ltrim(trim({source}), '''')), '')"
    grouped = f"regexp_full_match({number}, '[0-9 ]+')"
    return (
        f"CASE WHEN {source} >= '0' AND NOT contains({source}, ' ') THEN {source}"
        f" WHEN {grouped} THEN replace({number}, ' ', '') ELSE {number} END AS {said}"
    )


def value_sql(column: Column) -> str:
    """SQL for the value of a column from its text; NULL where the text is not of its kind."""
    said, name = text(column.name), f'"{column.name}"'
    match column.kind:
        case Kind.TEXT | Kind.PERSON:
            return f"{said} AS {name}"
        case Kind.DATE:
            # try_cast alone would take 2025-1-5, 2025/01/05 and infinity for dates.
            return (
                f"CASE WHEN {said}[5] = '-' AND {said}[8] = '-' AND (length({said}) = 10"
                f" OR {said}[11] IN (' ', 'T')) THEN try_cast({said} AS DATE) END AS {name}"
            )
        case Kind.INTEGER:
            # try_cast alone would round 12.7 to 13 and read 0x10 and 1_000.
            return (
                f"CASE WHEN regexp_full_match({said}, '[+-]?[0-9]+([.]0+)?')"
                f" THEN try_cast({said} AS INTEGER) END AS {name}"
            )
        case Kind.DECIMAL:
            return (
                f"CASE WHEN NOT contains({said}, '_') THEN try_cast({said} AS"
                f" {SQL_TYPE[Kind.DECIMAL]}) END AS {name}"
            )
        case Kind.BOOLEAN:
            true = ", ".join(f"'{word}'" for word in TRUE_WORDS)
            false = ", ".join(f"'{word}'" for word in FALSE_WORDS)
            return (
                f"CASE WHEN lower({said}) IN ({true}) THEN true"
                f" WHEN lower({said}) IN ({false}) THEN false END AS {name}"
            )


NOT_OF_KIND = {
    Kind.DATE: ("date", "is not a date", "Write it as 2025-02-28."),
    Kind.INTEGER: ("whole number", "is not a whole number", "Write digits alone, such as 12."),
    Kind.DECIMAL: ("number", "is not a number", "Write it with a dot for decimals, such as 0.8."),
    Kind.BOOLEAN: ("truth", "is neither true nor false", "Write true or false."),
}


def row_checks(table: Table) -> tuple[Check, ...]:
    """Everything that can be told of one row on its own, columns in the contract's order.

    Beside the row's own columns, conditions know `extracted_on`, the day its file was extracted.
    """
    checks = [check for column in table.columns for check in _column_checks(column)]
    for rule in table.rules:
        # A value of the wrong kind is one finding, not also a finding of every rule it is in.
        whole = " AND ".join(f'({text(c)} IS NULL) = ("{c}" IS NULL)' for c in rule.columns)
        broken = f"({whole}) AND coalesce(NOT ({rule.holds}), false)"
        name = f"{', '.join(rule.columns)}: {rule.says}"
        checks.append(Check(name, rule.columns, broken, rule.says, rule.remedy))
    checks.extend(OF_TABLE.get(table.name, lambda: ())())
    return tuple(checks)


def _column_checks(column: Column) -> Iterator[Check]:
    name, said, value = column.name, text(column.name), f'"{column.name}"'
    if not column.optional:
        remedy = f"Fill it: {column.means}"
        yield Check(f"{name} is empty", (name,), f"{said} IS NULL", "is empty", remedy)
    if column.kind in NOT_OF_KIND:
        kind, says, remedy = NOT_OF_KIND[column.kind]
        broken = f"{said} IS NOT NULL AND {value} IS NULL"
        yield Check(f"{name}: {kind}", (name,), broken, says, remedy)
    if column.kind is Kind.DATE:
        yield Check(
            f"{name}: plausible",
            (name,),
            f"{value} < DATE '1900-01-01' OR {value} > DATE '2100-12-31'",
            "is not a plausible date",
            "Correct it; a day that is not known or has not come is left empty.",
        )
    if column.event:
        yield _come(column)
    if column.values:
        yield _allowed(column)
    if column.pattern is not None:
        yield Check(
            f"{name}: form",
            (name,),
            f"NOT regexp_full_match({said}, $pattern_{name})",
            "is not written in the form of this column",
            f"Write it like {column.example}.",
            {f"pattern_{name}": column.pattern},
        )
    if column.low is not None or column.high is not None:
        yield _within(column)
    if name == "region_code" or column.refers_to == "region":
        yield from code_checks(name)
    if column.kind is Kind.PERSON:
        yield from _number_checks(name)


def _come(column: Column) -> Check:
    """That what a row tells of has happened. Days beyond any plausible one are found elsewhere."""
    said = text(column.name)
    first_month = (
        f"CASE WHEN length({said}) = 4 THEN '01'"
        f" WHEN {said}[6] = 'Q' THEN lpad((try_cast({said}[7] AS INTEGER) * 3 - 2)::VARCHAR, 2, '0')"
        f" ELSE {said}[6:7] END"
    )
    of_period = f"try_cast({said}[1:4] || '-' || {first_month} || '-01' AS DATE)"
    day = f'"{column.name}"' if column.kind is Kind.DATE else of_period
    return Check(
        f"{column.name}: has come",
        (column.name,),
        f"{day} > extracted_on AND {day} <= DATE '2100-12-31'",
        "has not come yet: the file was extracted before it",
        "Correct it, leave out what has not happened yet, or say with --extracted-on on which day"
        " the file was taken from its system.",
    )


def _allowed(column: Column) -> Check:
    listed = ", ".join(column.values)
    return Check(
        f"{column.name}: allowed",
        (column.name,),
        f"NOT list_contains($allowed_{column.name}::VARCHAR[], {text(column.name)})",
        "is not one of the values of this column",
        f"Write one of: {listed}." if len(column.values) <= FEW else "See the data contract.",
        {f"allowed_{column.name}": list(column.values)},
        choices=column.values,
    )


def _within(column: Column) -> Check:
    name, bounds, parameters = column.name, [], {}
    if column.low is not None:
        bounds.append(f'"{name}" < $low_{name}')
        parameters[f"low_{name}"] = column.low
    if column.high is not None:
        bounds.append(f'"{name}" > $high_{name}')
        parameters[f"high_{name}"] = column.high
    if column.low is not None and column.high is not None:
        says = f"is not between {column.low:g} and {column.high:g}"
    elif column.low is not None:
        says = f"is below {column.low:g}"
    else:
        says = f"is above {column.high:g}"
    return Check(
        f"{name}: range", (name,), " OR ".join(bounds), says, "Correct the number.", parameters
    )


EXPONENT = "[0-9]([.,][0-9]+)?[eE][+]?[0-9]+"


def _number_checks(name: str) -> Iterator[Check]:
    said = text(name)
    yield Check(
        f"{name}: exponent",
        (name,),
        f"contains(lower({said}), 'e') AND regexp_full_match({said}, '{EXPONENT}')",
        "is kept as a number, not as text: a spreadsheet or an export cuts a NIP that way",
        "Export the column as text from its source; digits that are lost cannot be got back from"
        " this file.",
        personal=True,
    )
    yield Check(
        f"{name}: 000",
        (name,),
        f"length({said}) = 18 AND suffix({said}, '000') AND regexp_full_match({said}, '[0-9]+')",
        "ends in 000: Excel has cut its last three digits",
        "Export the column as text; its last digits cannot be got back from this file.",
        personal=True,
    )


def _metric_checks() -> Iterator[Check]:
    yield Check(
        "metric: known",
        ("metric",),
        f"NOT list_contains($metrics::VARCHAR[], {text('metric')})",
        "is not a metric",
        "See the keys that `python -m analytics metrics` lists.",
        {"metrics": list(METRICS)},
        choices=tuple(METRICS),
    )


def _target_checks() -> Iterator[Check]:
    yield from _metric_checks()
    yield _share_check("value")


def _share_check(name: str) -> Check:
    shares = [metric.key for metric in METRICS.values() if metric.unit is Unit.SHARE]
    return Check(
        f"{name}: share",
        (name,),
        f'list_contains($shares::VARCHAR[], metric) AND ("{name}" < 0 OR "{name}" > 1)',
        "is not a share from 0 to 1",
        "Divide a percentage by 100.",
        {"shares": shares},
    )


def _with_dimension(name: str) -> list[str]:
    return [
        key
        for key, metric in METRICS.items()
        if metric.table in ROW_TABLES and name in ROW_TABLES[metric.table].dimensions
    ]


KINDS_WITHOUT_RECAP = {
    Quantile: (
        "is a median, which is not made of the medians of its parts",
        "Give the records, or the recap of a mean in its place.",
    ),
    EffectiveNumber: (
        "is worked out from several shares at once",
        "Give the recaps of those shares, or the records.",
    ),
    Index: (
        "is worked out from other metrics",
        "Give the recaps of those metrics.",
    ),
}
CARRIES = "Recaps carry shares, rates, means and numbers of people only."


def _without_recap() -> dict[str, tuple[str, str]]:
    """For each metric that no recap can carry, why, and what to give instead."""
    found = {}
    for key, metric in METRICS.items():
        if not isinstance(metric, Share | Mean | Count):  # a rate is a kind of share
            says, remedy = KINDS_WITHOUT_RECAP[type(metric)]
            parts = metric.components if isinstance(metric, Index) else ()
            named = f" They are {', '.join(part for part, _ in parts)}." if parts else ""
            found[key] = (says, f"{CARRIES} {remedy}{named}")
    return found


def _carried_check() -> Check:
    refused = _without_recap()
    return Check(
        "metric: carried by recaps",
        ("metric",),
        f"list_contains($without_recap::VARCHAR[], {text('metric')})",
        "is a metric that no recap can carry",
        CARRIES,
        {"without_recap": list(refused)},
        words=lambda _, said: {key: refused[key] for key in said},
    )


def _recap_checks() -> Iterator[Check]:
    yield from _metric_checks()
    yield _carried_check()
    yield _share_check("mean")
    for name in DIMENSIONS:
        yield Check(
            f"{name}: legal",
            (name,),
            f"{text(name)} IS NOT NULL AND list_contains($metrics::VARCHAR[], metric)"
            f" AND NOT list_contains($with_{name}::VARCHAR[], metric)",
            "is a breakdown that this metric does not have",
            "Leave the column empty for this metric.",
            {f"with_{name}": _with_dimension(name), "metrics": list(METRICS)},
        )
    yield from _breakdown_checks()
    yield Check(
        "numerator and denominator: people",
        ("numerator", "denominator"),
        "list_contains($counts::VARCHAR[], metric)"
        " AND (mean IS NOT NULL OR numerator <> denominator OR numerator <> floor(numerator))",
        Phrase("is no number of people"),
        Phrase("Write the number, a whole one, both in numerator and in denominator."),
        {"counts": [key for key, metric in METRICS.items() if isinstance(metric, Count)]},
    )
    yield Check(
        "numerator and denominator: share",
        ("numerator", "denominator"),
        "list_contains($shares::VARCHAR[], metric) AND numerator > denominator",
        "numerator is more than denominator",
        "A share is a part of a whole: correct one of the two.",
        {"shares": _share_check("mean").parameters["shares"]},
    )


def _breakdown_checks() -> Iterator[Check]:
    used = " + ".join(f"CAST({text(name)} IS NOT NULL AS INTEGER)" for name in DIMENSIONS)
    own = " OR ".join(f"{text(n)} IS NOT NULL" for n in DIMENSIONS if n not in PERSONAL)
    says = "is broken down further than the dashboard shows"
    yield Check(
        "breakdown: at most a pair",
        DIMENSIONS,
        f"({used}) > 2 OR (({used}) = 2 AND ({own}))",
        says,
        f"Break down by one column, or by two of {', '.join(PERSONAL)}.",
    )
    yield Check(
        "breakdown: pairs of a government",
        ("agency_id",),
        f"({used}) = 2 AND {text('agency_id')} IS NOT NULL",
        says,
        "Give pairs of breakdowns for governments (region_code), not for agencies.",
    )


def _respondent_checks() -> Iterator[Check]:
    said = text("respondent")
    yield Check(
        "respondent: anonymous",
        ("respondent",),
        f"length({said}) >= 16 AND regexp_matches({said}, '[0-9][0-9 .]{{13,}}[0-9]')"
        f" OR contains(lower({said}), 'e+') AND regexp_full_match({said}, '{EXPONENT}')",
        "looks like a NIP or NIK, which would name the respondent",
        "Replace it with a token that means nothing outside the survey, such as r-0001.",
        personal=True,
    )


OF_TABLE: dict[str, Callable[[], Iterator[Check] | tuple[Check, ...]]] = {
    "target": _target_checks,
    "recap": _recap_checks,
    "survey_response": _respondent_checks,
}
