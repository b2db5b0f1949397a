"""Defects of where a table stands in its file, and of the file itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

from analytics.schema import Kind
from tests.intake.dirty.clean import FREE_TEXTS, Export
from tests.intake.dirty.form import CONTAINER, LAYOUT, Cell, Form, Heading, Row, defect, everywhere
from tests.intake.dirty.rows import SEEN, filled, has

LISTS = "../shared/data/bandar-lampung"


def blank(form: Form) -> Row:
    return Row((None,) * len(form.headings), kind="aside")


@defect("titles above", SEEN, "recovered", "above", stage=LAYOUT)
def _titles(form: Form, random: Random) -> Form:
    titles: list[tuple[Cell, ...]] = [
        ("REKAPITULASI DATA PEGAWAI NEGERI SIPIL",),
        ("PEMERINTAH PROVINSI JAMBI",),
        ("KEADAAN BULAN DESEMBER 2025",),
    ]
    lines = titles[: random.randint(1, 3)]
    return replace(form, above=(*lines, *random.choice(((), ((),), ((), ())))))


@defect("a name and its value above", LISTS, "recovered", "above", stage=LAYOUT)
def _named_above(form: Form, random: Random) -> Form:
    return replace(
        form,
        above=(
            ("DAFTAR NOMINATIF PEGAWAI",),
            ("Unit Kerja", ": Dinas Kesehatan"),
            ("Periode", ": Triwulan IV"),
            (),
        ),
    )


@defect("notes beneath", SEEN, "recovered", "below", stage=LAYOUT)
def _notes(form: Form, random: Random) -> Form:
    notes = (("Sumber: Badan Kepegawaian Daerah, data diolah",), ("*) angka sementara",))
    gap: tuple[tuple[Cell, ...], ...] = random.choice(((), ((),), ((), ())))
    return replace(form, below=(*gap, *notes[: random.randint(1, 2)]))


@defect("a signature beneath", "offices' lists", "recovered", "below", stage=LAYOUT)
def _signature(form: Form, random: Random) -> Form:
    right = (None,) * max(len(form.headings) - 2, 0)
    lines = (
        "Jambi, 31 Desember 2025",
        "KEPALA BADAN KEPEGAWAIAN DAERAH",
        None,
        None,
        "Drs. H. CONTOH NAMA, M.Si.",
        "NIP. 196501011990031001",
    )
    return replace(form, below=((), *((*right, line) if line else () for line in lines)))


@defect("numbers beneath the headings", LISTS, "recovered", "beneath", stage=LAYOUT)
def _numbering(form: Form, random: Random) -> Form:
    written = random.choice(("{}", "({})"))
    count = range(1, len(form.headings) + 1)
    return replace(form, beneath=(tuple(written.format(n) for n in count),))


@defect("an empty row beneath the headings", LISTS, "recovered", "beneath", stage=LAYOUT)
def _gap(form: Form, random: Random) -> Form:
    return replace(form, beneath=((),))


@defect("empty rows between", LISTS, "recovered", "between", stage=LAYOUT)
def _empty_rows(form: Form, random: Random) -> Form:
    for _ in range(random.randint(1, 3)):
        at = random.randint(1, len(form.rows) - 1)
        form = form.add(at, *[blank(form)] * random.randint(1, 2))
    return form


@defect("empty columns at the left", LISTS, "recovered", "left", stage=LAYOUT)
def _empty_columns(form: Form, random: Random) -> Form:
    return replace(form, left=random.randint(1, 3))


@defect("an empty column within", LISTS, "recovered", "within", stage=LAYOUT)
def _empty_column(form: Form, random: Random) -> Form:
    """Where rows leave one side of it empty, it could part two tables, and is taken to."""
    width = len(form.headings)

    def whole(at: int) -> bool:
        sides = [
            sum(cell not in (None, "") for cell in side)
            for row in form.rows
            if row.kind == "data"
            for side in (row.cells[:at], row.cells[at:])
        ]
        return min(sides) >= 2 and not form.headings[at].over

    fit = [at for at in range(2, width - 1) if whole(at)]
    return form.insert(Heading(""), fill=lambda row: (None,), at=random.choice(fit or [width - 1]))


def summed(export: Export) -> bool:
    """Whether the last column is of counts, so that a total of it stands beneath."""
    kinds = [column.kind for column in export.table.columns]
    last = export.table.columns[-1].name
    return len(kinds) > 2 and kinds[-1] in (Kind.INTEGER, Kind.DECIMAL) and filled(export, last)


@defect("a total beneath", LISTS, "recovered", "last", stage=LAYOUT, applies=summed)
def _total(form: Form, random: Random) -> Form:
    word = random.choice(("JUMLAH", "Jumlah", "TOTAL", "Total :", "Jumlah Total"))
    width = len(form.headings)
    cells: list[Cell] = [None] * width
    cells[random.choice((0, 1))] = word
    last = max(n for n, heading in enumerate(form.headings) if heading.column)
    cells[last] = "1234"
    return form.add(len(form.rows), Row(tuple(cells), kind="aside"))


@defect("headings again between the rows", "printed page after page", "recovered", "between",
        stage=LAYOUT)  # fmt: skip
def _again(form: Form, random: Random) -> Form:
    at = random.randint(2, len(form.rows) - 1)
    again = Row((), kind="headings")
    if random.random() < 0.5:
        return form.add(at, blank(form), again)
    return form.add(at, again)


GROUPED = ("agency_id", "employee_id")


def grouped_by(export: Export) -> str:
    """A required column by which the rows can be put together; empty where there is none."""
    names = [c.name for c in export.table.columns if not c.optional]
    return next((name for name in GROUPED if name in names), "")


def in_groups(form: Form, column: str) -> Form:
    """The rows put in the order of a column."""
    at = form.at(column)
    key = [str(row.cells[at]) if row.kind == "data" else "" for row in form.rows]
    order = sorted(range(len(form.rows)), key=lambda number: (key[number], number))
    return replace(form, rows=tuple(form.rows[number] for number in order))


@defect("cells merged downwards", "domain.md §5: merged heads", "recovered", "container",
        "order", "between", "every row", stage=LAYOUT,
        applies=lambda export: bool(grouped_by(export)))  # fmt: skip
def _merged(form: Form, random: Random) -> Form:
    column = grouped_by(form.export)
    form, at, merged = in_groups(form, column), form.at(column), []
    first = 0
    for number in range(1, len(form.rows) + 1):
        ends = number == len(form.rows)
        if ends or form.rows[number].cells[at] != form.rows[first].cells[at]:
            if number - 1 > first:
                merged.append((at, first, number - 1))
            first = number
    under = {n for _, first, last in merged for n in range(first + 1, last + 1)}
    rows = tuple(
        replace(row, cells=(*row.cells[:at], None, *row.cells[at + 1 :])) if n in under else row
        for n, row in enumerate(form.rows)
    )
    return replace(form, rows=rows, merged=tuple(merged)).contain(kind="xlsx")


@defect("a name once for several rows", LISTS, "rejected", "order", "between", "every row",
        "first", stage=LAYOUT, applies=lambda export: bool(grouped_by(export)))  # fmt: skip
def _once(form: Form, random: Random) -> Form:
    """Without merged cells nothing tells whether an empty cell is the one above it."""
    column = grouped_by(form.export)
    form, at = in_groups(form, column), form.at(column)
    rows, before = [], None
    for row in form.rows:
        said = row.cells[at]
        if row.kind == "data" and said == before:
            cells = (*row.cells[:at], None, *row.cells[at + 1 :])
            rows.append(replace(row, cells=cells, fault="value.empty"))
        else:
            rows.append(row)
        before = said
    return replace(form, rows=tuple(rows))


SECOND = (("Jenis Kelamin", "Banyaknya"), ("Laki-laki", "10"), ("Perempuan", "8"))


@defect("a second table below", LISTS, "asked", "below", "name", "tables", stage=LAYOUT)
def _below(form: Form, random: Random) -> Form:
    below = ((), (), ("Rekapitulasi menurut jenis kelamin",), *SECOND)
    form = replace(form, below=below, name=f"Rekap {form.table.name} 2025")
    return replace(form, asks=form.asks | {"table"})


@defect("a second table beside", LISTS, "asked", "beside", "name", "between", "left", "beneath",
        "last", "two rows", "above", "within", stage=LAYOUT)  # fmt: skip
def _beside(form: Form, random: Random) -> Form:
    """Two empty columns to the right, as long as its few rows."""
    width = len(form.headings)
    rows = list(form.rows)
    for number, cells in enumerate(SECOND[1:]):
        more = (*(None,) * (width - len(rows[number].cells)), None, None, *cells)
        rows[number] = replace(rows[number], cells=(*rows[number].cells, *more))
    heads = (*form.headings, Heading(""), Heading(""), *(Heading(said) for said in SECOND[0]))
    form = replace(form, rows=tuple(rows), headings=heads, name=f"Rekap {form.table.name} 2025")
    return replace(form, asks=form.asks | {"table"})


@defect("values without a heading", LISTS, "recovered", "right", stage=LAYOUT)
def _unnamed(form: Form, random: Random) -> Form:
    at = len(form.headings)
    return form.insert(Heading(""), fill=lambda row: (random.choice(("v", "", "x")),), at=at)


WORKBOOK = ("container", "encoding", "delimiter", "ends", "wrapped", "trailing", "text")


@defect("a sheet of notes before", "templates of offices", "recovered", "sheets", "encoding",
        "delimiter", "ends", "wrapped", "trailing", "text", stage=LAYOUT)  # fmt: skip
def _notes_sheet(form: Form, random: Random) -> Form:
    notes: tuple[tuple[Cell, ...], ...] = (
        ("Petunjuk pengisian",),
        ("1", "Isi semua kolom"),
        ("2", "Simpan sebagai XLSX"),
    )
    form = replace(form, sheets=(("Petunjuk", notes),), sheet=form.table.name)
    return form.contain(kind=form.container.kind if form.container.kind != "text" else "xlsx")


@defect("an empty sheet and one of headings alone", LISTS, "recovered", "sheets", "encoding",
        "delimiter", "ends", "wrapped", "trailing", "text", stage=LAYOUT)  # fmt: skip
def _headings_alone(form: Form, random: Random) -> Form:
    heads = (tuple(heading.text for heading in form.headings),)
    form = replace(form, sheets=(("Sheet2", heads), ("Sheet3", ())))
    return form.contain(kind=form.container.kind if form.container.kind != "text" else "xlsx")


def text_file(name: str, source: str, touched: str, **changes: Any) -> None:
    """Register a way to write a text file."""
    defect(name, source, "recovered", touched, "text", stage=CONTAINER)(
        lambda form, random: form.contain(**changes)
    )


CSV = "issue 2 of 3: any of these"


def text_only(name: str, source: str, touched: str, applies=everywhere, **changes: Any) -> None:
    defect(name, source, "recovered", touched, stage=CONTAINER, applies=applies)(
        lambda form, random: form.contain(**changes)
    )


def worded(export: Export) -> bool:
    """Whether a table has letters beyond ASCII, without which encodings do not differ."""
    return any(has(name)(export) for name in FREE_TEXTS) and export.table.name != "appraisal"


text_only("a byte order mark", CSV, "encoding", encoding="utf-8-sig")
text_only("UTF-16", CSV, "encoding", encoding="utf-16")
text_only("Windows-1252", CSV, "encoding", applies=worded, encoding="cp1252")
text_only("semicolons", CSV, "delimiter", delimiter=";")
text_only("tabs", CSV, "delimiter", delimiter="\t")
text_only("bars", CSV, "delimiter", delimiter="|")
text_only("line ends of Windows", CSV, "ends", ends="\r\n")
text_only("delimiters at the end of lines", CSV, "trailing", trailing=3)
text_only("whole lines in quotation marks", CSV, "wrapped", wrapped=True)
defect("a text file called .xls", "../shared/data/csps: an ODS called .csv", "recovered", "suffix",
       "text", stage=CONTAINER)(lambda form, random: form.contain(suffix=".xls"))  # fmt: skip


def workbook(name: str, kind: str, source: str = CSV, **changes: Any) -> None:
    def spoil(form: Form, random: Random) -> Form:
        return form.contain(kind=kind, **changes)

    more = ("suffix",) if "suffix" in changes else ()
    defect(name, source, "recovered", *WORKBOOK, *more, stage=CONTAINER)(spoil)


workbook("XLSX", "xlsx")
workbook("XLSM", "xlsm")
workbook("XLS", "xls")
workbook("ODS", "ods")
workbook("XLSB", "xlsb")
workbook("an ODS called .csv", "ods", "../shared/data/csps", suffix=".csv")
workbook("an XLS called .xlsx", "xls", "../shared/data/csps", suffix=".xlsx")


@defect("a ZIP archive", CSV, "recovered", "zip", stage=CONTAINER)
def _zip(form: Form, random: Random) -> Form:
    return form.contain(zipped=True)


@defect("Parquet", CSV, "recovered", *WORKBOOK, "above", "below", "beneath", "between", "left",
        "last", "within", "right", "beside", "two rows", "sheets", "order", stage=CONTAINER)  # fmt: skip
def _parquet(form: Form, random: Random) -> Form:
    return form.contain(kind="parquet")


Maker = Callable[[Form, Random], Form]
