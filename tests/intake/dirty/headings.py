"""Defects of headings and of columns: other names, more columns, columns that others tell."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from random import Random

from analytics.intake.derived import Derived
from analytics.intake.headings import column_of, synonyms
from tests.intake.dirty.clean import Export
from tests.intake.dirty.form import HEADINGS, Form, Heading, Row, defect
from tests.intake.dirty.rows import SEEN, has, only
from tests.intake.dirty.values import MONTHS
from tests.intake.test_headings import SIASN

FROM_SIASN = {
    "NIP BARU": "employee_id",
    "JENIS KELAMIN": "sex",
    "STATUS CPNS PNS": "status",
    "TMT CPNS": "entry_date",
    "GOL AKHIR NAMA": "grade",
    "JENIS JABATAN NAMA": "position_type",
    "TINGKAT PENDIDIKAN NAMA": "education",
    "UNOR NAMA": "agency_id",
}
SECRETS = ("Rahmi Oktaviani Siregar", "1571024101860099", "rahmi.siregar@contoh.go.id")
"""A name, a NIK and an address that nobody has."""
# Whole lines in quotation marks do not go with values that hold a line break: whoever wraps lines
# makes two of such a value, and the file is refused for want of a table.
PERSONAL = {
    "NAMA": SECRETS[0],
    "NIK": SECRETS[1],
    "EMAIL": SECRETS[2],
    "ALAMAT": f'Jl. "Merpati" No. 4,\nRT 03; {SECRETS[0]}',
}


def people(export: Export) -> bool:
    return has("employee_id")(export)


def renamed(form: Form, names: Mapping[str, Heading]) -> Form:
    """The form with other headings for columns."""
    heads = tuple(names.get(heading.column, heading) for heading in form.headings)
    return replace(form, headings=heads)


@defect("Indonesian headings", SEEN, "recovered", "headings", stage=HEADINGS)
def _synonyms(form: Form, random: Random) -> Form:
    names = {}
    for column, known in synonyms(form.table).items():
        fit = [said for said in known if (of := column_of(said, form.table)) and of[1] == column]
        if fit:
            said = random.choice(fit)
            names[column] = Heading(random.choice((said, said.upper(), f" {said} ")), column)
    return renamed(form, names)


@defect("headings in capitals, with spaces and breaks", SEEN, "recovered", "headings",
        "wrapped", stage=HEADINGS)  # fmt: skip
def _capitals(form: Form, random: Random) -> Form:
    def written(name: str) -> str:
        mark = random.choice((" ", "  ", "\u00a0", "\n", "-", "."))
        return name.upper().replace("_", mark)

    names = {h.column: Heading(written(h.column), h.column) for h in form.headings if h.column}
    return renamed(form, names)


@defect("headings in two languages", "issue 2 of 3: bilingual headings", "asked", "headings",
        stage=HEADINGS)  # fmt: skip
def _bilingual(form: Form, random: Random) -> Form:
    names = {
        heading.column: Heading(f"{known[0]} / {heading.column} ({n})", heading.column, asked=True)
        for n, heading in enumerate(form.headings)
        if (known := synonyms(form.table).get(heading.column))
    }
    asked = {"column"} if names else set()
    return replace(renamed(form, names), asks=form.asks | asked)


@defect("a heading that nobody knows", SEEN, "asked", "headings", stage=HEADINGS)
def _unknown(form: Form, random: Random) -> Form:
    column = random.choice(form.table.required)
    if not form.has(column):
        return form
    named = {column: Heading("Kolom yg dimaksud", column, asked=True)}
    return replace(renamed(form, named), asks=form.asks | {"column", "missing"})


@defect("two rows of headings", "domain.md §5: merged heads", "asked", "headings", "two rows",
        stage=HEADINGS)  # fmt: skip
def _two_rows(form: Form, random: Random) -> Form:
    """A heading over several, so that each is read as both: it is no known one any more."""
    start = random.randint(1, len(form.headings) - 2)
    group = range(start, start + 2)
    heads = tuple(
        replace(heading, over="URAIAN DATA", asked=True) if n in group else heading
        for n, heading in enumerate(form.headings)
    )
    return replace(form, headings=heads, asks=form.asks | {"column"})


PERIODS = {"period_start": "Awal", "period_end": "Akhir"}


@defect("a period over its two days", "issue 2 of 3: two-row headings", "recovered", "headings",
        "two rows", stage=HEADINGS, applies=has(*PERIODS))  # fmt: skip
def _period_over(form: Form, random: Random) -> Form:
    names = {c: Heading(said, c, over="PERIODE") for c, said in PERIODS.items()}
    return renamed(form, names)


@defect("one heading for two columns", "../shared/data/bandar-lampung", "refused", "headings",
        stage=HEADINGS)  # fmt: skip
def _doubled(form: Form, random: Random) -> Form:
    number = random.randrange(len(form.table.required))
    column = form.table.required[number]
    again = Heading(column, column)
    at = form.at(column)
    form = form.insert(again, fill=lambda row: (row.cells[at],), at=len(form.headings))
    return replace(form, refused=frozenset({"doubled"}))


def text_of(cell: object) -> str:
    return "" if cell is None else str(cell)


@defect("running numbers and remarks", "every list", "recovered", "first", stage=HEADINGS)
def _numbered(form: Form, random: Random) -> Form:
    count = iter(range(1, 10_000))
    form = form.insert(Heading("No."), fill=lambda row: (str(next(count)),), at=0)
    return form.insert(
        Heading("KET."), fill=lambda row: (random.choice(("", "-", "ok")),), at=len(form.headings)
    )


@defect("personal columns", "contract.md: dropped at the door", "recovered", "personal",
        "wrapped", stage=HEADINGS, applies=people)  # fmt: skip
def _personal(form: Form, random: Random) -> Form:
    for name, said in PERSONAL.items():
        at = random.randint(1, len(form.headings))
        form = form.insert(Heading(name), fill=lambda row, said=said: (said,), at=at)
    return replace(form, secrets=SECRETS)


@defect("an old NIP beside the new one", SEEN, "recovered", "headings", stage=HEADINGS,
        applies=people)  # fmt: skip
def _old_nip(form: Form, random: Random) -> Form:
    form = renamed(form, {"employee_id": Heading("NIP BARU", "employee_id")})
    return form.insert(Heading("NIP LAMA"), fill=lambda row: ("130123456",), at=0)


@defect("NIP and NIP BARU in one file", SEEN, "recovered", "headings", stage=HEADINGS,
        applies=people)  # fmt: skip
def _two_nips(form: Form, random: Random) -> Form:
    form = renamed(form, {"employee_id": Heading("NIP BARU", "employee_id")})
    at = form.at("employee_id")
    fill = random.choice((lambda row: ("",), lambda row: (row.cells[at],)))
    return form.insert(Heading("NIP"), fill=fill, at=len(form.headings))


@defect("a heading that is a number", "../shared/data/csps: the heading 62", "asked", "number",
        stage=HEADINGS)  # fmt: skip
def _number(form: Form, random: Random) -> Form:
    form = form.insert(Heading("62", asked=True), fill=lambda row: ("17",), at=len(form.headings))
    return replace(form, asks=form.asks | {"column"})


@defect("the 67 headings of SIASN", SEEN, "asked", "headings", "first", "birth_year",
        "wrapped", "number", stage=HEADINGS, applies=only("employee"))  # fmt: skip
def _siasn(form: Form, random: Random) -> Form:
    """SIASN tells no span: its days stand in two columns more. The year of birth is worked out."""
    told: dict[str, str] = {"TANGGAL LAHIR": "birth_year"} | FROM_SIASN
    heads = [Heading(name, FROM_SIASN.get(name, "")) for name in SIASN]
    heads += [Heading("Berlaku Mulai", "valid_from"), Heading("Berlaku Sampai", "valid_to")]

    def cells(row: Row) -> tuple:
        said = []
        for heading in heads:
            column = told.get(heading.text, heading.column)
            cell = row.cells[form.at(column)] if column else PERSONAL.get(heading.text, "7")
            if heading.text == "TANGGAL LAHIR" and text_of(cell).strip():
                cell = f"17-08-{text_of(cell).strip()[:4]}"
            said.append(cell)
        return tuple(said)

    rows = tuple(replace(row, cells=cells(row)) if row.kind == "data" else row for row in form.rows)
    form = replace(form, headings=tuple(heads), rows=rows, secrets=(*form.secrets, *SECRETS))
    form = form.tell(answers={("missing", "birth_year"): "derived:year:TANGGAL LAHIR"})
    return replace(form, asks=form.asks | {"missing"})


API = {
    "appraisal": {
        "employee_id": ("nip",),
        "cycle": ("periodikNama",),
        "work_result": ("hasilKinerja", "hasilKinerjaNilai", "HasilKinerjaNilai"),
        "behaviour": ("perilakuKerja", "perilakuKerjaNilai", "PerilakuKerjaNilai"),
        "predicate": ("kuadranKinerjaNilai", "KuadranKinerjaNilai", "kuadranKinerja"),
        "score": ("nilaiPrestasiKerja",),
        "integrity": ("integritas",),
        "discipline": ("disiplin",),
        "service": ("orientasiPelayanan",),
    },
    "training": {
        "employee_id": ("nip", "nipBaru"),
        "course": ("namaKursus", "latihanStrukturalNama", "jenisKursusNama"),
        "start_date": ("tanggalKursus", "tanggal", "tanggal_"),
        "end_date": ("tanggalSelesaiKursus", "tanggalSelesai"),
        "hours_jp": ("jumlahJam",),
        "provider": ("institusiPenyelenggara",),
    },
}
BESIDE = {
    "appraisal": ("koefisenId", "koefisienId", "instansiId", "persentase", "penilaiNama", "tahun"),
    "training": ("noSertipikat", "jenisKursusId", "tahunKursus", "id"),
}


@defect("field names of SIASN's interfaces", SEEN, "recovered", "headings", stage=HEADINGS,
        applies=only(*API))  # fmt: skip
def _api(form: Form, random: Random) -> Form:
    names = {c: Heading(random.choice(said), c) for c, said in API[form.table.name].items()}
    form = renamed(form, names)
    for name in BESIDE[form.table.name]:
        form = form.insert(Heading(name), fill=lambda row: ("5",), at=len(form.headings))
    return form


@defect("a day in two columns, tanggal and tanggal_", SEEN, "recovered", "headings",
        stage=HEADINGS, applies=only("training"))  # fmt: skip
def _doubled_day(form: Form, random: Random) -> Form:
    form = renamed(form, {"start_date": Heading("tanggal", "start_date")})
    at = form.at("start_date")
    return form.insert(Heading("tanggal_"), fill=lambda row: (row.cells[at],), at=at + 1)


@defect("months and years of a period apart", "domain.md §5: bulanMulaiPenilaian", "asked",
        "headings", "period_start", "period_end", stage=HEADINGS, applies=only("appraisal"))  # fmt: skip
def _apart(form: Form, random: Random) -> Form:
    ends = {"period_start": "Mulai", "period_end": "Selesai"}
    answers = {}
    for column, end in ends.items():
        at = form.at(column)
        way = "month_first_day" if end == "Mulai" else "month_last_day"
        year, month = f"tahun{end}Penilaian", f"bulan{end}Penilaian"

        def parts(row: Row, at: int = at) -> tuple[str, str]:
            date = dt.date.fromisoformat(text_of(row.cells[at]).strip())
            return str(date.year), random.choice((str(date.month), f"{date.month:02}"))

        form = form.insert(Heading(year), Heading(month), fill=parts, at=len(form.headings))
        form = form.without(column)
        answers["missing", column] = f"derived:{way}:{year} + {month}"
    return replace(form.tell(answers=answers), asks=form.asks | {"missing"})


@defect("a month in words beside its year", "e-Kinerja", "asked", "headings", "month",
        "every row", stage=HEADINGS, applies=has("month"))  # fmt: skip
def _month_beside(form: Form, random: Random) -> Form:
    """The heading Bulan is known as the month, whose year stands in another column."""
    at = form.at("month")

    def parts(row: Row) -> tuple[str, str]:
        date = dt.date.fromisoformat(text_of(row.cells[at]).strip())
        return str(date.year), MONTHS[date.month - 1][0]

    form = form.insert(Heading("Tahun"), Heading("Bulan"), fill=parts, at=0).without("month")
    return form.tell(derived={"month": Derived("month", "month_first_day", ("Tahun", "Bulan"))})


@defect("what the NIP tells, and no column else", SEEN, "asked", "headings", "sex", "birth_year",
        "entry_date", "every row", stage=HEADINGS, applies=only("employee"))  # fmt: skip
def _of_nip(form: Form, random: Random) -> Form:
    answers = {}
    for column in ("sex", "birth_year", "entry_date"):
        form = form.without(column)
        answers["missing", column] = f"derived:nip_{column}:employee_id"
    return replace(form.tell(answers=answers), asks=form.asks | {"missing"})


@defect("one text for all rows, left out", "recaps of one kind", "asked", "headings", "constant",
        "every row", stage=HEADINGS, applies=lambda export: bool(constants(export)))  # fmt: skip
def _constant(form: Form, random: Random) -> Form:
    column, said = random.choice(constants(form.export))
    if not form.has(column):
        return form
    form = form.without(column).tell(answers={("missing", column): f"constant:{said}"})
    return replace(form, asks=form.asks | {"missing"})


def constants(export: Export) -> list[tuple[str, str]]:
    """Required columns that say the same in every row."""
    by_column = zip(export.table.columns, zip(*export.texts, strict=True), strict=True)
    return [(c.name, said[0]) for c, said in by_column if not c.optional and len({*said}) == 1]


@defect("a file by another name", "Rekap 2025.csv", "recovered", "name", stage=HEADINGS)
def _name(form: Form, random: Random) -> Form:
    """Known by its headings, or asked about."""
    return replace(form, name=random.choice(("Rekap 2025", "data (1)", "Book1", "REKAP TW IV")))
