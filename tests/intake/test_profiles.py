"""Profiles: kept as text in the store, found again by headings, refused where they name nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from analytics.intake.crosstabs import Crosstab
from analytics.intake.derived import Derived
from analytics.intake.findings import IntakeError
from analytics.intake.profiles import (
    Profile,
    fitting,
    load_profiles,
    profile_named,
    read_profile,
    save_profile,
)
from analytics.intake.values import Reading
from analytics.store.records import Store

TRAINING = Profile(
    "Diklat BKPSDM 2025",
    "training",
    ("NIP", "Diklat yg diikuti", "Tahun", "JP"),
    columns={"Diklat yg diikuti": "course", "Tahun": ""},
    constants={"mode": "classical", "completed": "true"},
    derived=(Derived("start_date", "year_first_day", ("Tahun",)),),
    values=Reading(missing=("-", "9999"), decimals="comma", region_codes="bps"),
    agencies={"Dinkes": "15.71-DINKES"},
    of="diklat.xlsx",
)
CROSSED = Profile(
    "umur",
    "recap",
    ("UMUR", "PRIA", "WANITA"),
    constants={"metric": "headcount", "region_code": "18.71"},
    crosstab=Crosstab(
        {"UMUR": "age_band"},
        ("sex",),
        categories={"age_band": {"26 - 30": "<30"}},
        measures={},
        breakdowns=(("sex", "age_band"), ("sex",), ()),
    ),
)


@pytest.mark.parametrize("profile", [TRAINING, CROSSED], ids=lambda profile: profile.name)
def test_a_saved_profile_is_loaded_as_it_was(tmp_path: Path, profile: Profile) -> None:
    path = save_profile(Store(tmp_path), profile)

    assert path == tmp_path / "profiles" / f"{profile.name}.toml"
    assert load_profiles(Store(tmp_path)) == (profile,)
    assert profile_named(Store(tmp_path), profile.name) == profile
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_a_profile_is_found_by_its_headings_in_any_order_and_spelling() -> None:
    assert fitting([CROSSED, TRAINING], ("jp", "TAHUN ", "diklat_yg_diikuti", "nip")) is TRAINING
    assert fitting([CROSSED, TRAINING], ("NIP", "Diklat yg diikuti", "Tahun")) is None


def test_of_two_tables_with_the_same_headings_each_has_its_own_profile() -> None:
    public = replace(CROSSED, name="a", of="rekap.xlsx / UMUM")
    private = replace(CROSSED, name="b", of="rekap.xlsx / BUKAN UMUM")

    assert fitting([public, private], CROSSED.headings, private.of) is private
    assert fitting([public, private], CROSSED.headings, "rekap_maret.xlsx / UMUM") is public


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".x", "x.", "a\\b", "a:b", "x" * 65, " x"])
def test_a_name_that_is_no_file_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(IntakeError, match="is no name for a profile"):
        save_profile(Store(tmp_path), Profile(name, "training", ("NIP",)))
    assert list(tmp_path.rglob("*.toml")) == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("table = ", "it is not TOML"),
        ('table = "trainings"\nheadings = ["NIP"]', 'there is no table "trainings"'),
        ('headings = ["NIP"]', "missing: table"),
        ('table = "training"\nheadings = "NIP"', "headings is not in its form"),
        ('table = "training"\nheadings = []\ncolour = 1', "unknown: colour"),
        (
            'table = "training"\nheadings = []\n[columns]\nX = "colour"',
            "training has no column colour",
        ),
        ('table = "training"\nheadings = []\n[columns]\nNIK = "course"', '"NIK" is personal'),
        ('table = "training"\nheadings = []\n[values]\ncolour = 1', "unknown: colour"),
        ('table = "training"\nheadings = []\n[crosstab.down]', "read as recap, not as training"),
        (
            'table = "recap"\nheadings = []\n[crosstab.down]\nUMUR = "age"',
            '"age" is not a column of labels in a recap',
        ),
        (
            'table = "recap"\nheadings = []\n[crosstab.down]\nU = "sex"\n'
            '[crosstab.categories.sex]\nx = "pria"',
            '"pria" is not a category of sex',
        ),
        (
            'table = "training"\nheadings = []\n[[derived]]\ncolumn = "start_date"\n'
            'headings = ["Tahun"]\nhow = "guess"',
            "There is no way 'guess'",
        ),
        (
            'table = "employee"\nheadings = []\n[[derived]]\ncolumn = "sex"\n'
            'headings = ["NIK"]\nhow = "nip_sex"',
            '"NIK" is personal',
        ),
        (
            'table = "employee"\nheadings = []\n[[derived]]\ncolumn = "entry_date"\n'
            'headings = ["TANGGAL LAHIR"]\nhow = "period_first_day"',
            '"TANGGAL LAHIR" is personal',
        ),
    ],
)
def test_a_profile_that_names_nothing_is_refused_in_words(
    tmp_path: Path, text: str, says: str
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(IntakeError) as refusal:
        read_profile(path)

    assert says in str(refusal.value)
    assert "mine.toml" in str(refusal.value)


def test_a_profile_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    save_profile(Store(tmp_path), CROSSED)
    with pytest.raises(IntakeError, match=r'no profile "diklat". There are: umur\.'):
        profile_named(Store(tmp_path), "diklat")
