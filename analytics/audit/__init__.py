"""The audit of a finished snapshot: is anything in it that should not have left?

It is an attacker who has the file and the definitions of the metrics, and knows nothing of how the
file was protected: the two share no code.
"""

# pyright: reportAttributeAccessIssue=false
# pandas types what is chosen from a frame as what may also be an array.

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from analytics.audit.published import cells_of
from analytics.audit.shown import shown, small
from analytics.audit.system import Conclusions, System, apart, conclude, system_of


def audit(path: Path) -> list[str]:
    """Everything wrong with a snapshot file, in words; an empty list when nothing is.

    Small groups and small sensitive counts must be withheld, and for every withheld count, and for
    all that are withheld of one sum, what follows from the file must include zero or reach the
    threshold.
    """
    return findings(path).words


@dataclass(frozen=True)
class Findings:
    """What is wrong with a snapshot file: in words, and the withheld cells that follow.

    `cells` has one row a cell that follows, or that is in a sum that follows: table, level, place,
    breakdown, category, category_2, grain, period. Other problems stand in the words alone.
    """

    words: list[str]
    cells: pd.DataFrame


def findings(path: Path) -> Findings:
    """Everything wrong with a snapshot file."""
    connection = opened(path)
    try:
        words = dict.fromkeys(shown(connection), 1)
        cells = []
        for system, conclusions, few in examined(connection):
            for sentence in _words(system, conclusions, few):
                words[sentence] = words.get(sentence, 0) + 1
            parts = np.isin(system.relations.of, conclusions.together)
            follow = np.union1d(conclusions.known, system.relations.part[parts])
            cells.append(system.describe(follow))
            cells.append(few.reindex(columns=cells[-1].columns))
    finally:
        connection.close()
    written = [sentence.format(number=number) for sentence, number in words.items()]
    return Findings(written, pd.concat(cells, ignore_index=True))


def opened(path: Path) -> duckdb.DuckDBPyConnection:
    """A connection with a snapshot file attached as `snapshot`, read-only."""
    connection = duckdb.connect()
    target = str(path).replace("'", "''")
    connection.execute(f"ATTACH '{target}' AS snapshot (READ_ONLY)")
    return connection


def examined(
    connection: duckdb.DuckDBPyConnection,
) -> Iterator[tuple[System, Conclusions, pd.DataFrame]]:
    """Each year and table: its relations, what follows from them, and small counts that are shown."""
    for of_year in cells_of(connection):
        for tables in apart(of_year):
            system = system_of(tables)
            yield system, conclude(system), small(tables)


def _words(system: System, conclusions: Conclusions, few: pd.DataFrame) -> Iterator[str]:
    columns = ["table", "column", "derived", "below"]
    rows = few[columns].itertuples(index=False) if len(few) else ()
    for table, column, derived, below in rows:
        how = "give" if derived else "show"
        yield f"cell_{table}: {{number}} cells {how} {column} from 1 to {below - 1}."
    described = system.describe(conclusions.known)
    for table, column in zip(described["table"], described["column"], strict=True):
        yield f"cell_{table}: {{number}} withheld {column} follow from what is published."
    relations = system.relations
    first_parts = relations.part[np.searchsorted(relations.of, conclusions.together)]
    tables = system.table[first_parts].tolist()
    for number, of_table in zip(conclusions.together.tolist(), tables, strict=True):
        table = system.tables[of_table].table.name
        family = system.families[int(system.family[number])]
        yield f"cell_{table}: {{number}} sums of withheld counts over {family} are small."
