"""Employee numbers: replaced at the door, by a key that no other place holds."""

from __future__ import annotations

import hashlib
import hmac
import stat
import uuid
from collections.abc import Callable

import pytest

from analytics.intake.check import uncounted
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


NAMED = (
    "NIP. 19860926 201505 1 001",
    "NIP:198609262015051001",
    "nip 198609262015051001",
    "NIP198609262015051001",
    "No. NIP: 19860926.201505.1.001",
    "NIPPPK 198609262015051001",
    "NI PPPK. 198609262015051001",
    "198609262015051001/PPPK",
    "198609262015051001 (PNS)",
    "19860926-201505-1-001",
    "NIP.\u00a019860926\u00a0201505\u00a01\u00a0001",
    "=198609262015051001",
    "`198609262015051001",
)


@pytest.mark.parametrize("spelling", NAMED)
def test_a_number_that_says_what_it_is_is_the_same_person(desk: Desk, spelling: str) -> None:
    desk.with_agency()
    desk.load(desk.file("employee.csv", right("employee", employee_id=NIP)))
    [report] = desk.load(desk.file("training.csv", right("training", employee_id=spelling)))

    assert desk.ask("SELECT count(DISTINCT employee_id) FROM (FROM employee SELECT employee_id"
                    " UNION ALL FROM training SELECT employee_id)") == [(1,)]  # fmt: skip
    assert not any("whom employee does not hold" in note for note in report.notes)


OTHERWISE = (
    "19860926201505100",
    "1986092620150510011",
    "NIP. 19860926201505100",
    "1571012609860001",
    "Budi Santoso 198609262015051001",
    "Budi Santoso\nNIP. 19860926 201505 1 001",
    "198609262015051001 / 198609262015052002",
    "198609262015051001.0",
    "1986O9262015O51OO1",
    "19860926201505100l",
    "198609262015051001/2",
    "1234567890123",
)


@pytest.mark.parametrize("wrong", OTHERWISE)
def test_a_number_that_is_not_one_of_18_digits_is_refused_unsaid(desk: Desk, wrong: str) -> None:
    rows = [right("career_event", employee_id=number) for number in (wrong, NIP)]
    found = desk.refused(desk.file("career_event.csv", *rows)).findings

    assert [(one.code, one.value) for one in found] == [("person.digits", None)]
    assert not any(digit in found[0].says + found[0].remedy for digit in ("1986", "Budi"))


@pytest.mark.parametrize(
    "own",
    [
        "P-1000",
        "2024-0001",
        "123456789012",
        "5a105e8b9d40e1329780d62ea2265d8a",
        "12345678901234567890123456789abc",
        "550e8400-e29b-41d4-a716-446655440000",
        "PEG/2019/000123",
    ],
)
def test_numbers_of_an_office_and_hashes_stay_what_they_are(desk: Desk, own: str) -> None:
    row = right("career_event", employee_id=own)
    [report] = desk.with_agency().load(desk.file("career_event.csv", row))

    assert report.rows_loaded == 1


@pytest.mark.parametrize("table", ["training", "appraisal", "career_event"])
def test_rows_of_people_who_are_not_employees_are_mentioned(desk: Desk, table: str) -> None:
    desk.with_agency()
    desk.load(desk.file("employee.csv", right("employee")))
    rows = [right(table), right(table, employee_id="demo-9"), right(table, employee_id="demo-8")]
    [report] = desk.load(desk.file(f"{table}.csv", *rows))

    assert report.rows_loaded == 3
    assert report.notes == (
        "2 rows are about 2 people whom employee does not hold; they are loaded but do not count"
        " until these people are imported",
    )
    assert uncounted(desk.store) == [(table, 2, 2)]
    desk.load(desk.file("e.csv", *(right("employee", employee_id=f"demo-{n}") for n in (8, 9))),
              table="employee")  # fmt: skip
    assert uncounted(desk.store) == []


def test_people_of_the_same_import_are_known(desk: Desk) -> None:
    desk.with_agency()
    files = (
        desk.file("training.csv", right("training")),
        desk.file("employee.csv", right("employee")),
    )

    assert [report.notes for report in desk.load(*files)] == [(), ()]


@pytest.mark.parametrize(
    ("table", "column"),
    [("training", "course"), ("training", "provider"), ("activity", "label"), ("agency", "name"),
     ("service_outcome", "service"), ("survey_item", "text")],
)  # fmt: skip
@pytest.mark.parametrize(
    "said",
    [NIP, "Diklat 198609262015051001", "19860926 201505 1 001", "a.n. NIP. 198609262015051001 (X)",
     "199001152023212001"],
)  # fmt: skip
def test_an_employee_number_in_a_text_is_refused_unsaid(
    desk: Desk, table: str, column: str, said: str
) -> None:
    path = desk.file(f"{table}.csv", right(table), right(table, **{column: said}))
    found = [one for one in desk.with_agency().refused(path).findings if one.line == 3]

    assert "text.personal" in {one.code for one in found}
    assert not any("1986" in str(one) or "1990" in str(one) for one in found)


@pytest.mark.parametrize(
    "said", ["Diklat 2024-2025 angkatan 12", "123456789012345678901", "2" * 18]
)
def test_other_digits_in_a_text_are_read(desk: Desk, said: str) -> None:
    desk.with_agency().load(desk.file("training.csv", right("training", course=said)))

    assert desk.ask("SELECT course FROM training") == [(said,)]
