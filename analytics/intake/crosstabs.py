"""Wide tables of figures, by groups down and across, as the rows of recaps that they stand for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import Literal

import duckdb
import pyarrow as pa

from analytics.intake.findings import Finding
from analytics.intake.headings import fold
from analytics.intake.labels import (
    GROUPS,
    LABELLED,
    RECAP,
    TOTALS,
    ages_of,
    category_of,
    choices_of,
)
from analytics.intake.query import run
from analytics.intake.sources import Sheet, Unreadable, bind
from analytics.intake.suggestions import Choice
from analytics.intake.sums import Line, Summed, sums_among
from analytics.text.phrase import Phrase

NUMBERING = frozenset({"no", "nomor", "nourut", "nomorurut"})
"""Headings of columns that number the rows."""
YEAR = re.compile(r"(?:19|20)\d\d")
SEPARATOR = " / "
"""Stands between the levels of a heading."""


@dataclass(frozen=True)
class Crosstab:
    """How a wide table is read.

    `down` maps the headings of its columns of labels to the recap column that the labels stand for;
    empty adds up over them. `across` says the same of each level of the other columns' headings, from
    top to bottom. `categories` puts labels to categories where they do not say it themselves; empty
    leaves the row or column out. `measures` are recap columns that a heading fixes, such as the
    metric and facet of an item; where there are any, other headings are left out. Figures are numbers
    of people, or means (shares, too). Of people, `breakdowns` lists the sums that are wanted, each by
    some of the groups; without any, it is the finest alone. `means` says which columns are the mean
    of which others, for a check of the table alone.
    """

    down: Mapping[str, str]
    across: tuple[str, ...] = ()
    categories: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    measures: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    breakdowns: tuple[tuple[str, ...], ...] = ()
    gives: Literal["people", "mean"] = "people"
    means: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """Recap columns that its labels and headings fill, in the contract's order."""
        fixed = {name for columns in self.measures.values() for name in columns}
        used = {*self.down.values(), *self.across, *fixed}
        return tuple(name for name in LABELLED if name in used)


def faults(crosstab: Crosstab) -> Iterator[Phrase]:
    """What makes a cross-table unusable, as where it names a column that a recap does not have."""
    fixed = [name for columns in crosstab.measures.values() for name in columns]
    for name in {*crosstab.down.values(), *crosstab.across, *crosstab.categories, *fixed} - {""}:
        if name not in LABELLED:
            yield Phrase('"{column}" is not a column of labels in a recap', column=name)
    for column, labels in crosstab.categories.items():
        for category in labels.values():
            if column in GROUPS and category not in ("", *RECAP.column(column).values):
                yield Phrase(
                    '"{category}" is not a category of {column}', category=category, column=column
                )
    for breakdown in crosstab.breakdowns:
        for name in set(breakdown) - set(crosstab.columns):
            yield Phrase('there is no "{column}" in the table to break down by', column=name)
    if crosstab.gives not in ("people", "mean"):
        yield Phrase("a cross-table gives people or mean")


@dataclass(frozen=True)
class Untold:
    """A label of a cross-table that is not surely a category of the column it stands for."""

    column: str
    label: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class Layout:
    """Positions of a sheet's columns: those of labels, those of figures with what they fix, and those
    that its office has added up."""

    down: Mapping[int, str]
    figures: Mapping[int, Mapping[str, str]]
    untold: tuple[tuple[str, str], ...]
    totals: tuple[int, ...] = ()


def levels_of(sheet: Sheet) -> tuple[tuple[str, ...], ...]:
    """For each column the texts of its heading from top to bottom."""
    return sheet.levels or tuple(tuple(h.split(SEPARATOR)) for h in sheet.headings)


def layout_of(sheet: Sheet, crosstab: Crosstab) -> Layout:
    """Which columns of a sheet are labels, figures and totals by a cross-table."""
    told = {fold(heading): column for heading, column in crosstab.down.items()}
    fixed = {fold(heading): columns for heading, columns in crosstab.measures.items()}
    down = {n: told[fold(h)] for n, h in enumerate(sheet.headings) if fold(h) in told}
    others = [
        n
        for n, h in enumerate(sheet.headings)
        if n not in down and h.strip() and fold(h) not in NUMBERING
    ]
    totals = [n for n in others if fold(sheet.headings[n]) in TOTALS]
    kept = others if len(totals) == len(others) else [n for n in others if n not in totals]
    figures: dict[int, Mapping[str, str]] = {}
    untold: dict[tuple[str, str], None] = {}
    levels = levels_of(sheet)
    left = {fold_label(said) for said, of in crosstab.categories.get("", {}).items() if not of}
    for position in kept:
        measure = fixed.get(fold(sheet.headings[position]))
        if fixed and not measure:
            continue
        if fold_label(sheet.headings[position]) in left:
            continue
        groups = list(_groups(levels[position], crosstab))
        if any(category == "" for _, _, category in groups):
            continue
        untold |= {(column, label): None for column, label, category in groups if category is None}
        said = {column: category for column, _, category in groups if category is not None}
        figures[position] = {**said, **(measure or {})}
    return Layout(down, figures, tuple(untold), tuple(totals))


def left_out(sheet: Sheet, crosstab: Crosstab) -> tuple[str, ...]:
    """Headings that are not read, for want of a measure."""
    fixed = set(map(fold, crosstab.measures))
    read = fixed | set(map(fold, crosstab.down)) | TOTALS
    others = [
        heading for heading in sheet.headings if heading.strip() and fold(heading) not in read
    ]
    return tuple(others) if fixed else ()


def _groups(levels: tuple[str, ...], crosstab: Crosstab) -> Iterator[tuple[str, str, str | None]]:
    """For each level that says something: its recap column, its label, and the category of that.

    A heading of fewer levels may be the sum of others: its absent label is one to be told.
    """
    for column, label in zip_longest(crosstab.across, levels[: len(crosstab.across)], fillvalue=""):
        if column:
            yield column, label, _told(crosstab, column, label)


def _told(crosstab: Crosstab, column: str, label: str) -> str | None:
    """The category of a label; empty where its row or column is left out, None where none is known."""
    own = {fold_label(told): c for told, c in crosstab.categories.get(column, {}).items()}
    found = own.get(fold_label(label))
    return category_of(column, label) if found is None else found


def fold_label(label: str) -> str:
    """A label by which two spellings are told equal: without regard to case and spaces."""
    return "".join(label.casefold().split())


NO_FIGURE = ("", "-")
"""Texts that stand where there is no figure."""


def untold(
    sheet: Sheet, crosstab: Crosstab, missing: Sequence[str] = NO_FIGURE
) -> tuple[Untold, ...]:
    """Labels down and across that a person must put to a category. Raises Unreadable."""
    layout = layout_of(sheet, crosstab)
    found = dict.fromkeys(layout.untold)
    with duckdb.connect() as connection:
        cursor = _source(connection, sheet)
        for position, column in layout.down.items():
            if column:
                labels = _row_labels(cursor, position, layout, missing)
                found |= {
                    (column, said): None for said in labels if _told(crosstab, column, said) is None
                }
    return tuple(Untold(column, label, choices_of(column, label)) for column, label in found)


def summed(
    sheet: Sheet, crosstab: Crosstab, missing: Sequence[str] = NO_FIGURE
) -> tuple[Summed, ...]:
    """Labels of rows and columns that seem to be sums of others, of which no category is told.

    Only people are added up. Raises Unreadable.
    """
    if crosstab.gives != "people":
        return ()
    layout = layout_of(sheet, crosstab)
    if not layout.figures:
        return ()
    with duckdb.connect() as connection:
        rows = _rows_of_figures(_source(connection, sheet), layout, crosstab, missing)
    found = [*sums_among(rows), *sums_among(_columns_of(sheet, crosstab, layout, rows))]
    return tuple(one for one in found if not _is_told(crosstab, one))


def _is_told(crosstab: Crosstab, one: Summed) -> bool:
    own = {fold_label(label) for label in crosstab.categories.get(one.column, {})}
    return fold_label(one.label) in own


def _rows_of_figures(
    cursor: duckdb.DuckDBPyConnection, layout: Layout, crosstab: Crosstab, missing: Sequence[str]
) -> list[Line]:
    """The rows that are read, in order, with their labels."""
    figures = ", ".join(f"trim(c{number})" for number in layout.figures)
    labels = ", ".join(f"coalesce(trim(c{number}), '')" for number in layout.down)
    rows = run(cursor, f"SELECT [{labels}]::VARCHAR[], [{figures}] FROM source ORDER BY position")
    lines = []
    for said, texts in rows:
        told = [*zip(layout.down.values(), said, strict=True)]
        if not any(_told(crosstab, column, label) == "" for column, label in told):
            numbers = tuple(_people(text, missing) for text in texts)
            lines.append(Line(dict(told), numbers))
    return lines


def _columns_of(
    sheet: Sheet, crosstab: Crosstab, layout: Layout, rows: Sequence[Line]
) -> list[Line]:
    """The columns that are read, with the texts of their headings by what these stand for."""
    if crosstab.measures:
        return []
    levels = levels_of(sheet)
    lines = []
    for at, position in enumerate(layout.figures):
        said = zip_longest(crosstab.across, levels[position][: len(crosstab.across)], fillvalue="")
        labels = {column: label for column, label in said if column}
        numbers = tuple(line.figures[at] for line in rows)
        lines.append(Line(labels or {"": sheet.headings[position]}, numbers))
    return lines


PARTED = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
WHOLE = re.compile(r"\d+(?:\.0{1,2})?")


def _people(text: str | None, missing: Sequence[str]) -> float:
    """The number of people that a text says; NaN where it says something else."""
    if text is None or text in ("", *missing):
        return 0.0
    if WHOLE.fullmatch(text):
        return float(text)
    return float(re.sub("[.,]", "", text)) if PARTED.fullmatch(text) else float("nan")


def _row_labels(
    cursor: duckdb.DuckDBPyConnection, position: int, layout: Layout, missing: Sequence[str]
) -> list[str]:
    """The labels of a column in rows that hold any figure, in the order of the rows."""
    if not layout.figures:
        return []
    held = " OR ".join(
        f"NOT list_contains($missing::VARCHAR[], trim(c{number}))" for number in layout.figures
    )
    rows = run(
        cursor,
        f"SELECT coalesce(trim(c{position}), '') AS label FROM source WHERE {held}"
        " GROUP BY label ORDER BY min(position)",
        {"missing": ["", *missing]},
    )
    return [label for (label,) in rows]


def _source(connection: duckdb.DuckDBPyConnection, sheet: Sheet) -> duckdb.DuckDBPyConnection:
    """A cursor that knows the sheet's rows in their order, as `source`."""
    cursor = connection.cursor()
    bind(cursor, sheet)
    rows = sheet.relation.replace("{reading}", "ignore_errors = false")
    sql = f"CREATE TEMP TABLE source AS SELECT row_number() OVER () - 1 AS position, * FROM {rows}"
    try:
        run(cursor, sql, sheet.parameters)
    except duckdb.InvalidInputException as error:
        says = Phrase("has lines that do not have the columns of its headings")
        remedy = Phrase("Open it in a spreadsheet and save it again.")
        raise Unreadable(
            Finding(sheet.called, sheet.within, None, None, None, says, remedy)
        ) from error
    return cursor


MELTED = """
-- One row is a figure with the categories of its row and column; numbers of people are added up
-- where several rows or columns are one category.
WITH cell AS (
  SELECT position, unnest([{cells}], recursive := true) FROM source
), figure AS (
  SELECT c.position, c.number, {named}, trim(c.said) AS said,
         CASE WHEN regexp_full_match(trim(c.said), '[0-9]+([.]0{{1,2}})?')
              THEN try_cast(trim(c.said) AS DECIMAL(18, 4))
              WHEN regexp_full_match(trim(c.said), '[0-9]{{1,3}}([.,][0-9]{{3}})+')
              THEN try_cast(replace(replace(trim(c.said), '.', ''), ',', '') AS DECIMAL(18, 4)) END
           AS people
  FROM cell c JOIN across_labels a USING (number) {joins}
  WHERE c.said IS NOT NULL AND NOT list_contains($missing::VARCHAR[], trim(c.said)) AND {kept}
)
SELECT {outcome} FROM figure GROUP BY {sets} ORDER BY {order}
"""

ADDED = """CASE WHEN bool_and(people IS NOT NULL) THEN sum(people)::BIGINT::VARCHAR
            ELSE min(said) FILTER (WHERE people IS NULL) END"""
"""The sum; where a text is no whole number, that text, for the checks to find."""


def melted(sheet: Sheet, crosstab: Crosstab, missing: Sequence[str] = NO_FIGURE) -> Sheet:
    """The sheet as rows of recap, whose headings are the contract's columns.

    Its cells carry beside them `line`, the number of the row in the file that a figure (or the first
    of those added up) is from. Totals are of the wide table, and are not carried on. Texts in
    `missing` are no figures. Raises Unreadable where the file cannot be read, ValueError where a
    label is `untold`.
    """
    if asked := untold(sheet, crosstab, missing):
        raise ValueError(f"no category for {len(asked)} labels, such as {asked[0].label!r}")
    layout, columns = layout_of(sheet, crosstab), crosstab.columns
    figures = ("numerator", "denominator") if crosstab.gives == "people" else ("mean",)
    with duckdb.connect() as connection:
        cursor = _source(connection, sheet)
        of_rows = _register(cursor, layout, crosstab, missing)
        sql = _melted_sql(layout, crosstab, of_rows)
        found = cursor.sql(sql, params={"missing": ["", *missing]}).to_arrow_table()
    lines = [_line(sheet, position) for position in found["position"].to_pylist()]
    values = [found[name] for name in columns] + [found["value"]] * len(figures)
    names = [f"c{number}" for number in range(len(values))]
    cells = pa.table([*values, pa.array(lines, pa.int64())], [*names, "line"])
    return replace(
        sheet,
        headings=(*columns, *figures),
        relation=f"(SELECT {', '.join([*names, 'line'])} FROM cells)",
        parameters={},
        cells=cells,
        blank_rows=(),
        levels=(),
        letters=(),
        totals=None,
    )


def _line(sheet: Sheet, position: int) -> int:
    """The row number of a position, by the rows that were passed over before it."""
    line = sheet.first_row + position
    for blank in sorted(sheet.blank_rows):
        line += blank <= line and blank >= sheet.first_row
    return line


def _register(
    cursor: duckdb.DuckDBPyConnection,
    layout: Layout,
    crosstab: Crosstab,
    missing: Sequence[str],
) -> Mapping[int, str]:
    """Make known what columns and rows stand for; the positions of labels and their columns."""
    columns = sorted({name for fixed in layout.figures.values() for name in fixed})
    across = {name: [fixed.get(name) for fixed in layout.figures.values()] for name in columns}
    numbers = pa.array(list(layout.figures), pa.int64())
    texts = [pa.array(values, pa.string()) for values in across.values()]
    cursor.register("across_labels", pa.table([numbers, *texts], ["number", *columns]))
    of_rows = layout.down
    for position, column in of_rows.items():
        said = _row_labels(cursor, position, layout, missing)
        categories = [_told(crosstab, column, label) for label in said]
        texts = [pa.array(said, pa.string()), pa.array(categories, pa.string())]
        cursor.register(f"down_{position}", pa.table(texts, ["label", "category"]))
    return of_rows


def _melted_sql(layout: Layout, crosstab: Crosstab, of_rows: Mapping[int, str]) -> str:
    columns = crosstab.columns
    from_rows = {column: f"d{n}.category" for n, column in of_rows.items() if column}
    named = ", ".join(f'{from_rows.get(name, f"""a."{name}" """)} AS "{name}"' for name in columns)
    joins = " ".join(
        f"JOIN source s{n} ON s{n}.position = c.position"
        f" JOIN down_{n} d{n} ON d{n}.label = coalesce(trim(s{n}.c{n}), '')"
        for n in of_rows
    )
    kept = " AND ".join([f"d{n}.category IS DISTINCT FROM ''" for n in of_rows] or ["true"])
    cells = ", ".join(f"{{number: {n}, said: c{n}}}" for n in layout.figures)
    return MELTED.format(cells=cells, named=named, joins=joins, kept=kept, **_grouped(crosstab))


def _grouped(crosstab: Crosstab) -> dict[str, str]:
    """SQL of what figures are grouped by, of what comes out of a group, and of its order."""
    by = ", ".join(["position", "number", *(f'"{name}"' for name in crosstab.columns)])
    if crosstab.gives != "people":
        return {"sets": by, "order": by, "outcome": f"{by}, any_value(said) AS value"}
    sums = _sums(crosstab)
    used = {name for chosen in sums for name in chosen}
    named = [
        f'"{name}"' if name in used else f'CAST(NULL AS VARCHAR) AS "{name}"'
        for name in crosstab.columns
    ]
    sets = ", ".join("(" + ", ".join(f'"{name}"' for name in chosen) + ")" for chosen in sums)
    first = "min(position) AS position, min(number) AS number"
    outcome = ", ".join([*named, first, f"{ADDED} AS value"])
    return {"sets": f"GROUPING SETS ({sets})", "order": by, "outcome": outcome}


def _sums(crosstab: Crosstab) -> list[tuple[str, ...]]:
    """The columns of each sum of people that is wanted."""
    columns = crosstab.columns
    always = tuple(name for name in columns if name not in GROUPS)
    wanted = crosstab.breakdowns or (tuple(name for name in columns if name in GROUPS),)
    return [always + tuple(name for name in breakdown if name in GROUPS) for breakdown in wanted]


@dataclass(frozen=True)
class Outline:
    """What a sheet would be as a cross-table: for each column of labels and each level of the other
    headings, what it could stand for, best first, the score being the share of labels understood.
    """

    down: Mapping[str, tuple[Choice, ...]]
    across: tuple[tuple[Choice, ...], ...]
    one_figure: bool

    @property
    def score(self) -> float:
        """How much of both sides is understood; nothing where no heading of figures is."""
        down, across = (
            max((choices[0].score for choices in side if choices), default=0.0)
            for side in (self.down.values(), self.across)
        )
        if self.one_figure:
            return down
        return round((down + across) / 2, 2) if across else 0.0


LABELS_READ, COLUMNS_READ = 500, 100
"""Rows and columns of a sheet whose labels are looked at to tell what they stand for."""


def outline(sheet: Sheet) -> Outline:
    """What a sheet could be as a cross-table, by its headings and its first rows."""
    with duckdb.connect() as connection:
        cursor = connection.cursor()
        bind(cursor, sheet)
        rows = sheet.relation.replace("{reading}", "ignore_errors = true")
        columns = [
            n for n, h in enumerate(sheet.headings) if h.strip() and fold(h) not in NUMBERING
        ]
        columns = columns[:COLUMNS_READ]
        texts = ", ".join(f"trim(c{n})" for n in columns) or "NULL"
        read = run(cursor, f"SELECT {texts} FROM {rows} LIMIT {LABELS_READ}", sheet.parameters)
    said = {n: [row[at] for row in read if row[at]] for at, n in enumerate(columns)}
    labels = {n: texts for n, texts in said.items() if not _mostly_numbers(texts)}
    figures = [n for n in columns if n not in labels]
    every = levels_of(sheet)
    levels = [every[n] for n in figures]
    depth = max((len(texts) for texts in levels), default=0)
    return Outline(
        {sheet.headings[n]: _standing_for(texts) for n, texts in labels.items()},
        tuple(_standing_for([t[at] for t in levels if at < len(t)]) for at in range(depth)),
        bool(figures) and all(fold(sheet.headings[n]) in TOTALS for n in figures),
    )


def _mostly_numbers(texts: Sequence[str]) -> bool:
    """Whether texts are figures; years are labels, which must not be added up unasked."""
    if texts and all(YEAR.fullmatch(text) for text in texts):
        return False
    numbers = sum(bool(re.fullmatch(r"[0-9.,]+ ?%?|-|\.", text)) for text in texts)
    return 2 * numbers >= len(texts)


def _standing_for(labels: Sequence[str]) -> tuple[Choice, ...]:
    """Groups that labels could be categories of, best first."""
    meant = [label for label in dict.fromkeys(labels) if fold(label) not in TOTALS]
    found = []
    for column in GROUPS if meant else ():
        understood = sum(
            category_of(column, label) is not None
            or (column == "age_band" and ages_of(label) is not None)
            for label in meant
        )
        if understood:
            found.append(Choice(column, round(understood / len(meant), 2)))
    if meant and all(YEAR.fullmatch(label) for label in meant):
        found.append(Choice("period_start", 1.0))
    return tuple(sorted(found, key=lambda choice: -choice.score))
