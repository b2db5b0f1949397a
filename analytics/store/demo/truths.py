"""What is planted in the demo data: every known effect, where it is, its true size and its measure."""

from __future__ import annotations

from dataclasses import dataclass

LAMPUNG, BENGKULU = "18", "17"
LAMPUNG_SELATAN = "18.01"
LENIENT_AGENCY = "15.71-RSUD"
AGENCIES_BEYOND_LIMIT = ("17.02-DINKES", "18.06-DINKES")
QUEUE_AGENCIES = ("15.71-DUKCAPIL", "17.71-DUKCAPIL", "18.01-DUKCAPIL", "18.71-DUKCAPIL")

TRAINING_EFFECT = 0.03
FORUM_EFFECT = 0.06
SOCIALISATION_EFFECT = 0.0
LENIENCY = 0.25
BEYOND_LIMIT = 0.2
QUEUE_EFFECT = -2.0

FUNCTIONAL_COVERAGE = 0.63
STRUCTURAL_COVERAGE = 0.6
EXECUTOR_COVERAGE = 0.28
EXECUTOR_SURPLUS = 0.2
"""How many more of Bengkulu's staff than of Lampung's are executors instead of functional staff."""
RATE_GAP = 0.07
COMPOSITION_GAP = round(EXECUTOR_SURPLUS * (FUNCTIONAL_COVERAGE - EXECUTOR_COVERAGE), 4)


@dataclass(frozen=True)
class Truth:
    """A planted effect. `size` is in `unit`; shares are differences of shares from 0 to 1."""

    name: str
    where: str
    size: float
    unit: str
    measured: str


TRUTHS: tuple[Truth, ...] = (
    Truth(
        "training_effect",
        "everyone, by employee",
        TRAINING_EFFECT,
        "share",
        "Chance of Sangat Baik from the supervisor in every evaluation whose period begins after the"
        " day on which the person first completed 20 JP in a calendar year, against the same person"
        " otherwise; the same size for all and lasting.",
    ),
    Truth(
        "forum_effect",
        "agencies with an activity of kind forum",
        FORUM_EFFECT,
        "share",
        "Active users of those expected, from the month after the agency's one forum on. Agencies and"
        " dates are drawn at random inside every government except Lampung Selatan.",
    ),
    Truth(
        "socialisation_effect",
        "agencies with an activity of kind socialisation",
        SOCIALISATION_EFFECT,
        "share",
        "Active users of those expected, after a socialisation: nothing is planted.",
    ),
    Truth(
        "lenient_agency",
        LENIENT_AGENCY,
        LENIENCY,
        "share",
        "Chance of Sangat Baik in every evaluation by a supervisor, above the same people elsewhere.",
    ),
    *(
        Truth(
            "beyond_distribution_limit",
            agency,
            BEYOND_LIMIT,
            "share",
            "Chance of Sangat Baik above the same people elsewhere, in an organisation rated"
            " butuh_perbaikan every year (limit 10 %); every other one so rated keeps to the limit.",
        )
        for agency in AGENCIES_BEYOND_LIMIT
    ),
    Truth(
        "training_gap",
        "Lampung minus Bengkulu",
        round(RATE_GAP + COMPOSITION_GAP, 4),
        "share",
        "PNS with 20 JP by December, on the whole territory of each province, in every year.",
    ),
    Truth(
        "training_gap_composition",
        "Lampung minus Bengkulu",
        COMPOSITION_GAP,
        "share",
        "The part of training_gap that comes from who is employed: Bengkulu has executors where"
        " Lampung has functional staff (Kitagawa, by position type).",
    ),
    Truth(
        "training_gap_rate",
        "Lampung minus Bengkulu",
        RATE_GAP,
        "share",
        "The part of training_gap that remains within each position type.",
    ),
    *(
        Truth(
            "online_queue_effect",
            agency,
            QUEUE_EFFECT,
            "days",
            "Median waiting time of every service, from the month of the agency's policy_start"
            " (Antrean daring) on: a step, no change of slope.",
        )
        for agency in QUEUE_AGENCIES
    ),
)


def table() -> str:
    """The planted truths as a Markdown table, as data/README.md shows it."""
    lines = ["| name | where | true size | unit | how it is measured |", "|---|---|---|---|---|"]
    lines += [f"| {t.name} | {t.where} | {t.size:g} | {t.unit} | {t.measured} |" for t in TRUTHS]
    return "\n".join(lines)
