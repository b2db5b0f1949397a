"""How a file of an office is to be read, confirmed once and kept under a name."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import tomli_w

from analytics.intake.crosstabs import Crosstab
from analytics.intake.crosstabs import faults as crosstab_faults
from analytics.intake.derived import Derived
from analytics.intake.findings import IntakeError
from analytics.intake.headings import OWN_COLUMNS, fold, is_personal, never_read, tells_birth
from analytics.intake.values import CANONICAL, Reading
from analytics.schema import BY_NAME, Table
from analytics.store.records import Store
from analytics.text.phrase import Phrase

NAME = re.compile(r"\w(?:[\w .-]{0,62}\w)?")
"""Names that every file system takes: no slash, no colon, no dot or space at an end."""


@dataclass(frozen=True)
class Profile:
    """How one kind of file is read. It is found again by its headings.

    Without a table it says that such a table of a file is left out. `columns` maps headings to
    columns of the contract's table, empty to leave them out; headings that the
    synonyms know need not be in it. `constants` are texts that hold for all rows. `agencies` are
    names in the file and the agency that each is. `of` says which file and title the profile was
    confirmed for: constants that tell a time hold for that one alone. `kept` is when it was saved.
    """

    name: str
    table: str
    headings: tuple[str, ...]
    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    derived: tuple[Derived, ...] = ()
    values: Reading = CANONICAL
    crosstab: Crosstab | None = None
    agencies: Mapping[str, str] = field(default_factory=dict)
    of: str = ""
    kept: str = field(default="", compare=False)


def all_fitting(profiles: Iterable[Profile], headings: Iterable[str]) -> list[Profile]:
    """The profiles made for just these headings, whatever their order, case and punctuation.

    What a rejects file has more, and the personal columns that it lacks, make no difference.
    """
    wanted = _set_of(headings)
    return [profile for profile in profiles if _set_of(profile.headings) == wanted]


def fitting(profiles: Iterable[Profile], headings: Iterable[str], of: str = "") -> Profile | None:
    """The profile by which a table with these headings is read.

    Of several that fit, as for two tables of one sheet, it is one that was confirmed for the file
    and title `of`, and of those that was kept last.
    """
    found = all_fitting(profiles, headings)
    return max(found, key=lambda one: (one.of == of, one.kept), default=None)


OWN = frozenset(map(fold, OWN_COLUMNS)) | {""}


def _set_of(headings: Iterable[str]) -> frozenset[str]:
    return frozenset(fold(h) for h in headings if not is_personal(h)) - OWN


def faults(profile: Profile) -> Iterator[Phrase]:
    """Everything by which a profile is no way to read a file of the contract."""
    if not NAME.fullmatch(profile.name):
        yield Phrase(
            '"{name}" is no name for a profile: use letters, digits, spaces, dots and hyphens',
            name=profile.name,
        )
    if not profile.table:
        return
    if profile.table not in BY_NAME:
        yield Phrase('there is no table "{table}"', table=profile.table)
        return
    yield from _column_faults(profile, BY_NAME[profile.table])
    if profile.crosstab is not None:
        if profile.table != "recap":
            yield Phrase("a cross-table is read as recap, not as {table}", table=profile.table)
        yield from crosstab_faults(profile.crosstab)


def _column_faults(profile: Profile, table: Table) -> Iterator[Phrase]:
    known = {column.name for column in table.columns}
    derived = [one.column for one in profile.derived]
    for column in dict.fromkeys((*profile.columns.values(), *profile.constants, *derived)):
        if column and column not in known:
            yield Phrase("{table} has no column {column}", table=table.name, column=column)
    read = [heading for heading, column in profile.columns.items() if column]
    origins = [(heading, one) for one in profile.derived for heading in one.headings]
    read += [heading for heading, one in origins if not (_is_year(one) and tells_birth(heading))]
    for heading in read:
        if never_read(heading, table):
            yield Phrase('column "{heading}" is personal and is never read', heading=heading)


def _is_year(derived: Derived) -> bool:
    return (derived.column, derived.how) == ("birth_year", "year")


def save_profile(store: Store, profile: Profile) -> Path:
    """Keep a profile in the store, in place of one of the same name. Raises IntakeError."""
    _refuse(profile)
    profile = replace(profile, kept=dt.datetime.now(dt.UTC).isoformat())
    folder = store.path / "profiles"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{profile.name}.toml"
    making = folder / f".{profile.name}.making"
    making.write_text(as_text(profile), encoding="utf-8")
    making.replace(path)
    return path


def as_text(profile: Profile) -> str:
    """A profile as TOML."""
    return tomli_w.dumps(_written(asdict(profile)))


def of_text(text: str) -> Profile:
    """The profile that `as_text` wrote. Raises ValueError for anything else."""
    return _of_told(tomllib.loads(text))


def load_profiles(store: Store) -> tuple[Profile, ...]:
    """The profiles of a store by name. Raises IntakeError where one of them cannot be used."""
    paths = sorted((store.path / "profiles").glob("*.toml"))
    return tuple(read_profile(path) for path in paths)


def profile_named(store: Store, name: str) -> Profile:
    """The profile of that name. Raises IntakeError where there is none, or it cannot be used."""
    known = sorted(path.stem for path in (store.path / "profiles").glob("*.toml"))
    if name not in known:
        listed = ", ".join(known) or "–"
        raise IntakeError(
            Phrase('There is no profile "{name}". There are: {known}.', name=name, known=listed)
        )
    return read_profile(store.path / "profiles" / f"{name}.toml")


def read_profile(path: Path) -> Profile:
    """The profile in a file, named for it. Raises IntakeError, which says what to mend in it."""
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _unusable(path.name, Phrase("it is not TOML ({error})", error=str(error))) from error
    try:
        profile = _of_told(told | {"name": path.stem})
    except ValueError as error:
        says = Phrase("it has not the form of a profile ({error})", error=str(error))
        raise _unusable(path.name, says) from error
    _refuse(profile, path.name)
    return profile


def _refuse(profile: Profile, file: str | None = None) -> None:
    found = list(faults(profile))
    if found:
        raise _unusable(file or profile.name, found[0])


def _unusable(name: str, why: Phrase) -> IntakeError:
    return IntakeError(
        Phrase(
            "The profile {name} cannot be used: {why}. Mend it, or delete it and confirm the"
            " columns again.",
            name=name,
            why=why,
        )
    )


def _written(value: Any) -> Any:
    """A value as TOML can hold it: nothing is left out where nothing is."""
    if isinstance(value, Mapping):
        return {key: _written(of_key) for key, of_key in value.items() if of_key is not None}
    if isinstance(value, list | tuple):
        return [_written(one) for one in value]
    return value


TEXTS = ("name", "table", "of", "kept", "column", "how", "gives")
LISTS = ("headings", "across", "missing")
TRUTHS = ("percent", "small_percent", "day_first", "t_means")
PAIRS = ("columns", "constants", "agencies", "down")
PAIRS_OF_PAIRS = ("categories", "measures")
PAIRS_OF_LISTS = ("means",)


def _of_told(told: Mapping[str, Any]) -> Profile:
    """Raises ValueError where a part is unknown, or not in the form it must have."""
    crosstab = told.get("crosstab")
    return _made(
        Profile,
        {
            **told,
            "derived": tuple(_made(Derived, one) for one in told.get("derived", ())),
            "values": _made(Reading, told.get("values", {})),
            "crosstab": _made(Crosstab, crosstab) if crosstab is not None else None,
        },
    )


def _made(kind: type, told: Any) -> Any:
    known = fields(kind)
    if not isinstance(told, Mapping):
        raise ValueError(f"{told!r} is no table")
    if unknown := set(told) - {one.name for one in known}:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    needed = {one.name for one in known if one.default is one.default_factory is MISSING}
    if lacking := needed - set(told):
        raise ValueError(f"missing: {', '.join(sorted(lacking))}")
    for name, value in told.items():
        if not _has_form(name, value):
            raise ValueError(f"{name} is not in its form")
    return kind(**{name: _frozen(value) for name, value in told.items()})


def _has_form(name: str, value: Any) -> bool:
    if name in TEXTS:
        return isinstance(value, str)
    if name in TRUTHS:
        return isinstance(value, bool)
    if name in LISTS:
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    if name in PAIRS:
        return isinstance(value, dict) and all(isinstance(one, str) for one in value.values())
    if name in PAIRS_OF_PAIRS:
        return isinstance(value, dict) and all(_has_form("columns", one) for one in value.values())
    if name in PAIRS_OF_LISTS:
        return isinstance(value, dict) and all(_has_form("across", one) for one in value.values())
    return name != "breakdowns" or all(_has_form("across", one) for one in value)


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _frozen(of_key) for key, of_key in value.items()}
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
