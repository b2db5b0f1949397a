"""The true counts behind the cells of a file, from its records, by the oracle."""

# pyright: basic, reportArgumentType=false, reportAttributeAccessIssue=false
# pandas types a column as what may also be a frame or an array.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from analytics.audit.measures import Columns
from analytics.audit.published import KEYS, Cells
from analytics.metrics.rows import ROW_TABLES
from tests import oracle

Tables = Mapping[str, pd.DataFrame]


class Truth:
    """True counts of one store's records; tables are worked out when they are first asked for."""

    def __init__(self, tables: Tables, places: pd.DataFrame) -> None:
        self.tables = tables
        self.number = {
            (int(level), code): int(number)
            for level, number, code in places[["level", "number", "code"]].itertuples(index=False)
        }
        self.made: dict[str, tuple[pd.MultiIndex, oracle.Cells]] = {}

    def of(self, cells: Cells) -> np.ndarray:
        """The true value of every count of every cell; NaN where the records do not tell it."""
        index, found = self._of_table(cells.table.name)
        at = index.get_indexer(pd.MultiIndex.from_frame(cells.keys[KEYS]))
        values = np.full(cells.values.shape, np.nan)
        columns = cells.columns
        for (metric, part), column in columns.of.items():
            if (metric, part) in found.parts.columns:
                whole = found.parts[metric, part].to_numpy(float)
                values[column] = np.where(at >= 0, whole[at], 0)
                people = found.people[metric].to_numpy(float)
                values[columns.people[column]] = np.where(at >= 0, people[at], 0)
        _derive(columns, values)
        values[columns.published :, ~cells.holds] = np.nan
        return values

    def _of_table(self, name: str) -> tuple[pd.MultiIndex, oracle.Cells]:
        if name not in self.made:
            found = self._every_cell(name)
            keys = found.parts.index.to_frame(index=False)
            keys["place"] = [
                self.number.get((level, "all" if level == 0 else place), -1)
                for level, place in zip(keys["level"], keys["place"], strict=True)
            ]
            index = pd.MultiIndex.from_frame(keys[KEYS])
            kept = keys["place"].to_numpy() >= 0
            self.made[name] = (
                index[kept],
                oracle.Cells(found.parts[kept], found.people[kept], found.groups[kept]),
            )
        return self.made[name]

    def _every_cell(self, name: str) -> oracle.Cells:
        """The oracle's cells, also those of agencies' months that the file has without any figure."""
        found = []
        for grain in ROW_TABLES[name].grains:
            rows = replace(oracle.ROWS[name](self.tables, grain), agencies_by_year=False)
            if len(next(iter(rows.parts.values()))):
                found.append(oracle._of_one_grain(rows, grain))
        return oracle.Cells(*(pd.concat(frames) for frames in zip(*found, strict=True)))


def _derive(columns: Columns, values: np.ndarray) -> None:
    for _ in range(2):
        for total, parts in columns.equations:
            terms = (total, *parts)
            open_terms = [n for n in terms if np.isnan(values[n]).all()]
            if len(open_terms) == 1:
                (hidden,) = open_terms
                others = values[[n for n in parts if n != hidden]].sum(axis=0)
                values[hidden] = others if hidden == total else values[total] - others
