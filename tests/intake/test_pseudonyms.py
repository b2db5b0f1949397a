"""Employee numbers: replaced at the door, by a key that no other place holds."""

from __future__ import annotations

import hashlib
import hmac
import stat
import uuid
from collections.abc import Callable

import pytest

from analytics.intake.findings import IntakeError
from analytics.intake.pseudonyms import key_file, pseudonyms, read_key
from tests.intake.desk import Desk, right

NIP = "198609262015051001"


def test_a_number_becomes_the_first_half_of_its_keyed_hash(desk: Desk) -> None:
    desk.load(desk.file("career_event.csv", right("career_event", employee_id=NIP)))

    expected = hmac.new(key_file().read_bytes(), NIP.encode(), hashlib.sha256).digest()[:16]
    assert desk.ask("SELECT employee_id FROM career_event") == [(uuid.UUID(bytes=expected),)]


def test_the_same_person_has_the_same_pseudonym_in_every_file_and_spelling(desk: Desk) -> None:
    for number, spelling in enumerate((NIP, f"'{NIP}", "19860926 201505 1 001", f" {NIP} ")):
        row = right("career_event", employee_id=spelling, date=f"2025-01-0{number + 1}")
        desk.load(desk.file(f"career_event_{number}.csv", row))

    assert desk.ask("SELECT count(DISTINCT employee_id), count(*) FROM career_event") == [(1, 4)]


def test_no_number_and_no_name_is_anywhere_in_the_store(desk: Desk) -> None:
    row = {
        "NAMA": "Budi Santoso",
        "NIK": "1571012609860001",
        **right("career_event", employee_id=NIP),
    }
    desk.load(desk.file("career_event.csv", row))

    content = b"".join(path.read_bytes() for path in desk.store.path.rglob("*") if path.is_file())
    for personal in (NIP, "Budi", "1571012609860001"):
        assert personal.encode() not in content


def test_a_wrong_number_is_never_repeated_in_a_message(desk: Desk) -> None:
    row = right("career_event", employee_id="198609262015051000", kind="198609262015051001")
    says = desk.says(desk.file("career_event.csv", row))

    assert len(says) == 2
    assert not any("1986" in message for message in says)


@pytest.mark.parametrize(
    ("cut", "told"),
    [
        ("1.98609E+17", "is kept as a number"),
        ("1,98609E+17", "is kept as a number"),
        ("1.98609262015051e+17", "is kept as a number"),
        ("198609262015051000", "Excel has cut its last three digits"),
    ],
)
def test_a_number_that_excel_has_cut_is_refused_and_never_repaired(
    desk: Desk, cut: str, told: str
) -> None:
    says = desk.says(desk.file("career_event.csv", right("career_event", employee_id=cut)))

    assert len(says) == 1
    assert told in says[0]


@pytest.mark.parametrize("number", ["demo-000", "EMP000", "12e", "P-1000", "000"])
def test_numbers_of_other_systems_are_free_text(desk: Desk, number: str) -> None:
    report = desk.load(desk.file("career_event.csv", right("career_event", employee_id=number)))

    assert report[0].rows_loaded == 1


def test_the_key_is_made_once_for_its_owner_alone(desk: Desk) -> None:
    key = read_key()

    assert len(key) == 32
    assert read_key() == key
    assert stat.S_IMODE(key_file().stat().st_mode) == 0o600
    assert stat.S_IMODE(key_file().parent.stat().st_mode) == 0o700


def test_a_key_file_of_the_wrong_length_is_refused(desk: Desk) -> None:
    read_key()
    key_file().write_bytes(b"short")
    with pytest.raises(IntakeError, match="does not hold a key of 32 bytes"):
        read_key()


def test_another_key_is_refused_for_a_store_that_was_filled_with_one(desk: Desk) -> None:
    desk.load(desk.file("career_event.csv", right("career_event")))
    key_file().unlink()
    with pytest.raises(IntakeError, match="hashed with another key"):
        desk.load(desk.file("career_event_2.csv", right("career_event", kind="sanction")))

    assert desk.count("career_event") == 1


def test_pseudonyms_of_different_keys_share_nothing() -> None:
    numbers = [f"demo-{number}" for number in range(100)]

    assert not set(pseudonyms(b"a" * 32, numbers)) & set(pseudonyms(b"b" * 32, numbers))
    assert len(set(pseudonyms(b"a" * 32, numbers))) == 100


def rounded(nips: list[str]) -> list[str]:
    return [str(int(float(nip))) for nip in nips]


def shortest(nips: list[str]) -> list[str]:
    """As JavaScript writes them: in 17 digits and a zero."""
    return [f"{float(nip):.16e}".replace(".", "")[:17] + "0" for nip in nips]


NIPS = [f"19860926201505{sex}{serial:03}" for sex in (1, 2) for serial in range(41, 340, 37)]


@pytest.mark.parametrize("made", [rounded, shortest])
def test_a_column_of_nips_that_a_program_has_rounded_is_refused(
    desk: Desk, made: Callable[[list[str]], list[str]]
) -> None:
    desk.with_agency()
    rows = [right("career_event", employee_id=nip) for nip in made(NIPS)]
    told = desk.refused(desk.file("career_event.csv", *rows)).findings
    sound = [right("career_event", employee_id=nip) for nip in NIPS]

    assert {finding.code for finding in told} <= {"person.rounded", "person.cut", "key.repeated"}
    assert {finding.line for finding in told} == set(range(2, len(rows) + 2))
    assert all(finding.value is None for finding in told)
    assert desk.load(desk.file("career_event_2.csv", *sound))[0].rows_loaded == len(NIPS)


def test_few_nips_that_end_in_zero_are_no_sign_of_rounding(desk: Desk) -> None:
    nips = [f"19860926201505{sex}{serial:03}" for sex in (1, 2) for serial in (10, 20, 30)]
    rows = [right("career_event", employee_id=nip) for nip in nips]

    assert desk.with_agency().load(desk.file("career_event.csv", *rows))[0].rows_loaded == 6
