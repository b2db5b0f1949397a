"""Reliability: the tables of Shrout and Fleiss and of Cohen, printed alphas, slow plain versions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analytics.stats.reliability import (
    cronbach_alpha,
    group_reliability,
    groups_agreement,
    item_rest,
    mcdonald_omega,
    one_factor,
    rater_reliability,
    weighted_kappa,
    within_group_agreement,
)

# Shrout and Fleiss 1979, Psychological Bulletin 86:420–428, table 2: four judges, six targets.
JUDGES = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
)

# Chatterjee and Price 1977, Regression Analysis by Example (R's data set "attitude"): thirty
# departments, favourable answers in per cent to seven items.
ATTITUDE = np.array(
    [
        [43, 51, 30, 39, 61, 92, 45], [63, 64, 51, 54, 63, 73, 47], [71, 70, 68, 69, 76, 86, 48],
        [61, 63, 45, 47, 54, 84, 35], [81, 78, 56, 66, 71, 83, 47], [43, 55, 49, 44, 54, 49, 34],
        [58, 67, 42, 56, 66, 68, 35], [71, 75, 50, 55, 70, 66, 41], [72, 82, 72, 67, 71, 83, 31],
        [67, 61, 45, 47, 62, 80, 41], [64, 53, 53, 58, 58, 67, 34], [67, 60, 47, 39, 59, 74, 41],
        [69, 62, 57, 42, 55, 63, 25], [68, 83, 83, 45, 59, 77, 35], [77, 77, 54, 72, 79, 77, 46],
        [81, 90, 50, 72, 60, 54, 36], [74, 85, 64, 69, 79, 79, 63], [65, 60, 65, 75, 55, 80, 60],
        [65, 70, 46, 57, 75, 85, 46], [50, 58, 68, 54, 64, 78, 52], [50, 40, 33, 34, 43, 64, 33],
        [64, 61, 52, 62, 66, 80, 41], [53, 66, 52, 50, 63, 80, 37], [40, 37, 42, 58, 50, 57, 49],
        [63, 54, 42, 48, 66, 75, 33], [66, 77, 66, 63, 88, 76, 72], [78, 75, 58, 74, 80, 78, 49],
        [48, 57, 44, 45, 51, 83, 38], [85, 85, 71, 71, 77, 74, 55], [82, 82, 39, 59, 64, 78, 39],
    ]
)  # fmt: skip


def test_the_six_correlations_are_those_of_shrout_and_fleiss_with_their_intervals():
    # Values: Shrout and Fleiss 1979, table 4; intervals: R package psych, ICC(sf).
    found = rater_reliability(JUDGES)
    wanted = {
        "one_way": (0.17, -0.133, 0.723),
        "random": (0.29, 0.019, 0.761),
        "fixed": (0.71, 0.342, 0.946),
        "one_way_mean": (0.44, -0.884, 0.912),
        "random_mean": (0.62, 0.071, 0.927),
        "fixed_mean": (0.91, 0.676, 0.986),
    }
    for name, (value, low, high) in wanted.items():
        coefficient = getattr(found, name)
        assert coefficient.value == pytest.approx(value, abs=0.005), name
        assert (coefficient.low, coefficient.high) == pytest.approx((low, high), abs=6e-4), name


def test_groups_of_equal_size_have_the_one_way_correlations_of_shrout_and_fleiss():
    found = group_reliability(JUDGES.ravel(), np.repeat(list("abcdef"), 4))
    raters = rater_reliability(JUDGES)
    assert found.single.value == pytest.approx(0.17, abs=0.005)
    assert found.mean.value == pytest.approx(0.44, abs=0.005)
    assert (found.single.low, found.single.high) == pytest.approx(
        (raters.one_way.low, raters.one_way.high)
    )
    assert found.size == 4


def test_alpha_and_the_correlation_of_items_with_the_rest_are_those_printed_for_attitude():
    # R package psych, alpha(attitude): raw_alpha 0.84, and r.drop of the items.
    found = cronbach_alpha(ATTITUDE)
    assert found.value == pytest.approx(0.84, abs=0.005)
    assert item_rest(ATTITUDE) == pytest.approx(
        [0.67, 0.74, 0.56, 0.71, 0.79, 0.27, 0.46], abs=0.005
    )
    # The same from the mean square of respondents over that of the rest (Hoyt 1941).
    fixed = rater_reliability(ATTITUDE).fixed_mean
    assert (found.value, found.low, found.high) == pytest.approx(
        (fixed.value, fixed.low, fixed.high)
    )


def test_kappas_are_those_of_cohen():
    # Cohen 1968, Psychological Bulletin 70:213–220: two psychiatrists, 200 patients, three
    # diagnoses: kappa 0.492, and 0.348 by the disagreement weights he gives.
    counts = 200 * np.array([[0.44, 0.07, 0.09], [0.05, 0.20, 0.05], [0.01, 0.03, 0.06]])
    weighted = weighted_kappa(counts, np.array([[0, 1, 3], [1, 0, 6], [3, 6, 0]]))
    assert weighted.value == pytest.approx(0.348, abs=5e-4)
    assert weighted_kappa(counts, 1 - np.eye(3)).value == pytest.approx(0.492, abs=5e-4)
    assert weighted.n == 200


TABLES = st.lists(st.integers(0, 30), min_size=16, max_size=16).filter(
    lambda cells: sum(cells) >= 5 and sum(any(cells[at : at + 4]) for at in (0, 4, 8, 12)) > 1
)


@given(TABLES)
def test_weighted_kappa_equals_a_count_over_all_pairs(cells):
    counts = np.array(cells).reshape(4, 4)
    n, rows, columns = counts.sum(), counts.sum(axis=1), counts.sum(axis=0)
    seen = sum(counts[a, b] * (a - b) ** 2 for a in range(4) for b in range(4)) / n
    chance = sum(rows[a] * columns[b] * (a - b) ** 2 for a in range(4) for b in range(4)) / n**2
    assert weighted_kappa(counts).value == pytest.approx(1 - seen / chance)


SCORES = st.lists(st.tuples(st.integers(0, 5), st.integers(1, 30)), min_size=4, max_size=60)


@given(SCORES)
def test_reliability_of_groups_equals_a_slow_analysis_of_variance(people):
    groups: dict[int, list[int]] = {}
    for group, score in people:
        groups.setdefault(group, []).append(score)
    several = [scores for scores in groups.values() if len(scores) >= 2]
    found = group_reliability(
        np.array([score for _, score in people]), np.array([group for group, _ in people])
    )
    if len(several) < 2:
        assert found.single.reason == "Fewer than two groups with two people or more."
        return
    everyone = [score for scores in several for score in scores]
    n, count, whole = len(everyone), len(several), np.mean(everyone)
    between = sum(len(s) * (np.mean(s) - whole) ** 2 for s in several) / (count - 1)
    within = sum((v - np.mean(s)) ** 2 for s in several for v in s) / (n - count)
    size = (n - sum(len(s) ** 2 for s in several) / n) / (count - 1)
    if between <= 1e-12 or within <= 1e-12:
        return
    assert found.size == pytest.approx(size)
    assert found.single.value == pytest.approx((between - within) / (between + (size - 1) * within))
    assert found.mean.value == pytest.approx((between - within) / between)


def slow_one_factor(correlation: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Loadings and unique variances by the EM steps of Rubin and Thayer 1982, until they rest."""
    loading, unique = np.full(len(correlation), 0.7), np.full(len(correlation), 0.5)
    for _ in range(20_000):
        scaled = loading / unique
        pull = scaled / (1 + loading @ scaled)
        kept = 1 - pull @ loading + pull @ correlation @ pull
        found = correlation @ pull / kept
        unique = np.diag(correlation) - found * (correlation @ pull)
        if np.abs(found - loading).max() < 1e-12:
            break
        loading = found
    return loading, unique


def test_the_common_factor_equals_one_found_step_by_step():
    correlation = np.corrcoef(ATTITUDE, rowvar=False)
    loading, unique = one_factor(correlation)
    slow_loading, slow_unique = slow_one_factor(correlation)
    assert loading == pytest.approx(slow_loading, abs=1e-4)
    assert unique == pytest.approx(slow_unique, abs=1e-4)
    deviation = ATTITUDE.std(axis=0, ddof=1)
    common = (slow_loading * deviation).sum() ** 2
    wanted = common / (common + (slow_unique * deviation**2).sum())
    assert mcdonald_omega(ATTITUDE).value == pytest.approx(wanted, abs=1e-4)


def answers(rng: np.random.Generator, n: int, loading: np.ndarray) -> np.ndarray:
    """Answers to items with one common factor and unique variances of one less its square."""
    common = rng.normal(size=(n, 1)) * loading
    return common + rng.normal(size=(n, len(loading))) * np.sqrt(1 - loading**2)


def test_omega_does_not_depend_on_the_order_of_respondents():
    rng = np.random.default_rng(3)
    items = answers(rng, 300, np.array([0.6, 0.7, 0.5, 0.8]))
    whole = mcdonald_omega(items)
    for _ in range(20):
        again = mcdonald_omega(rng.permutation(items))
        assert again.value == pytest.approx(whole.value, abs=1e-12)
        assert again.low == pytest.approx(whole.low, abs=1e-12)


def test_intervals_of_alpha_and_omega_hold_the_truth_at_their_rate():
    rng, equal, unlike = np.random.default_rng(8), np.full(6, 0.7), np.linspace(0.4, 0.85, 6)
    alpha_truth = 6 / 5 * (1 - 6 / (6 + 30 * 0.49))
    common = unlike.sum() ** 2
    omega_truth = common / (common + (1 - unlike**2).sum())
    alpha = [cronbach_alpha(answers(rng, 60, equal)) for _ in range(600)]
    omega = [mcdonald_omega(answers(rng, 250, unlike)) for _ in range(300)]
    assert np.mean([(a.low or 9) <= alpha_truth <= (a.high or 0) for a in alpha]) == pytest.approx(
        0.95, abs=0.03
    )
    assert np.mean([(o.low or 9) <= omega_truth <= (o.high or 0) for o in omega]) == pytest.approx(
        0.95, abs=0.03
    )


def test_the_interval_of_a_correlation_of_groups_holds_the_truth_at_its_rate():
    rng, held = np.random.default_rng(9), 0
    groups = np.repeat(np.arange(25), 12)
    for _ in range(800):
        scores = rng.normal(0, np.sqrt(0.15), 25)[groups] + rng.normal(0, np.sqrt(0.85), 300)
        found = group_reliability(scores, groups).single
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 0.15 <= found.high
    assert held / 800 == pytest.approx(0.95, abs=0.02)


def test_agreement_within_a_group_by_hand():
    # Five steps: even answers have a variance of 2. Two items, variances 0.5 and 1 from five
    # people: mean 0.75, rest 0.375; 2 × 0.625 / (2 × 0.625 + 0.375).
    items = np.array([[3, 2], [3, 3], [4, 4], [4, 4], [4.5, 4.5]])
    rest = np.mean([items[:, at].var(ddof=1) for at in (0, 1)]) / 2
    found = within_group_agreement(items, options=5)
    assert found.value == pytest.approx(2 * (1 - rest) / (2 * (1 - rest) + rest))
    assert within_group_agreement(np.full((4, 3), 2), options=5).value == 1.0
    assert within_group_agreement(np.array([[1, 1], [5, 5]]), options=5).value == 0.0
    alone = within_group_agreement(np.array([[1, 5]]), options=5)
    assert (alone.value, alone.reason) == (None, "Fewer than two people answered.")


def test_respondents_who_left_out_an_item_are_left_out():
    gaps = np.vstack([ATTITUDE, np.where(np.arange(7) == 3, np.nan, 50.0)])
    assert cronbach_alpha(gaps) == cronbach_alpha(ATTITUDE)
    assert item_rest(gaps).tolist() == item_rest(ATTITUDE).tolist()


@pytest.mark.parametrize(
    ("items", "reason"),
    [
        (ATTITUDE[:9], "Fewer than 10 respondents answered every item."),
        (ATTITUDE[:, :2], "Fewer than 3 items."),
        (
            np.column_stack([ATTITUDE[:, :4], np.ones(30)]),
            "An item has the same answer from everybody.",
        ),
    ],
)
def test_what_omega_cannot_tell_it_says(items, reason):
    found = mcdonald_omega(items)
    assert (found.value, found.low, found.high) == (None, None, None)
    assert found.reason == reason


def test_what_alpha_and_raters_and_groups_cannot_tell_they_say():
    turned = np.column_stack([ATTITUDE[:, 0], -ATTITUDE[:, 0]])
    assert cronbach_alpha(turned).reason == "All respondents have the same score."
    full = rater_reliability(np.array([[1, 1], [2, 2], [3, 3]])).fixed
    assert (full.value, full.reason) == (
        None, "Raters agree fully, or people do not differ: nothing is left to measure."
    )  # fmt: skip
    alone = rater_reliability(np.array([[1, 2], [np.nan, 3]])).one_way
    assert alone.reason == "No two people have two raters or more."
    same = group_reliability(np.array([1, 1, 2, 2]), np.array(["a", "a", "b", "b"]))
    assert same.single.reason == "No group differs from another, or nobody within a group does."
    kappa = weighted_kappa(np.array([[7, 0], [0, 0]]))
    assert kappa.reason == ("Both raters gave everybody the same step: agreement cannot be told.")


def test_an_item_that_never_varies_has_no_correlation_with_the_rest():
    found = item_rest(np.column_stack([ATTITUDE, np.ones(30)]))
    assert np.isnan(found[-1])
    assert stats.pearsonr(ATTITUDE[:, 0], ATTITUDE[:, 1:].sum(axis=1))[0] == pytest.approx(found[0])


def test_the_agreement_of_many_groups_is_that_of_each():
    rng = np.random.default_rng(3)
    items, groups = rng.integers(1, 6, (60, 3)).astype(float), rng.integers(0, 12, 60)
    groups[0] = 99  # alone
    found = groups_agreement(items, groups, 5)
    assert 99 not in found
    for group, value in found.items():
        assert value == pytest.approx(within_group_agreement(items[groups == group], 5).value)
