"""What every row must meet, as SQL conditions made from the contract.

A condition is over one row in two forms: `text_x` is what the file says in column x, blank being
NULL, and `x` is its value in the contract's type, NULL where the text is not such a value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from analytics.metrics import METRICS
from analytics.metrics.base import Mean, Share, Unit
from analytics.metrics.rows import PERSONAL, ROW_TABLES
from analytics.schema import SQL_TYPE, Column, Kind, Table

TRUE_WORDS = ("true", "1", "ya")
FALSE_WORDS = ("false", "0", "tidak")
FEW = 8
"""So many allowed values are listed in full; of more, only the nearest are named."""

DIMENSIONS = (*PERSONAL, "facet", "field", "rater")


@dataclass(frozen=True)
class Check:
    """One thing that can be wrong with a row: `broken` is SQL, true for a row that breaks it.

    `column` is the one whose value is shown, None where several are concerned (`columns`).
    `choices` are what the value could have been, for naming the nearest.
    """

    rule: str
    columns: tuple[str, ...]
    broken: str
    says: str
    remedy: str
    parameters: dict[str, Any] = field(default_factory=dict)
    choices: tuple[str, ...] = ()
    personal: bool = False

    @property
    def column(self) -> str | None:
        return self.columns[0] if len(self.columns) == 1 else None


def text(name: str) -> str:
    """SQL name of what the file says in a column."""
    return f'"text_{name}"'


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
    """Everything that can be told of one row on its own, columns in the contract's order."""
    checks = [check for column in table.columns for check in _column_checks(column)]
    for rule in table.rules:
        # A value of the wrong kind is one finding, not also a finding of every rule it is in.
        whole = " AND ".join(f'({text(c)} IS NULL) = ("{c}" IS NULL)' for c in rule.columns)
        broken = f"({whole}) AND coalesce(NOT ({rule.holds}), false)"
        name = f"{', '.join(rule.columns)}: {rule.says}"
        checks.append(Check(name, rule.columns, broken, rule.says, rule.remedy))
    checks.extend(map(_not_yet, EVENT_DAYS.get(table.name, ())))
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
    if column.kind is Kind.PERSON:
        yield from _number_checks(name)


EVENT_DAYS = {
    "appraisal": ("period_end", "submitted_on"),
    "training": ("end_date",),
    "adoption": ("month",),
    "career_event": ("date",),
    "service_outcome": ("month",),
    "recap": ("period_start",),
}
"""Days of what has happened; activities, targets and spans may lie ahead."""


def _not_yet(name: str) -> Check:
    return Check(
        f"{name}: has come",
        (name,),
        f'"{name}" > $today',
        "has not come yet",
        "Correct it; what is still to happen is left out.",
        {"today": date.today()},
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
        "is a number that Excel has cut, not a NIP",
        "Export the column as text; its last digits cannot be got back from this file.",
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


def _recap_checks() -> Iterator[Check]:
    yield from _metric_checks()
    yield _share_check("mean")
    carried = [key for key, metric in METRICS.items() if isinstance(metric, (Share, Mean))]
    yield Check(
        "metric: carried",
        ("metric",),
        "list_contains($metrics::VARCHAR[], metric)"
        " AND NOT list_contains($carried::VARCHAR[], metric)",
        "cannot be given ready-made: it is worked out from other figures or from a distribution",
        "Give shares, rates or means, such as the parts it is made of.",
        {"carried": carried, "metrics": list(METRICS)},
    )
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


def _region_checks() -> Iterator[Check]:
    yield Check(
        "region_code: dotted",
        ("region_code",),
        f"regexp_full_match({text('region_code')}, '[0-9]{{4}}')",
        "is a code without its dot, which Kemendagri and BPS give to different regions",
        "Write Kemendagri's code with its dot, such as 18.01, and BPS's in bps_code.",
    )


OF_TABLE: dict[str, Callable[[], Iterator[Check] | tuple[Check, ...]]] = {
    "region": _region_checks,
    "target": _target_checks,
    "recap": _recap_checks,
    "survey_response": _respondent_checks,
}
