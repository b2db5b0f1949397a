"""What to withhold more where the audit of a finished file still concludes something.

The rules of `places` and `groups` look at one table at a time. Where several tell something
together, the audit finds it in the file; then what is around it is withheld as well, and the file
is made and audited again.
"""

# pyright: reportIndexIssue=false, reportAssignmentType=false
# pandas types a column as what may also be a frame, and the key of a group as any one value.

from __future__ import annotations

from collections.abc import Mapping, MutableMapping

import numpy as np
import pandas as pd

from analytics.disclosure.figures import COARSE_TO_FINE, Map
from analytics.disclosure.succession import Masks

More = MutableMapping[str, MutableMapping[int, MutableMapping[str, Masks]]]
"""What to withhold by row table, year and guard."""


def withhold_around(
    more: More, cells: pd.DataFrame, places: Map, bases: Mapping[str, str], turn: int
) -> int:
    """Add to `more` what is around these cells, `turn` levels above them; how many cells there are.

    Of a breakdown the total above each cell withholds all of it. Of whole figures the places beside
    the cell do, and from the second turn on the total above.
    """
    cells = cells[cells["table"].isin(list(bases)) & cells["level"].notna()]
    years = pd.to_datetime(cells["period"]).dt.year
    for key, group in cells.groupby(["table", "breakdown", "grain", years]):
        table, by, grain, year = (str(key[0]), str(key[1]), str(key[2]), int(str(key[3])))
        rows = places.rows(group["level"].to_numpy(int), group["place"].to_numpy(int))
        mask = np.zeros(len(places.tree), dtype=bool)
        mask[_around(places, np.unique(rows), turn + bool(by))] = True
        of_year = more.setdefault(table, {}).setdefault(year, {})
        shape = mask[:, None] if by else mask
        grains = range(len(COARSE_TO_FINE)) if by else [COARSE_TO_FINE.index(grain)]
        of_year.setdefault(bases[table], []).extend((by, number, shape) for number in grains)
    return len(cells)


def _around(places: Map, rows: np.ndarray, turn: int) -> np.ndarray:
    """The places beside some at first, and the totals above them later."""
    parent = places.tree.parent
    if turn == 0:
        return np.flatnonzero(np.isin(parent, parent[rows[rows > 0]]))
    for _ in range(turn):
        rows = np.maximum(parent[rows], 0)
    return np.unique(rows)
