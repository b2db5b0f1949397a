"""The data contract as code: every table the store takes in, and the rules of its columns.

Import, checks, templates and the documents are made from `TABLES`; nothing else says what a
column may hold.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a column holds, and how DuckDB keeps it."""

    TEXT = "text"
    PERSON = "person"  # an employee's number: replaced by a keyed hash at import
    DATE = "date"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"


SQL_TYPE = {
    Kind.TEXT: "VARCHAR",
    Kind.PERSON: "UUID",
    Kind.DATE: "DATE",
    Kind.INTEGER: "INTEGER",
    Kind.DECIMAL: "DECIMAL(18, 4)",
    Kind.BOOLEAN: "BOOLEAN",
}


@dataclass(frozen=True)
class Column:
    """One column: its name, kind, meaning, and what it may hold.

    `values` closes the list of a text column. `low` and `high` bound a number, both included.
    `pattern` is a regular expression the whole text must match. `refers_to` names the table whose
    key the value must be found in. An `event` has happened: its day, or the first day of its period,
    is not after the day on which the file was extracted.
    """

    name: str
    kind: Kind
    means: str
    optional: bool = False
    values: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    pattern: str | None = None
    refers_to: str | None = None
    event: bool = False
    example: str = ""


@dataclass(frozen=True)
class Rule:
    """A condition that every row must meet, as SQL over one row, with the remedy when it does not.

    `code` names the kind of fault and never changes.
    """

    columns: tuple[str, ...]
    holds: str
    says: str
    remedy: str
    code: str


@dataclass(frozen=True)
class Table:
    """One table of the contract. `key` names the columns no two rows may share."""

    name: str
    one_row_is: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    rules: tuple[Rule, ...] = ()

    def column(self, name: str) -> Column:
        """The column of that name. Raises KeyError where there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns a file must have."""
        return tuple(column.name for column in self.columns if not column.optional)


BEFORE_NAME = re.compile(r"^(pemprov|pemerintah provinsi|kabupaten|kota)\s+", re.IGNORECASE)
"""What stands before the bare name in a government's."""

GOVERNMENT_KINDS = ("provinsi", "kabupaten", "kota")
AGENCY_KINDS = (
    "education",
    "health",
    "hospital",
    "civil_registry",
    "communication",
    "personnel",
    "inspectorate",
    "district_office",
    "secretariat",
    "council_secretariat",
    "planning",
    "finance",
    "revenue",
    "public_works",
    "housing",
    "public_order",
    "social",
    "labour",
    "women_children",
    "food",
    "environment",
    "village",
    "transport",
    "cooperatives_trade",
    "investment",
    "youth_sport_tourism",
    "library_archive",
    "fisheries",
    "agriculture",
    "forestry",
    "energy",
    "disaster",
    "political_unity",
    "training_research",
    "other",
)
STATUSES = ("PNS", "CPNS", "PPPK", "PPPK_PARUH_WAKTU")
SEXES = ("F", "M")
POSITION_TYPES = ("structural", "functional", "executor")
CYCLES = ("monthly", "quarterly", "annual")
RATERS = ("supervisor", "peer", "subordinate", "public", "self")
RATINGS = ("above", "meets", "below")
PREDICATES = ("sangat_baik", "baik", "butuh_perbaikan", "kurang", "sangat_kurang")
SCALES = ("pp46", "pp30", "permenpan6")
ASPECTS = (
    "productivity",
    "competence",
    "integrity",
    "discipline",
    "service",
    "strategic_target",
)
OBJECTIONS = ("none", "filed", "upheld", "rejected")
ORGANISATION_RATINGS = ("istimewa", "baik", "butuh_perbaikan", "kurang", "sangat_kurang")
FIELDS = (
    "management",
    "communication",
    "information_technology",
    "public_service",
    "technical",
    "functional",
    "socio_cultural",
    "other",
)
MODES = ("classical", "non_classical")
ACTIVITIES = ("socialisation", "forum", "coaching", "mentoring", "policy_start")
CAREER_EVENTS = (
    "promotion",
    "recognition",
    "sanction",
    "mentoring_start",
    "mentoring_end",
    "performance_coaching",
)
AGE_BANDS = ("<30", "30-39", "40-49", "50-59", "60+", "unknown")
GRADE_GROUPS = ("I", "II", "III", "IV", "PPPK", "unknown")

PERIOD_PATTERN = r"\d{4}(-Q[1-4]|-(0[1-9]|1[0-2]))?"
MONTH_START = "extract(day FROM month) = 1"


def _text(name: str, means: str, **options) -> Column:
    return Column(name, Kind.TEXT, means, **options)


def _date(name: str, means: str, **options) -> Column:
    options.setdefault("example", "2025-01-31")
    return Column(name, Kind.DATE, means, **options)


def _count(name: str, means: str, **options) -> Column:
    options.setdefault("example", "12")
    return Column(name, Kind.INTEGER, means, low=options.pop("low", 0), **options)


def _person() -> Column:
    return Column(
        "employee_id",
        Kind.PERSON,
        "The employee's number (NIP or NI PPPK), kept only as a keyed hash.",
        example="demo-000001",
    )


def _agency(*, optional: bool = False) -> Column:
    return _text(
        "agency_id",
        "The agency's own code.",
        refers_to="agency",
        optional=optional,
        example="15.71-DINKES",
    )


def _month() -> Column:
    return _date("month", "First day of the month.", event=True, example="2025-01-01")


def _wave() -> Column:
    return _text(
        "wave",
        "When: a year, quarter or month.",
        pattern=PERIOD_PATTERN,
        event=True,
        example="2025-Q4",
    )


_FIRST_OF_MONTH = Rule(
    ("month",),
    MONTH_START,
    "is not the first day of a month",
    "Write the month as 2025-01-01.",
    "date.month",
)


def _in_order(first: str, last: str) -> Rule:
    return Rule(
        (first, last),
        f"{last} IS NULL OR {last} >= {first}",
        f"{last} is before {first}",
        "Correct the dates so that the first is not after the last.",
        "date.order_of_days",
    )


def _not_more(part: str, whole: str) -> Rule:
    return Rule(
        (part, whole),
        f"{part} IS NULL OR {whole} IS NULL OR {part} <= {whole}",
        f"{part} is more than {whole}",
        "A part cannot be larger than its whole: correct one of the two.",
        "number.over_whole",
    )


_PLACE_OF_RECAP = Rule(
    ("agency_id", "region_code"),
    "(agency_id IS NULL) <> (region_code IS NULL)",
    "needs either agency_id or region_code, not both",
    "Fill exactly one of agency_id and region_code.",
    "place.one",
)

TABLES: tuple[Table, ...] = (
    Table(
        "region",
        "a province, kabupaten or kota",
        (
            _text("region_code", "Kemendagri code, dotted.", pattern=r"[^\s/]+", example="15.01"),
            _text("bps_code", "BPS code.", optional=True, example="1501"),
            _text("bkn_code", "BKN code of its government.", optional=True, example="5505"),
            _text("name", "Name as the rule writes it.", example="Kerinci"),
            _text("kind", "Kind of region.", values=GOVERNMENT_KINDS, example="kabupaten"),
            _text(
                "province_code",
                "Code of the province it lies in, a region of kind provinsi; its own for a province.",
                refers_to="region",
                example="15",
            ),
        ),
        ("region_code",),
        (
            Rule(
                ("kind", "province_code"),
                "kind <> 'provinsi' OR province_code = region_code",
                "a province must name itself as its province",
                "Repeat region_code in province_code for rows of kind provinsi.",
                "region.province",
            ),
        ),
    ),
    Table(
        "agency",
        "an agency (perangkat daerah) of a government",
        (
            _text(
                "agency_id", "The agency's own code.", pattern=r"[^\s/,]+", example="15.71-DINKES"
            ),
            _text("name", "Name of the agency.", example="Dinas Kesehatan"),
            _text("kind", "Kind of agency.", values=AGENCY_KINDS, example="health"),
            _text(
                "region_code",
                "Code of the government that owns it.",
                refers_to="region",
                example="15.71",
            ),
            _date("valid_from", "First day it existed.", optional=True, example="2017-01-01"),
            _date("valid_to", "Last day it existed.", optional=True, example=""),
            _text("successor_id", "Agency that took over.", optional=True, refers_to="agency"),
        ),
        ("agency_id",),
        (_in_order("valid_from", "valid_to"),),
    ),
    Table(
        "agency_alias",
        "another name under which files mention an agency",
        (
            _text("alias", "The other name.", example="Dinkes Kota Jambi"),
            _agency(),
            _date(
                "valid_from", "First day the name was used.", optional=True, example="2017-01-01"
            ),
            _date("valid_to", "Last day the name was used.", optional=True, example=""),
        ),
        ("alias", "agency_id"),
        (_in_order("valid_from", "valid_to"),),
    ),
    Table(
        "target",
        "a target set for a metric, a place and a year",
        (
            _text("metric", "Key of the metric.", example="training_coverage"),
            _text(
                "region_code",
                "Government it holds for.",
                optional=True,
                refers_to="region",
                example="15",
            ),
            _text("agency_id", "Agency it holds for.", optional=True, refers_to="agency"),
            _count("year", "Year.", low=1990, high=2100, example="2025"),
            Column(
                "value",
                Kind.DECIMAL,
                "The target in the metric's unit; shares from 0 to 1.",
                example="0.8",
            ),
        ),
        ("metric", "region_code", "agency_id", "year"),
        (_PLACE_OF_RECAP,),
    ),
    Table(
        "employee",
        "a person and a span of time in which nothing here changed",
        (
            _person(),
            _agency(),
            _date("valid_from", "First day of the span.", example="2024-01-01"),
            _date(
                "valid_to",
                "Last day of the span; empty while it lasts.",
                optional=True,
                example="",
            ),
            _text("status", "Employment status.", values=STATUSES, example="PNS"),
            _text("sex", "F or M.", values=SEXES, example="F"),
            _count("birth_year", "Year of birth.", low=1930, high=2015, example="1986"),
            _text("position_type", "Kind of position.", values=POSITION_TYPES, example="executor"),
            _text(
                "grade", "Grade (golongan), I/a to IV/e, or I to XVII for PPPK.", example="III/a"
            ),
            _text("education", "Highest education.", example="S1"),
            _date("entry_date", "First day of service.", example="2010-03-01"),
        ),
        ("employee_id", "valid_from"),
        (_in_order("valid_from", "valid_to"),),
    ),
    Table(
        "appraisal",
        "an employee, a period and a rater role",
        (
            _person(),
            _date("period_start", "First day of the period.", example="2025-01-01"),
            _date("period_end", "Last day of the period.", event=True, example="2025-03-31"),
            _text("cycle", "Which evaluation.", values=CYCLES, example="quarterly"),
            _text("rater", "Who rated.", values=RATERS, example="supervisor"),
            _text(
                "work_result",
                "Rating of work results; empty only with a score of a legacy scale.",
                optional=True,
                values=RATINGS,
                example="meets",
            ),
            _text(
                "behaviour",
                "Rating of behaviour; empty only with a score of a legacy scale.",
                optional=True,
                values=RATINGS,
                example="above",
            ),
            _text(
                "predicate",
                "Predicate as reported.",
                optional=True,
                values=PREDICATES,
                example="baik",
            ),
            Column("score", Kind.DECIMAL, "Numeric score.", optional=True, low=0, high=120),
            _text("scale", "Scale of the score.", optional=True, values=SCALES),
            *(
                Column(
                    aspect,
                    Kind.DECIMAL,
                    f"Aspect: {aspect}, 0 to 100.",
                    optional=True,
                    low=0,
                    high=100,
                )
                for aspect in ASPECTS
            ),
            _date(
                "submitted_on",
                "Day the evaluation was submitted.",
                optional=True,
                event=True,
                example="2025-04-05",
            ),
            _date(
                "due_on",
                "Last day it could be submitted (Batas Pengisian).",
                optional=True,
                example="2025-04-10",
            ),
            _text(
                "objection", "Objection to it.", optional=True, values=OBJECTIONS, example="none"
            ),
            _agency(optional=True),
        ),
        ("employee_id", "period_end", "cycle", "rater"),
        (
            _in_order("period_start", "period_end"),
            Rule(
                ("work_result", "behaviour", "score", "scale"),
                "(work_result IS NOT NULL AND behaviour IS NOT NULL)"
                " OR (score IS NOT NULL AND scale IS NOT NULL)",
                "has neither both ratings nor a score with its scale",
                "Fill work_result and behaviour, or score and scale.",
                "appraisal.ratings",
            ),
            Rule(
                ("score", "scale"),
                "(score IS NULL) = (scale IS NULL)",
                "a score needs its scale, and a scale its score",
                "Say which scale the score is on: pp46, pp30 or permenpan6.",
                "appraisal.scale",
            ),
        ),
    ),
    Table(
        "organisation_rating",
        "an agency and a year",
        (
            _agency(),
            _count("year", "Year.", low=1990, high=2100, example="2025"),
            _text(
                "rating",
                "The organisation's own rating.",
                values=ORGANISATION_RATINGS,
                example="baik",
            ),
        ),
        ("agency_id", "year"),
    ),
    Table(
        "training",
        "an employee and a course",
        (
            _person(),
            _text("course", "Name of the course.", example="Pelayanan prima"),
            _text("field", "Field of the course.", values=FIELDS, example="public_service"),
            _text("mode", "Classical or non-classical.", values=MODES, example="classical"),
            _date("start_date", "First day.", event=True, example="2025-02-03"),
            _date(
                "end_date",
                "Last day; the hours count in its month.",
                event=True,
                example="2025-02-05",
            ),
            _count(
                "hours_jp",
                "Hours (JP); 0 for a participant who never came.",
                high=2000,
                example="24",
            ),
            Column("completed", Kind.BOOLEAN, "Whether it was completed.", example="true"),
            Column(
                "certificate",
                Kind.BOOLEAN,
                "Whether a certificate was issued.",
                optional=True,
                example="true",
            ),
            _text("provider", "Who gave it.", optional=True, example="BPSDM"),
        ),
        ("employee_id", "course", "start_date"),
        (_in_order("start_date", "end_date"),),
    ),
    Table(
        "survey_item",
        "an item of an instrument",
        (
            _text("instrument", "Name of the instrument.", example="oric_id"),
            _text("item", "Code of the item.", example="c1"),
            _text(
                "facet",
                "Facet it measures; facets that begin with learning_ also show on the training page.",
                example="change_commitment",
            ),
            _text("text", "The words of the item.", example="Kami mau berubah."),
            Column(
                "reverse", Kind.BOOLEAN, "Whether a high value is unfavourable.", example="false"
            ),
            _count("low", "Lowest answer.", example="1"),
            _count("high", "Highest answer.", example="5"),
        ),
        ("instrument", "item"),
        (
            Rule(
                ("low", "high"),
                "high > low",
                "high is not above low",
                "Give the scale's ends.",
                "item.scale",
            ),
        ),
    ),
    Table(
        "survey_response",
        "a respondent and an item",
        (
            _wave(),
            _text("respondent", "Anonymous token, never linked to an employee.", example="r-0001"),
            _agency(),
            _text("instrument", "Name of the instrument.", example="oric_id"),
            _text("item", "Code of the item.", example="c1"),
            _count("value", "The answer.", example="4"),
        ),
        ("wave", "respondent", "instrument", "item"),
    ),
    Table(
        "survey_invited",
        "an agency and a wave",
        (
            _wave(),
            _agency(),
            _count("invited", "People invited.", example="40"),
        ),
        ("wave", "agency_id"),
    ),
    Table(
        "adoption",
        "an agency and a month of the performance system",
        (
            _agency(),
            _month(),
            _count("expected_users", "People who should use it."),
            _count("active_users", "People who did."),
            _count("entries_due", "Entries due."),
            _count("entries_on_time", "Entries made in time."),
            _count("outage_days", "Days the system was down.", high=31, example="0"),
        ),
        ("agency_id", "month"),
        (
            _FIRST_OF_MONTH,
            _not_more("active_users", "expected_users"),
            _not_more("entries_on_time", "entries_due"),
        ),
    ),
    Table(
        "activity",
        "a dated activity or policy of an agency or a government",
        (
            _agency(optional=True),
            _text("region_code", "Government it was for.", optional=True, refers_to="region"),
            _date("date", "Day; may be planned.", example="2025-02-03"),
            _text("kind", "What it was.", values=ACTIVITIES, example="socialisation"),
            _text("label", "Short name.", example="Sosialisasi e-Kinerja"),
            _count("invited", "People invited.", optional=True),
            _count("attended", "People who came.", optional=True),
        ),
        ("agency_id", "region_code", "date", "kind", "label"),
        (_PLACE_OF_RECAP, _not_more("attended", "invited")),
    ),
    Table(
        "career_event",
        "an employee and an event",
        (
            _person(),
            _date("date", "Day.", event=True),
            _text("kind", "What happened.", values=CAREER_EVENTS, example="promotion"),
        ),
        ("employee_id", "date", "kind"),
    ),
    Table(
        "service_outcome",
        "an agency, a month and a service",
        (
            _agency(),
            _month(),
            _text("service", "Name of the service.", example="KTP-el"),
            _count("requests", "Requests handled."),
            Column(
                "median_days",
                Kind.DECIMAL,
                "Median waiting time in days.",
                optional=True,
                low=0,
                example="2.5",
            ),
            _count("on_time", "Requests handled in time.", optional=True),
            _count("accurate", "Requests without a correction.", optional=True),
            Column(
                "skm_score",
                Kind.DECIMAL,
                "Public satisfaction (SKM), 25 to 100.",
                optional=True,
                low=25,
                high=100,
            ),
            _count("skm_n", "Respondents of the SKM.", optional=True),
        ),
        ("agency_id", "month", "service"),
        (_FIRST_OF_MONTH, _not_more("on_time", "requests"), _not_more("accurate", "requests")),
    ),
    Table(
        "outcome_index",
        "a region, a year and an index",
        (
            _text("region_code", "Code of the region.", refers_to="region", example="15"),
            _count("year", "Year.", low=1990, high=2100, example="2025"),
            _text("index", "Name of the index.", example="ipm"),
            Column("value", Kind.DECIMAL, "Its value.", example="72.3"),
        ),
        ("region_code", "year", "index"),
    ),
    Table(
        "recap",
        "a ready-made figure of a metric for a place, a period and, where given, a group",
        (
            _text("metric", "Key of the metric.", example="training_coverage"),
            _agency(optional=True),
            _text(
                "region_code",
                "Government it is for.",
                optional=True,
                refers_to="region",
            ),
            _date(
                "period_start",
                "First day of the month, quarter or year.",
                event=True,
                example="2025-01-01",
            ),
            _date("period_end", "Last day of the month, quarter or year.", example="2025-12-31"),
            _text("sex", "F or M.", optional=True, values=SEXES),
            _text("grade_group", "Group of grades.", optional=True, values=GRADE_GROUPS),
            _text("age_band", "Age band.", optional=True, values=AGE_BANDS),
            _text("status", "Employment status.", optional=True, values=STATUSES),
            _text("position_type", "Kind of position.", optional=True, values=POSITION_TYPES),
            _text("facet", "Facet of a survey.", optional=True),
            _text("field", "Field of training.", optional=True, values=FIELDS),
            _text("rater", "Who rated.", optional=True, values=RATERS),
            Column("numerator", Kind.DECIMAL, "Numerator.", optional=True, low=0, example="30"),
            Column("denominator", Kind.DECIMAL, "Denominator.", optional=True, low=0, example="50"),
            Column(
                "mean",
                Kind.DECIMAL,
                "Mean or share in the metric's unit; shares from 0 to 1.",
                optional=True,
            ),
            _count("n", "People behind the mean; empty where unknown.", optional=True, example=""),
            Column("sd", Kind.DECIMAL, "Standard deviation.", optional=True, low=0),
        ),
        (
            "metric",
            "agency_id",
            "region_code",
            "period_start",
            "period_end",
            "sex",
            "grade_group",
            "age_band",
            "status",
            "position_type",
            "facet",
            "field",
            "rater",
        ),
        (
            _PLACE_OF_RECAP,
            _in_order("period_start", "period_end"),
            Rule(
                ("numerator", "denominator", "mean"),
                "(numerator IS NOT NULL AND denominator IS NOT NULL AND mean IS NULL)"
                " OR (numerator IS NULL AND denominator IS NULL AND mean IS NOT NULL)",
                "needs either numerator and denominator, or mean",
                "Fill numerator and denominator, or mean with n where it is known.",
                "recap.figures",
            ),
            Rule(
                ("period_start", "period_end"),
                "extract(day FROM period_start) = 1"
                " AND extract(day FROM period_end + INTERVAL 1 DAY) = 1"
                " AND (date_diff('month', period_start, period_end) = 0"
                " OR (date_diff('month', period_start, period_end) = 2"
                " AND extract(month FROM period_start) IN (1, 4, 7, 10))"
                " OR (date_diff('month', period_start, period_end) = 11"
                " AND extract(month FROM period_start) = 1))",
                "is not a calendar month, quarter or year",
                "Give the first and last day of a calendar month, quarter or year.",
                "recap.period",
            ),
        ),
    ),
)

BY_NAME = {table.name: table for table in TABLES}

ORIGIN_COLUMNS = ("batch_id", "line")
"""Kept with every row: which batch (file, hash, extraction and import time) and which line of it."""


def table(name: str) -> Table:
    """The contract's table of that name. Raises KeyError where there is none."""
    return BY_NAME[name]


def create_sql(of: Table) -> str:
    """The DDL of a record table: its columns, then where each row came from."""
    columns = ",\n  ".join(f'"{c.name}" {SQL_TYPE[c.kind]}' for c in of.columns)
    return f'CREATE TABLE "{of.name}" (\n  {columns},\n  batch_id INTEGER,\n  line BIGINT\n)'
