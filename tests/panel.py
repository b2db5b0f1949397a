"""The panel of the UK Civil Service People Survey as recaps: its organisations in one foreign region.

A public file outside the project (../shared/data/csps); where it is absent, its tests are skipped.
"""

# pyright: basic, reportArgumentType=false, reportAttributeAccessIssue=false
# pyright: reportGeneralTypeIssues=false, reportCallIssue=false, reportIndexIssue=false, reportReturnType=false
# pandas types a column as what may also be a frame or an array.

from __future__ import annotations

from pathlib import Path

import pandas as pd

from analytics.intake import import_files
from analytics.store.records import Store
from analytics.store.snapshots import publish

CHANGE = {
    "lmc.change_managed_well": "change_managed_well",
    "lmc.change_for_better": "change_for_better",
    "lmc.kept_informed": "kept_informed",
    "ldv.access_learning": "learning_access",
    "ldv.improve_performance": "learning_improves_performance",
}
"""Items of the survey on change and learning, and the facets they are loaded as."""


def figures(panel: pd.DataFrame, item: str) -> pd.Series:
    """An item's shares by organisation and year, as the source has them."""
    theirs = panel[panel["level"] == "organisation"].dropna(subset=[item])
    return theirs.set_index([theirs["org_uid"], theirs["year"].astype(str)])[item] / 100


def imported(panel: pd.DataFrame, folder: Path) -> Store:
    """A published store of the panel, by way of the files that an office would import."""
    organisations = panel[panel["level"] == "organisation"].drop_duplicates("org_uid", keep="last")
    pd.DataFrame(
        [("GB", "United Kingdom", "provinsi", "GB")],
        columns=["region_code", "name", "kind", "province_code"],
    ).to_csv(folder / "region.csv", index=False)
    pd.DataFrame(
        {
            "agency_id": organisations["org_uid"],
            "name": organisations["org"],
            "kind": "other",
            "region_code": "GB",
        }
    ).to_csv(folder / "agency.csv", index=False)
    of_organisations = panel[panel["level"] == "organisation"]
    long = of_organisations.melt(["year", "org_uid"], [*CHANGE, "meta.response_rate"]).dropna()
    long = long[long["value"] <= 100]  # response rates over 100 are a known defect of the source
    recaps = pd.DataFrame(
        {
            "metric": long["variable"].map(
                lambda name: "response_rate" if "rate" in name else "favourable_share"
            ),
            "agency_id": long["org_uid"],
            "period_start": long["year"].astype(str) + "-01-01",
            "period_end": long["year"].astype(str) + "-12-31",
            "facet": long["variable"].map(CHANGE),
            "mean": (long["value"] / 100).round(4),
        }
    )
    recaps.to_csv(folder / "recap.csv", index=False)
    store = Store(folder / "store")
    import_files(store, [folder / "region.csv", folder / "agency.csv", folder / "recap.csv"])
    publish(store)
    return store
