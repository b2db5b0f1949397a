"""What every row must meet, as SQL conditions made from the contract.

The two forms of a row that a condition is over are those of `analytics.intake.checks`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from analytics.intake.checks import Check, Words, text
from analytics.intake.regions import code_checks
from analytics.intake.unread import unread_words
from analytics.intake.unsaved import ERROR_OF_CALC, FORMULA, WORDS
from analytics.intake.values import CANONICAL, GRADES, OF_DIGITS, PARTED, SHARES, Reading
from analytics.metrics import METRICS
from analytics.metrics.base import (
    Count,
    EffectiveNumber,
    Index,
    Mean,
    PublishedIndex,
    Quantile,
    Share,
    WeightedMean,
)
from analytics.metrics.rows import PERSONAL, PREDICATE, ROW_TABLES
from analytics.schema import Column, Kind, Table, table
from analytics.text.phrase import Phrase

FEW = 8
"""So many allowed values are listed in full; of more, only the nearest are named."""

DIMENSIONS = (*PERSONAL, "facet", "field", "rater")

NOT_OF_KIND = {
    Kind.DATE: (
        "date",
        "date.form",
        Phrase("is not a date"),
        Phrase("Write it as 2025-02-28 or 28 Februari 2025."),
    ),
    Kind.INTEGER: (
        "whole number",
        "number.whole",
        Phrase("is not a whole number"),
        Phrase("Write digits alone, such as 12."),
    ),
    Kind.DECIMAL: (
        "number",
        "number.form",
        Phrase("is not a number"),
        Phrase("Write it with a dot or a comma for decimals, such as 0.8 or 0,8."),
    ),
    Kind.BOOLEAN: (
        "truth",
        "truth.form",
        Phrase("is neither true nor false"),
        Phrase("Write true or false, or ya or tidak."),
    ),
}


def row_checks(table: Table, reading: Reading = CANONICAL) -> tuple[Check, ...]:
    """Everything that can be told of one row on its own, columns in the contract's order.

    Beside the row's own columns, conditions know `extracted_on`, the day its file was extracted.
    """
    checks = [check for column in table.columns for check in _column_checks(column, reading)]
    for rule in table.rules:
        # A value of the wrong kind is one finding, not also a finding of every rule it is in.
        whole = " AND ".join(f'({text(c)} IS NULL) = ("{c}" IS NULL)' for c in rule.columns)
        broken = f"({whole}) AND coalesce(NOT ({rule.holds}), false)"
        name = f"{', '.join(rule.columns)}: {rule.says}"
        says, remedy = Phrase(rule.says), Phrase(rule.remedy)
        checks.append(Check(name, rule.columns, broken, says, remedy, code=rule.code))
    checks.extend(OF_TABLE.get(table.name, lambda: ())())
    return tuple(checks)


def _column_checks(column: Column, reading: Reading) -> Iterator[Check]:
    name, said, value = column.name, text(column.name), f'"{column.name}"'
    yield _has_value(column)
    if not column.optional:
        says, remedy = Phrase("is empty"), Phrase("Fill it: {means}", means=Phrase(column.means))
        empty = f"{said} IS NULL"
        yield Check(f"{name} is empty", (name,), empty, says, remedy, code="value.empty")
    if column.kind in NOT_OF_KIND:
        kind, code, says, remedy = NOT_OF_KIND[column.kind]
        broken = f"{said} IS NOT NULL AND {value} IS NULL"
        words = unread_words(column, reading)
        yield Check(f"{name}: {kind}", (name,), broken, says, remedy, words=words, code=code)
    if column.kind is Kind.DATE:
        yield Check(
            f"{name}: plausible",
            (name,),
            f"{value} < DATE '1900-01-01' OR {value} > DATE '2100-12-31'",
            Phrase("is not a plausible date"),
            Phrase("Correct it; a day that is not known or has not come is left empty."),
            code="date.plausible",
        )
    if column.event:
        yield _come(column)
    if column.values:
        yield _allowed(column, unread_words(column, reading))
    if column.pattern is not None:
        yield Check(
            f"{name}: form",
            (name,),
            f"NOT regexp_full_match({value}, $pattern_{name})",
            Phrase("is not written in the form of this column"),
            Phrase("Write it like {example}.", example=column.example),
            {f"pattern_{name}": column.pattern},
            code="value.form",
        )
    if column.low is not None or column.high is not None:
        yield _within(column)
    if name == "region_code" or column.refers_to == "region":
        yield from code_checks(name, reading.region_codes)
    yield from _personal_checks(column)


def _personal_checks(column: Column) -> Iterator[Check]:
    """That an employee number is one, and that none stands where it would be kept."""
    if column.kind is Kind.PERSON:
        yield from _number_checks(column.name)
    if column.kind is Kind.TEXT and not column.values and column.name != "respondent":
        yield _without_number(column.name)


NIP = (
    "(19[4-9]|20[01])[0-9](0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])"
    "(19|20)[0-9]{2}(0[1-9]|1[0-2]|2[1-9])[0-9]{4}"
)
"""Day of birth, then year and month of entry, as in a NIP; a NI PPPK has 21 and more for the month."""


def _without_number(name: str) -> Check:
    """That no employee number stands in a text, where it would be kept as it is."""
    said = text(name)
    close = f"regexp_replace({said}, $parted, '', 'g')"
    return Check(
        f"{name}: no employee number",
        (name,),
        f"length({said}) >= 18 AND regexp_matches({close}, '{NIP}')",
        Phrase("holds an employee number, which would be kept as it stands"),
        Phrase(
            "Take the number out, or see whether the columns of this row stand in another order;"
            " numbers of employees belong in employee_id alone."
        ),
        {"parted": PARTED},
        personal=True,
        code="text.personal",
    )


NO_VALUE = "value.error"


def no_value_sql(said: str) -> str:
    """SQL that is true of a text that a spreadsheet shows where a cell has no value."""
    return (
        f"(starts_with({said}, '#') OR starts_with({said}, 'Err:'))"
        f" AND list_contains($without_value::VARCHAR[], upper({said}))"
    )


def _has_value(column: Column) -> Check:
    name, free = column.name, column.kind in (Kind.TEXT, Kind.PERSON)
    save = Phrase(
        "Open the file in Excel and save it, or paste the values in the place of the formulas;"
        " empty the cell where nothing is known."
    )
    formula = (
        Phrase("is a formula that was never worked out: the file holds no value of it"),
        save,
    )
    return Check(
        f"{name}: value",
        (name,),
        no_value_sql(text(name)),
        Phrase("is an error of the spreadsheet, not a value"),
        save,
        {"without_value": [*WORDS, *ERROR_OF_CALC]},
        words=lambda _, said: {FORMULA: formula} if FORMULA in said else {},
        code=NO_VALUE,
        explains=not free or bool(column.values or column.pattern),
    )


def _come(column: Column) -> Check:
    """That what a row tells of has happened. Days beyond any plausible one are found elsewhere."""
    value = f'"{column.name}"'
    first_month = (
        f"CASE WHEN length({value}) = 4 THEN '01'"
        f" WHEN {value}[6] = 'Q' THEN lpad((try_cast({value}[7] AS INTEGER) * 3 - 2)::VARCHAR, 2, '0')"
        f" ELSE {value}[6:7] END"
    )
    of_period = f"try_cast({value}[1:4] || '-' || {first_month} || '-01' AS DATE)"
    day = value if column.kind is Kind.DATE else of_period
    return Check(
        f"{column.name}: has come",
        (column.name,),
        f"{day} > extracted_on AND {day} <= DATE '2100-12-31'",
        Phrase("has not come yet: the file was extracted before it"),
        Phrase(
            "Correct it, leave out what has not happened yet, or say with --extracted-on on which"
            " day the file was taken from its system."
        ),
        code="date.future",
    )


def _allowed(column: Column, words: Words | None) -> Check:
    listed = ", ".join(column.values)
    few = Phrase("Write one of: {values}.", values=listed)
    return Check(
        f"{column.name}: allowed",
        (column.name,),
        f'NOT list_contains($allowed_{column.name}::VARCHAR[], "{column.name}")',
        Phrase("is not one of the values of this column"),
        few if len(column.values) <= FEW else Phrase("See the data contract."),
        {f"allowed_{column.name}": list(column.values)},
        choices=column.values,
        words=words,
        code="value.allowed",
    )


def _within(column: Column) -> Check:
    name, bounds, parameters = column.name, [], {}
    if column.low is not None:
        bounds.append(f'"{name}" < $low_{name}')
        parameters[f"low_{name}"] = column.low
    if column.high is not None:
        bounds.append(f'"{name}" > $high_{name}')
        parameters[f"high_{name}"] = column.high
    low, high = (f"{bound:g}" if bound is not None else "" for bound in (column.low, column.high))
    if column.low is not None and column.high is not None:
        says = Phrase("is not between {low} and {high}", low=low, high=high)
    elif column.low is not None:
        says = Phrase("is below {low}", low=low)
    else:
        says = Phrase("is above {high}", high=high)
    remedy = Phrase("Correct the number.")
    broken = " OR ".join(bounds)
    return Check(f"{name}: range", (name,), broken, says, remedy, parameters, code="number.range")


EXPONENT = "[0-9]([.,][0-9]+)?[eE][+]?[0-9]+"


DIGITS_IN_A_ROW = 13
"""From so many digits on a number is taken to be meant as a NIP rather than as an office's own."""

LETTERS_MISTYPED = 4
"""So few letters among so many digits are taken to be mistyped digits."""

HASHES = "(?i)[0-9a-f]{16}|[0-9a-f]{24}|[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}"
"""Forms of keyed hashes, in which a row of digits can stand by chance."""


def _number_checks(name: str) -> Iterator[Check]:
    said = text(name)
    close = f"regexp_replace({said}, $parted, '', 'g')"
    digits = f"regexp_replace({said}, '[^0-9]', '', 'g')"
    letters = f"regexp_replace({said}, '[^A-Za-z]', '', 'g')"
    hashed = f"regexp_full_match({close}, '{HASHES}') AND regexp_matches({said}, '[A-Fa-f]')"
    mistyped = f"length({digits}) >= {DIGITS_IN_A_ROW} AND length({letters}) <= {LETTERS_MISTYPED}"
    yield Check(
        f"{name}: digits",
        (name,),
        f"CASE WHEN regexp_full_match({said}, '{OF_DIGITS}') THEN false"
        f" WHEN length({said}) < {DIGITS_IN_A_ROW} THEN false"
        f" WHEN regexp_full_match({said}, '{EXPONENT}') OR {hashed} THEN false"
        f" ELSE regexp_matches({close}, '[0-9]{{{DIGITS_IN_A_ROW},}}') OR {mistyped} END",
        Phrase("is not an employee number of 18 digits alone"),
        Phrase(
            "Write the 18 digits as text, with no other number and no name beside them; see whether"
            " a digit is missing or too many."
        ),
        {"parted": PARTED},
        personal=True,
        code="person.digits",
    )
    yield Check(
        f"{name}: exponent",
        (name,),
        f"contains(lower({said}), 'e') AND regexp_full_match({said}, '{EXPONENT}')",
        Phrase("is kept as a number, not as text: a spreadsheet or an export cuts a NIP that way"),
        Phrase(
            "Export the column as text from its source; digits that are lost cannot be got back"
            " from this file."
        ),
        personal=True,
        code="person.exponent",
    )
    yield Check(
        f"{name}: 000",
        (name,),
        f"length({said}) = 18 AND suffix({said}, '000') AND regexp_full_match({said}, '[0-9]+')",
        Phrase("ends in 000: Excel has cut its last three digits"),
        Phrase("Export the column as text; its last digits cannot be got back from this file."),
        personal=True,
        code="person.cut",
    )


def _metric_checks() -> Iterator[Check]:
    yield Check(
        "metric: known",
        ("metric",),
        f"NOT list_contains($metrics::VARCHAR[], {text('metric')})",
        Phrase("is not a metric"),
        Phrase("See the keys that `python -m analytics metrics` lists."),
        {"metrics": list(METRICS)},
        choices=tuple(METRICS),
        code="metric.known",
    )


def _target_checks() -> Iterator[Check]:
    yield from _metric_checks()
    yield _share_check("value")


def _share_check(name: str) -> Check:
    return Check(
        f"{name}: share",
        (name,),
        f'list_contains($shares::VARCHAR[], metric) AND ("{name}" < 0 OR "{name}" > 1)',
        Phrase("is not a share from 0 to 1"),
        Phrase(
            "Divide a percentage by 100, write it with its sign, such as 83%, or say that shares are"
            " in per cent under “How values are written” or in the profile of the file."
        ),
        {"shares": SHARES},
        code="metric.share",
    )


def _with_dimension(name: str) -> list[str]:
    return [
        key
        for key, metric in METRICS.items()
        if metric.table in ROW_TABLES and name in ROW_TABLES[metric.table].dimensions
    ]


KINDS_WITHOUT_RECAP = {
    Quantile: (
        Phrase("is a median, which is not made of the medians of its parts"),
        Phrase("Give the records, or the recap of a mean in its place."),
    ),
    EffectiveNumber: (
        Phrase("is worked out from several shares at once"),
        Phrase("Give the recaps of those shares, or the records."),
    ),
    Index: (
        Phrase("is worked out from other metrics"),
        Phrase("Give the recaps of those metrics."),
    ),
    PublishedIndex: (
        Phrase("is an index that is taken as it is published"),
        Phrase("Give the records of table {table}.", table="outcome_index"),
    ),
}
CARRIES = Phrase("Recaps carry shares, rates, means and numbers of people only.")


def _without_recap() -> dict[str, tuple[str, str]]:
    """For each metric that no recap can carry, why, and what to give instead."""
    found = {}
    for key, metric in METRICS.items():
        if not isinstance(metric, Share | Mean | WeightedMean | Count):  # a rate is a kind of share
            says, remedy = KINDS_WITHOUT_RECAP[type(metric)]
            parts = metric.components if isinstance(metric, Index) else ()
            keys = ", ".join(part for part, _ in parts)
            named = Phrase("They are {metrics}.", metrics=keys) if keys else ""
            found[key] = (says, Phrase.joined(CARRIES, remedy, named))
    return found


def _carried_check() -> Check:
    refused = _without_recap()
    return Check(
        "metric: carried by recaps",
        ("metric",),
        f"list_contains($without_recap::VARCHAR[], {text('metric')})",
        Phrase("is a metric that no recap can carry"),
        CARRIES,
        {"without_recap": list(refused)},
        words=lambda _, said: {key: refused[key] for key in said},
        code="metric.carried",
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
            Phrase("is a breakdown that this metric does not have"),
            Phrase("Leave the column empty for this metric."),
            {f"with_{name}": _with_dimension(name), "metrics": list(METRICS)},
            code="recap.dimension",
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
        code="recap.people",
    )
    yield Check(
        "numerator and denominator: share",
        ("numerator", "denominator"),
        "list_contains($shares::VARCHAR[], metric) AND numerator > denominator",
        Phrase("numerator is more than denominator"),
        Phrase("A share is a part of a whole: correct one of the two."),
        {"shares": SHARES},
        code="recap.over_whole",
    )


def _breakdown_checks() -> Iterator[Check]:
    used = " + ".join(f"CAST({text(name)} IS NOT NULL AS INTEGER)" for name in DIMENSIONS)
    own = " OR ".join(f"{text(n)} IS NOT NULL" for n in DIMENSIONS if n not in PERSONAL)
    says = Phrase("is broken down further than the dashboard shows")
    yield Check(
        "breakdown: at most a pair",
        DIMENSIONS,
        f"({used}) > 2 OR (({used}) = 2 AND ({own}))",
        says,
        Phrase("Break down by one column, or by two of {columns}.", columns=", ".join(PERSONAL)),
        code="recap.breakdown",
    )
    yield Check(
        "breakdown: pairs of a government",
        ("agency_id",),
        f"({used}) = 2 AND {text('agency_id')} IS NOT NULL",
        says,
        Phrase("Give pairs of breakdowns for governments (region_code), not for agencies."),
        code="recap.breakdown_of_agency",
    )


def _respondent_checks() -> Iterator[Check]:
    said = text("respondent")
    yield Check(
        "respondent: anonymous",
        ("respondent",),
        f"length({said}) >= 16 AND regexp_matches({said}, '[0-9][0-9 .]{{13,}}[0-9]')"
        f" OR contains(lower({said}), 'e+') AND regexp_full_match({said}, '{EXPONENT}')",
        Phrase("looks like a NIP or NIK, which would name the respondent"),
        Phrase("Replace it with a token that means nothing outside the survey, such as r-0001."),
        personal=True,
        code="respondent.personal",
    )


def _employee_checks() -> Iterator[Check]:
    yield Check(
        "grade: allowed",
        ("grade",),
        "regexp_full_match(grade, '[0-9]+')",
        Phrase("is not one of the values of this column"),
        Phrase("Write it like III/a, or IX for PPPK."),
        words=unread_words(table("employee").column("grade"), CANONICAL),
        code="value.allowed",
    )
    yield Check(
        "grade: of the list",
        ("grade",),
        "NOT list_contains($grades::VARCHAR[], grade)",
        Phrase("is no grade of PNS or PPPK, and counts as not known"),
        Phrase("Write it like III/a, or IX for PPPK."),
        {"grades": list(GRADES)},
        code="grade.known",
        severity="warn",
    )


def _appraisal_checks() -> Iterator[Check]:
    yield Check(
        "predicate: matrix",
        ("predicate",),
        f"predicate IS NOT NULL AND predicate <> ({PREDICATE})",
        Phrase("is not what its two ratings give by the matrix"),
        Phrase("Nothing is to be done: it is counted by its ratings, and the difference shown."),
        code="appraisal.matrix",
        severity="warn",
    )


JP_OF_A_DAY = 32
"""A JP is 45 minutes, so no day has more."""


def _training_checks() -> Iterator[Check]:
    yield Check(
        "hours_jp: hours of its days",
        ("hours_jp",),
        f"hours_jp > {JP_OF_A_DAY} * (date_diff('day', start_date, end_date) + 1)",
        Phrase("is more JP than the days of the course have"),
        Phrase("See whether the hours or the dates are wrong, and correct them."),
        code="training.hours",
        severity="warn",
    )


OF_TABLE: dict[str, Callable[[], Iterator[Check] | tuple[Check, ...]]] = {
    "target": _target_checks,
    "recap": _recap_checks,
    "survey_response": _respondent_checks,
    "employee": _employee_checks,
    "appraisal": _appraisal_checks,
    "training": _training_checks,
}
