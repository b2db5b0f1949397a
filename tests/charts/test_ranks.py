"""Ranks with their ranges, the chosen place in its funnel, and better or worse than its peers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analytics.charts import against_peers, funnel, rank_ranges, weight_ranges
from analytics.charts.funnels import place_in_funnel
from analytics.metrics import METRICS
from analytics.metrics.readiness import READINESS_INDEX
from tests.charts.build import ENGLISH, INDONESIAN, answer, hidden, row
from tests.charts.test_evidence import agencies
from tests.charts.test_pictures import drawn


def ranks(picture) -> dict[str, tuple]:
    """Rank and range by place, of those that have one."""
    names = ("rank", "rank_low", "rank_high")
    ranged = zip(*(picture.more[name].cells for name in names), strict=True)
    found = zip(picture.table["place"], ranged, strict=True)
    return {place: one for place, one in found if one[0] is not None}


APART = [row("15", 0.9), row("17", 0.5), row("18", 0.1)]


def test_places_that_their_intervals_tell_apart_have_one_rank_each():
    picture = rank_ranges(answer(APART), setting=ENGLISH)
    assert ranks(picture) == {"15": (1, 1, 1), "17": (2, 2, 2), "18": (3, 3, 3)}
    assert picture.title == "Jambi: rank 1 of 3, clearly"
    assert "1 is the best value" in picture.subtitle


def test_where_less_is_better_the_lowest_is_first_and_where_neither_the_highest():
    less = rank_ranges(answer(APART, "no_training_share"), setting=ENGLISH)
    assert ranks(less)["18"] == (1, 1, 1)
    neither = rank_ranges(answer(APART, "top_rating_share"), setting=ENGLISH)
    assert ranks(neither)["15"] == (1, 1, 1)
    assert "1 is the highest value" in neither.subtitle


def test_the_chosen_place_is_told_with_the_ranks_it_may_have():
    rows = [row(f"18.{n:02}", 0.5, low=0.3, high=0.7, level="government") for n in range(30)]
    setting = replace(ENGLISH, chosen=("government", "18.07"))
    picture = rank_ranges(answer(rows), setting=setting)
    rank, low, high = ranks(picture)["18.07"]
    assert (low <= 2, high >= 29) == (True, True)
    assert picture.title == f"Place 18.07: rank {rank} of 30, could be {low} to {high}"
    figure = drawn(picture)
    assert "<b>Place 18.07</b>" in figure["layout"]["yaxis"]["ticktext"]
    assert len(figure["layout"]["yaxis"]["ticktext"]) <= 3
    assert [len(trace["x"]) for trace in figure["data"]] == [29, 1]
    said = rank_ranges(answer(rows), setting=replace(INDONESIAN, chosen=("government", "18.07")))
    assert "peringkat 1 dari 30, bisa" in said.title


def test_withheld_places_have_no_rank_and_two_places_are_not_ranked():
    picture = rank_ranges(answer([*APART, hidden("16")]), setting=ENGLISH)
    assert set(ranks(picture)) == {"15", "17", "18"}
    assert "1 figures withheld" in picture.note
    assert rank_ranges(answer(APART[:2]), setting=ENGLISH).title == "Too few places to rank"


def index_and_parts(*places: tuple[str, tuple[float, ...]]):
    """The readiness index and its four parts, each part from 0 to 100."""
    components = READINESS_INDEX.components
    weights = [weight for _, weight in components]
    whole = [
        row(place, sum(w * part for w, part in zip(weights, parts, strict=True)))
        for place, parts in places
    ]
    answers = []
    for number, (key, _) in enumerate(components):
        scale = 0.01 if str(METRICS[key].unit) == "share" else 1.0
        answers.append(answer([row(place, parts[number] * scale) for place, parts in places], key))
    return (answer(whole, "readiness_index"), *answers)


def test_a_place_that_is_best_in_every_part_is_first_under_all_weights():
    given = index_and_parts(
        ("15", (80, 90, 95, 85)), ("17", (60, 70, 40, 50)), ("18", (50, 75, 60, 40))
    )
    picture = weight_ranges(*given, setting=ENGLISH)
    assert picture.title == "Jambi comes first under 100% of weightings"
    assert ranks(picture)["15"] == (1, 1, 1)
    assert ranks(picture)["18"][1:] == (2, 3)
    said = weight_ranges(*given, setting=INDONESIAN)
    assert said.title == "Jambi pertama pada 100\u00a0% pembobotan"


def test_the_order_of_places_that_are_good_at_different_things_hangs_on_the_weights():
    given = index_and_parts(
        ("15", (90, 10, 10, 10)), ("17", (10, 90, 90, 90)), ("18", (5, 5, 5, 5))
    )
    picture = weight_ranges(*given, setting=ENGLISH)
    assert ranks(picture)["15"] == (1, 1, 2)
    assert ranks(picture)["17"] == (1, 1, 2)
    # both have half of the weight: each is first about half of the time
    share = int(picture.title.split("under ")[1].split("%")[0])
    assert 45 <= share <= 55


def test_a_place_without_a_part_has_no_rank_on_the_index():
    whole, first, *others = index_and_parts(
        ("15", (80, 90, 95, 85)), ("17", (60, 70, 40, 50)), ("18", (50, 75, 60, 40)),
        ("19", (50, 75, 60, 40)),
    )  # fmt: skip
    rows = first.rows.assign(withheld=first.rows["place"] == "19")
    picture = weight_ranges(whole, replace(first, rows=rows), *others, setting=ENGLISH)
    assert set(ranks(picture)) == {"15", "17", "18"}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.50, "Place 15.09-A within the 95% limits of 10 places"),
        # 0.5 ± 1.96 and ± 3.09 × sqrt(0.25 / 1000): 0.469 to 0.531 and 0.451 to 0.549
        (0.54, "Place 15.09-A above the 95% limits of 10 places, within those of 99.8%"),
        (0.46, "Place 15.09-A below the 95% limits of 10 places, within those of 99.8%"),
        (0.60, "Place 15.09-A above the 99.8% limits of 10 places"),
        (0.40, "Place 15.09-A below the 99.8% limits of 10 places"),
    ],
)
def test_the_chosen_place_of_a_funnel_is_told_and_marked(value, said):
    setting = replace(ENGLISH, chosen=("agency", "15.09-A"))
    picture = funnel(answer(agencies(*[0.5] * 9, value)), setting=setting)
    assert picture.title == said
    (marks,) = [trace for trace in drawn(picture)["data"] if trace["mode"] == "markers+text"]
    assert marks["text"][-1] == "<b>Place 15.09-A</b>"
    assert marks["marker"]["line"]["width"] == [0] * 9 + [2]


def test_better_than_its_peers_looks_at_which_direction_is_the_wished_one():
    def beside(value: float, metric: str):
        peers = [row(f"17.{n}", 0.5, level="government") for n in range(5)]
        return answer([*peers, row("15.01", value, level="government")], metric)

    setting = replace(ENGLISH, chosen=("government", "15.01"))
    answers = [
        beside(0.9, "training_coverage"),  # more is better
        beside(0.1, "no_training_share"),  # less is better
        beside(0.9, "top_rating_share"),  # neither
        beside(0.2, "adoption_active"),
        beside(0.5, "on_time_share"),
    ]
    picture = against_peers(*answers, setting=setting)
    said = "15.01: better than the middle of its peers in 2 of 4, worse in 1"
    assert picture.title == said


@pytest.mark.parametrize(("far", "said"), [(1, "no clear difference"), (2, "in 2 of 12, worse")])
def test_of_many_figures_one_that_is_just_beyond_chance_is_not_counted(far, said):
    """One in twelve is 2.1 standard errors from its peers by chance in every third place."""
    ages = [("<30", "30-39", "40-49", "50+")[n % 4] for n in range(12)]
    sexes = [("F", "M", "")[n // 4] for n in range(12)]

    def of(place: str, value: float, n: int):
        return row(place, value, level="government", age_band=ages[n], sex=sexes[n])

    steps = 2.1 if far == 1 else 3.5  # an interval of a point either side is 1.96 of them
    rows = [of("15.01", 0.5 + (0.01 / 1.96 * steps if n < far else 0), n) for n in range(12)] + [
        of(f"17.{other}", 0.5, n) for other in range(3) for n in range(12)
    ]
    setting = replace(ENGLISH, chosen=("government", "15.01"))
    title = against_peers(answer(rows, by=("age_band", "sex")), setting=setting).title
    assert said in title


def test_the_title_against_peers_names_what_lies_beyond_the_widest_limits():
    setting = replace(ENGLISH, chosen=("agency", "15.09-A"))
    asked = [
        answer(agencies(*[0.5] * 9, value), metric)
        for metric, value in (("training_coverage", 0.5), ("top_rating_share", 0.6))
    ]
    title = against_peers(*asked, setting=setting).title
    assert title.endswith("; far out in: Sangat Baik share")
    assert place_in_funnel(asked[1], ("agency", "15.09-A"))[0] == 0.998
    assert place_in_funnel(asked[1], ("agency", "elsewhere")) == (0.0, 0.0)
