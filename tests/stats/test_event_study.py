"""Event studies: two printed examples of minimum wages, leaving one out, how often intervals hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics.stats.event_study import NEVER, doubly_robust, event_study
from analytics.stats.verdict import Verdict


def of(mean: float, error: float, n: int) -> np.ndarray:
    """`n` values with this mean and this standard error of it (with n below the line)."""
    values = np.linspace(-1, 1, n)
    return mean + values / values.std() * error * np.sqrt(n)


def test_card_and_kruegers_difference_in_differences():
    # Card and Krueger 1994, American Economic Review 84:772–793, table 3, row 4 (stores with data of
    # both waves): employment changed by 0.47 (0.48) in New Jersey and by -2.28 (1.25) in
    # Pennsylvania, a difference of 2.75 (1.34).
    change = np.concatenate([of(0.47, 0.48, 290), of(-2.28, 1.25, 75)])
    values = np.column_stack([np.full(365, 20.0), 20.0 + change])
    start = np.concatenate([np.ones(290), np.full(75, NEVER)])
    found = event_study(values, start, matters=0.5)
    assert found.overall is not None
    assert found.overall.value == pytest.approx(2.75)
    assert found.overall.error == pytest.approx(1.34, abs=0.005)
    assert (found.treated, found.untreated) == (290, 75)
    assert found.verdict is Verdict.ROSE
    assert (found.pretrend, found.placebo) == (None, None)
    assert found.reason == (
        "Too little was seen before the start to tell whether units moved alike."
    )


# Teen employment in 500 counties of the United States, 2003 to 2007, and the year of the first rise
# of a state's minimum wage: the data of Callaway and Sant'Anna 2021 as shortened for the R package
# did (mpdta), to three decimals.
COUNTIES = pd.read_csv(Path(__file__).with_name("minimum_wage.csv"))
EMPLOYMENT = COUNTIES.filter(like="log_employment").to_numpy()
RISE = COUNTIES["first_treated"].fillna(np.inf).to_numpy() - 2003
# The effects as printed in the vignette "Getting started with the did package", years 2004 to 2007.
PRINTED = {
    2004: [-0.0105, -0.0704, -0.1373, -0.1008],
    2006: [0.0065, -0.0028, -0.0046, -0.0412],
    2007: [0.0305, -0.0027, -0.0311, -0.0261],
}
PRINTED_ADJUSTED = {
    2004: [-0.0145, -0.0764, -0.1404, -0.1069],
    2006: [-0.0005, -0.0062, 0.0010, -0.0413],
    2007: [0.0267, -0.0046, -0.0284, -0.0288],
}


@pytest.mark.parametrize(
    ("covariates", "printed", "pretrend"),
    [
        (None, PRINTED, 0.168),
        (COUNTIES[["log_population"]].to_numpy(), PRINTED_ADJUSTED, 0.233),
    ],
)
def test_the_minimum_wage_example_has_the_printed_effects(covariates, printed, pretrend):
    found = event_study(EMPLOYMENT, RISE, 0.01, covariates=covariates, never_only=True)
    assert found.cells is not None
    for year, effects in printed.items():
        assert found.cells.value[found.cells.group == year - 2003] == pytest.approx(
            effects, abs=2.5e-4
        )
    # The package's test is of chi-squared, ours allows for the number of counties.
    assert found.pretrend == pytest.approx(pretrend, abs=0.021)
    assert (found.treated, found.untreated) == (191, 309)


def test_the_minimum_wage_example_comes_to_the_printed_averages():
    # The vignette, by length of exposure, and by group: -0.0310; errors as its counterpart in Stata,
    # csdid, prints them for the same data.
    found = event_study(EMPLOYMENT, RISE, 0.01, never_only=True)
    assert found.events is not None
    assert found.overall is not None
    assert found.events.since.tolist() == [-3, -2, -1, 0, 1, 2, 3]
    assert found.events.value == pytest.approx(
        [0.0305, -0.0006, -0.0245, -0.0199, -0.0510, -0.1373, -0.1008], abs=2.5e-4
    )
    assert found.events.error == pytest.approx(
        [0.0150, 0.0133, 0.0142, 0.0118, 0.0169, 0.0364, 0.0344], abs=2e-4
    )
    assert found.overall.value == pytest.approx(-0.0310, abs=2e-4)
    assert found.overall.error == pytest.approx(0.0124, abs=5e-4)
    assert found.verdict is Verdict.FELL


def staggered(rng, units=90, times=7, effect=0.0, drift=0.0, rest=1.0):
    """Units of three starts and none, an effect that grows by itself a time, and a drift before."""
    start = np.repeat([2.0, 4.0, 5.0, NEVER], [units // 6, units // 6, units // 6, units // 2])
    time = np.arange(times)
    since = np.clip(time[None, :] - start[:, None] + 1, 0, None)
    level = (
        rng.normal(size=(len(start), 1)) + 0.3 * time + drift * time * np.isfinite(start)[:, None]
    )
    return level + effect * since + rng.normal(0, rest, (len(start), times)), start


def plain(values: np.ndarray, start: np.ndarray) -> dict[tuple[float, int], float]:
    """Effects of groups by time, as differences of mean changes, units not yet reached beside."""
    found = {}
    for group in sorted({s for s in start if np.isfinite(s)}):
        for time in range(1, values.shape[1]):
            base = int(min(time, group) - 1)
            own = [v[time] - v[base] for v, s in zip(values, start, strict=True) if s == group]
            other = [
                v[time] - v[base]
                for v, s in zip(values, start, strict=True)
                if s > max(time, base) and s != group
            ]
            found[group, time] = np.mean(own) - np.mean(other)
    return found


def plain_overall(values: np.ndarray, start: np.ndarray) -> float:
    """The mean over treated units of the mean effect since the start of their group."""
    cells = plain(values, start)
    effects = [
        np.mean([effect for (group, time), effect in cells.items() if group == own and time >= own])
        for own in start
        if np.isfinite(own)
    ]
    return float(np.mean(effects))


def plain_since(values: np.ndarray, start: np.ndarray, since: int) -> float:
    """The mean effect at a time since the start, over treated units that are seen then."""
    cells = plain(values, start)
    seen = [
        cells[own, int(own) + since]
        for own in start
        if (own, int(own + since) if np.isfinite(own) else 0) in cells
    ]
    return float(np.mean(seen))


def test_effects_equal_differences_of_mean_changes():
    values, start = staggered(np.random.default_rng(1), effect=0.5)
    found = event_study(values, start, matters=0.1)
    wanted = plain(values, start)
    assert found.cells is not None
    cells = dict(
        zip(zip(found.cells.group, found.cells.time, strict=True), found.cells.value, strict=True)
    )
    assert cells == pytest.approx(wanted)
    assert found.overall is not None
    assert found.overall.value == pytest.approx(plain_overall(values, start))
    assert found.events is not None
    for since, value in zip(found.events.since, found.events.value, strict=True):
        assert value == pytest.approx(plain_since(values, start, int(since))), since


def left_out(values: np.ndarray, start: np.ndarray, figure) -> float:
    """The standard error of a figure by leaving out each unit in turn (the jackknife)."""
    every = [
        figure(np.delete(values, at, axis=0), np.delete(start, at)) for at in range(len(start))
    ]
    n = len(every)
    return float(np.sqrt((n - 1) / n * ((np.array(every) - np.mean(every)) ** 2).sum()))


def test_errors_are_those_of_leaving_each_unit_out():
    values, start = staggered(np.random.default_rng(2), effect=0.5)
    found = event_study(values, start, matters=0.1)
    assert found.overall is not None
    assert found.events is not None
    assert found.overall.error == pytest.approx(left_out(values, start, plain_overall), rel=0.06)
    at = int(np.flatnonzero(found.events.since == 1)[0])
    wanted = left_out(values, start, lambda v, s: plain_since(v, s, 1))
    assert found.events.error[at] == pytest.approx(wanted, rel=0.06)


def adjusted_plain(change: np.ndarray, treated: np.ndarray, design: np.ndarray) -> float:
    """The doubly robust effect with statsmodels' regressions."""
    from statsmodels.discrete.discrete_model import Logit
    from statsmodels.regression.linear_model import OLS

    likelihood = np.asarray(Logit(treated.astype(float), design).fit(disp=0).predict(design))
    slopes = OLS(change[~treated], design[~treated]).fit().params
    rest = change - design @ slopes
    odds = likelihood / (1 - likelihood)
    return float(rest[treated].mean() - (odds * rest)[~treated].sum() / odds[~treated].sum())


def test_the_adjusted_effect_and_its_error_equal_slow_ones():
    rng = np.random.default_rng(3)
    covariate = rng.normal(size=(120, 2))
    treated = rng.random(120) < 1 / (1 + np.exp(-covariate[:, 0]))
    change = covariate @ [0.5, -0.3] + 0.8 * treated + rng.normal(size=120)
    design = np.column_stack([np.ones(120), covariate])
    found = doubly_robust(change, treated, design)
    assert found is not None
    assert found[0] == pytest.approx(adjusted_plain(change, treated, design))
    every = [
        adjusted_plain(*(np.delete(part, at, axis=0) for part in (change, treated, design)))
        for at in range(120)
    ]
    jackknife = np.sqrt(119 / 120 * ((np.array(every) - np.mean(every)) ** 2).sum())
    assert np.sqrt((found[1] ** 2).sum()) / 120 == pytest.approx(jackknife, rel=0.1)


def test_units_that_differ_and_grow_apart_are_compared_with_their_like():
    rng = np.random.default_rng(4)
    covariate = rng.normal(size=400)
    start = np.where(rng.random(400) < 1 / (1 + np.exp(-1.2 * covariate)), 3.0, NEVER)
    values = np.cumsum(0.5 * covariate[:, None] + rng.normal(0, 0.3, (400, 6)), axis=1)
    values[:, 3:] += 1.0 * np.isfinite(start)[:, None]
    crude = event_study(values, start, matters=0.2)
    adjusted = event_study(values, start, matters=0.2, covariates=covariate[:, None])
    assert crude.overall is not None
    assert adjusted.overall is not None
    assert crude.overall.value > 1.4
    assert crude.verdict is Verdict.UNKNOWN  # units moved apart before
    assert adjusted.overall.low <= 1.0 <= adjusted.overall.high
    assert adjusted.verdict is Verdict.ROSE


def test_intervals_hold_a_growing_effect_at_their_rate_and_placebos_nothing():
    rng, held, nothing, pretrends = np.random.default_rng(5), [], [], []
    # Since a start at 2, 4 and 5 of 7 times an effect of 0.5 a time comes to 1.5, 1.0 and 0.75.
    truth = np.mean([1.5, 1.0, 0.75])
    for _ in range(250):
        found = event_study(*staggered(rng, effect=0.5), matters=0.1)
        assert found.overall is not None
        assert found.placebo is not None
        held.append(found.overall.low <= truth <= found.overall.high)
        nothing.append(found.placebo.low <= 0 <= found.placebo.high)
        pretrends.append(found.pretrend)
    assert np.mean(held) == pytest.approx(0.95, abs=0.03)
    assert np.mean(nothing) == pytest.approx(0.95, abs=0.03)
    assert np.mean(np.array(pretrends) < 0.05) == pytest.approx(0.05, abs=0.03)


def test_where_nothing_was_planted_a_change_is_rarely_claimed():
    rng = np.random.default_rng(6)
    words = [event_study(*staggered(rng), matters=0.2).verdict for _ in range(200)]
    assert np.mean([word in (Verdict.ROSE, Verdict.FELL) for word in words]) <= 0.05 + 0.02


@pytest.mark.filterwarnings("error")
def test_units_that_never_vary_have_a_band_of_no_width():
    # Ten units rise by 1 at once and ten never do: no value is off, at any time.
    values = np.zeros((20, 4))
    values[:10, 2:] = 1.0
    found = event_study(values, np.repeat([2.0, NEVER], 10), matters=0.5)
    events = found.events
    assert events is not None
    assert events.value.tolist() == events.band_low.tolist() == events.band_high.tolist()
    assert events.value[events.since >= 0].tolist() == [1.0, 1.0]


def test_the_band_holds_all_times_together():
    rng, held = np.random.default_rng(7), []
    for _ in range(200):
        events = event_study(*staggered(rng, units=180), matters=0.2).events
        assert events is not None
        assert (events.band_high >= events.high).all()
        held.append(((events.band_low <= 0) & (events.band_high >= 0)).all())
    assert np.mean(held) == pytest.approx(0.95, abs=0.04)


def test_units_that_moved_apart_before_the_start_are_no_evidence():
    found = event_study(*staggered(np.random.default_rng(8), drift=0.8), matters=0.2)
    assert found.verdict is Verdict.UNKNOWN
    assert found.pretrend is not None
    assert found.pretrend < 0.05
    assert found.reason == (
        "Units moved apart before the start: a change cannot be put down to it."
    )
    assert found.overall is not None  # shown, with the sentence beside it


def test_units_of_a_cluster_count_as_one():
    rng = np.random.default_rng(9)
    values, start = staggered(rng, units=60)
    doubled = event_study(
        np.vstack([values, values]),
        np.tile(start, 2),
        matters=0.2,
        clusters=np.tile(np.arange(len(start)), 2),
    )
    alone = event_study(values, start, matters=0.2)
    assert doubled.overall is not None
    assert alone.overall is not None
    assert doubled.overall.error == pytest.approx(alone.overall.error)
    assert (doubled.treated, doubled.untreated) == (alone.treated, alone.untreated)


def test_where_all_are_reached_in_the_end_the_last_stand_beside_until_then():
    values, start = staggered(np.random.default_rng(10), effect=1.0)
    reached = np.isfinite(start)
    found = event_study(values[reached], start[reached], matters=0.2)
    assert found.cells is not None
    assert found.cells.time.max() == 4  # from the last start on nobody is left to compare with
    assert found.untreated == 15


def test_never_reached_units_alone_stand_beside_when_asked_for():
    values, start = staggered(np.random.default_rng(11))
    both = event_study(values, start, matters=0.2)
    never = event_study(values, start, matters=0.2, never_only=True)
    assert both.cells is not None
    assert never.cells is not None
    late = (never.cells.group == 5) & (never.cells.time == 6)
    assert never.cells.value[late] == pytest.approx(both.cells.value[late])
    early = (never.cells.group == 2) & (never.cells.time == 2)
    assert never.cells.value[early] != pytest.approx(both.cells.value[early])


def test_a_missing_value_leaves_out_its_unit_where_it_is_needed():
    values, start = staggered(np.random.default_rng(12))
    values[0, 3] = np.nan
    found = event_study(values, start, matters=0.2)
    assert found.cells is not None
    wanted = plain(values[1:], start[1:])
    at = (found.cells.group == 2) & (found.cells.time == 3)
    assert found.cells.value[at] == pytest.approx(wanted[2.0, 3])
    assert np.isfinite(found.cells.value).all()


def test_few_units_and_units_without_a_time_before_tell_nothing():
    values, start = staggered(np.random.default_rng(13), units=24)
    few = event_study(values[8:], start[8:], matters=0.2)
    assert few.treated == 4
    assert (few.verdict, few.overall, few.events) == (Verdict.UNKNOWN, None, None)
    assert few.reason == (
        "Fewer than 5 units with or without the activity: its effect cannot be told."
    )
    values[:, 1] = np.nan
    values[:, 3:5] = np.nan
    gaps = event_study(values, start, matters=0.2)
    assert gaps.reason == "No unit has values just before and after its start to be compared."
    with pytest.raises(ValueError, match="one start a unit"):
        event_study(values, start[1:], matters=0.2)


def within_strata(rng, strata=12, units=12, times=12, effect=0.0):
    """Strata that each go their own way, in every one half of the units reached at times by chance."""
    stratum = np.repeat(np.arange(strata), units)
    way = rng.normal(0, 2, (strata, times)).cumsum(axis=1)[stratum]
    start = np.where(
        rng.random(len(stratum)) < 0.5, rng.integers(3, times - 2, len(stratum)), NEVER
    ).astype(float)
    after = np.arange(times)[None, :] > start[:, None]
    values = way + effect * after + rng.normal(0, 1, way.shape)
    return values, start, stratum


def plain_within(values: np.ndarray, start: np.ndarray, stratum: np.ndarray, group: int, time: int):
    """The mean over units of a group of their change less that of the others of their stratum."""
    base = min(time, group) - 1
    gains = []
    for unit in range(len(values)):
        others = [
            values[other, time] - values[other, base]
            for other in range(len(values))
            if stratum[other] == stratum[unit]
            and start[other] > max(time, base)
            and start[other] != group
        ]
        if start[unit] == group and others:
            gains.append(values[unit, time] - values[unit, base] - np.mean(others))
    return np.mean(gains) if len(gains) > 1 else None


def test_units_are_compared_with_those_of_their_stratum_alone():
    values, start, stratum = within_strata(np.random.default_rng(5), effect=1.0)
    found = event_study(values, start, 0.1, clusters=stratum, strata=stratum)
    assert found.cells is not None
    for group, time, value in zip(
        found.cells.group, found.cells.time, found.cells.value, strict=True
    ):
        assert value == pytest.approx(plain_within(values, start, stratum, int(group), int(time)))


def test_a_window_leaves_out_what_is_further_from_the_start():
    values, start, stratum = within_strata(np.random.default_rng(6))
    whole = event_study(values, start, 0.1, strata=stratum)
    near = event_study(values, start, 0.1, strata=stratum, window=(2, 3))
    assert whole.events is not None
    assert near.events is not None
    assert near.events.since.tolist() == [-2, -1, 0, 1, 2, 3]
    shown = np.isin(whole.events.since, near.events.since)
    assert near.events.value == pytest.approx(whole.events.value[shown])


def test_the_overall_effect_begins_where_the_start_has_settled():
    # The effect comes the time after the start: counted from there on it is whole.
    values, start, stratum = within_strata(np.random.default_rng(7), effect=50.0)
    late = event_study(values, start, 1.0, strata=stratum, window=(2, 3), settled=1)
    early = event_study(values, start, 1.0, strata=stratum, window=(2, 3))
    assert late.overall is not None
    assert early.overall is not None
    assert late.overall.value == pytest.approx(50, abs=1.5)
    assert early.overall.value < 42


def test_intervals_within_strata_hold_what_was_planted_and_few_alarms_are_false():
    held = apart = 0
    for seed in range(120):
        values, start, stratum = within_strata(np.random.default_rng(seed), effect=0.5)
        found = event_study(
            values, start, 0.1, clusters=stratum, strata=stratum, window=(3, 4), settled=1
        )
        assert found.overall is not None
        assert found.pretrend is not None
        held += found.overall.low <= 0.5 <= found.overall.high
        apart += found.pretrend < 0.05
    assert held / 120 >= 0.92
    assert apart / 120 <= 0.1


def test_strata_and_covariates_do_not_go_together():
    with pytest.raises(ValueError, match="strata or covariates"):
        event_study(np.zeros((4, 3)), np.full(4, NEVER), 1.0, np.zeros((4, 1)), strata=np.zeros(4))


def test_units_that_had_begun_by_the_first_time_are_left_out_and_counted():
    """The R package did drops units "that were already treated in the first period" and says how
    many; of the minimum wage example 20 counties of 2004 are, where it begins in that year."""
    whole = event_study(EMPLOYMENT, RISE, 0.01, never_only=True)
    assert whole.used is not None
    assert (whole.used.sum(), whole.left_out) == (np.isfinite(RISE).sum(), 0)
    shorter = event_study(EMPLOYMENT[:, 1:], RISE - 1, 0.01, never_only=True)
    assert shorter.used is not None
    assert shorter.left_out == 20
    assert shorter.used.sum() == np.isfinite(RISE).sum() - 20


def test_units_whose_stratum_is_reached_as_a_whole_are_left_out_and_counted():
    values, start, stratum = within_strata(np.random.default_rng(4))
    start[stratum == 0] = 4.0
    start[stratum == 1] = np.where(np.isfinite(start[stratum == 1]), -2.0, NEVER)
    found = event_study(values, start, 0.5, clusters=stratum, strata=stratum)
    assert found.used is not None
    assert not found.used[(stratum == 0) | (start < 0)].any()
    assert found.left_out == 12 + (start < 0).sum()
    assert found.used.sum() + found.left_out == np.isfinite(start).sum()
