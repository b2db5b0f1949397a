"""The demo data: the same every time, true to the contract, calibrated, with its effects in it."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from analytics.schema import ASPECTS, BY_NAME, TABLES, Table
from analytics.store import demo
from analytics.store.demo import places, truths
from analytics.store.records import Store, open_records

ROOT = Path(__file__).resolve().parents[2]

PREDICATE = """
CASE WHEN behaviour = 'below' THEN CASE WHEN work_result = 'below' THEN 'sangat_kurang' ELSE 'kurang' END
  WHEN work_result = 'below' THEN 'butuh_perbaikan'
  WHEN work_result = 'above' AND behaviour = 'above' THEN 'sangat_baik' ELSE 'baik' END
"""
RATED = f"""
SELECT *, {PREDICATE} AS recomputed FROM appraisal
WHERE rater = 'supervisor' AND work_result IS NOT NULL
"""
ON_LAST_DAY = "FROM employee WHERE valid_to IS NULL"


def made(path: Path, *, people: int, months: int, seed: int = 1) -> duckdb.DuckDBPyConnection:
    store = Store(path)
    demo.make(store, people=people, months=months, seed=seed)
    return duckdb.connect(str(store.records), read_only=True)


def fingerprint(records: duckdb.DuckDBPyConnection) -> dict[str, object]:
    return {
        table.name: records.execute(
            f'SELECT count(*), bit_xor(hash(row_of)) FROM "{table.name}" AS row_of'
        ).fetchone()
        for table in TABLES
    }


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    with made(tmp_path_factory.mktemp("small"), people=2_000, months=6) as records:
        yield records


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    with made(tmp_path_factory.mktemp("large"), people=40_000, months=36) as records:
        yield records


@pytest.fixture(params=["small", "large"])
def records(request):
    return request.getfixturevalue(request.param)


def rows(records, sql: str, *values) -> list[tuple]:
    return records.execute(sql, list(values)).fetchall()


def number(records, sql: str, *values) -> float:
    ((value,),) = rows(records, sql, *values)
    return float(value)


def test_the_same_arguments_give_the_same_rows(small, tmp_path):
    with made(tmp_path, people=2_000, months=6) as again:
        assert fingerprint(again) == fingerprint(small)


def test_the_number_of_threads_changes_no_row(small, tmp_path, monkeypatch):
    def open_with_one_thread(store):
        connection = open_records(store)
        connection.execute("SET threads = 1")
        return connection

    monkeypatch.setattr(demo, "open_records", open_with_one_thread)
    with made(tmp_path, people=2_000, months=6) as alone:
        assert fingerprint(alone) == fingerprint(small)


def test_another_seed_gives_other_people(small, tmp_path):
    with made(tmp_path, people=2_000, months=6, seed=2) as other:
        mine = set(rows(small, "SELECT DISTINCT employee_id FROM employee"))
        theirs = set(rows(other, "SELECT DISTINCT employee_id FROM employee"))
    assert mine.isdisjoint(theirs)


@pytest.mark.parametrize("scale", [{"people": 1, "months": 1}, {"people": 300, "months": 60}])
def test_the_smallest_and_the_longest_demo_are_made(scale, tmp_path):
    with made(tmp_path, **scale) as records:
        last = rows(records, "SELECT max(month) FROM adoption")
    assert str(last[0][0]) == "2025-12-01"


@pytest.mark.parametrize(
    "scale", [{"people": 0, "months": 1}, {"people": 10, "months": 0}, {"people": 10, "months": 61}]
)
def test_a_scale_out_of_range_is_refused_and_named(scale, tmp_path):
    with pytest.raises(ValueError, match=r"(people|months) is (0|61)"):
        demo.make(Store(tmp_path), **scale)


def test_a_demo_killed_half_way_leaves_the_old_records(tmp_path):
    with made(tmp_path, people=200, months=3) as records:
        before = fingerprint(records)
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from analytics.store import demo\n"
        "from analytics.store.records import Store\n"
        "def stop(words, share):\n"
        "    if words == 'Careers':\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "demo.make(Store(Path(sys.argv[1])), people=200, months=3, seed=2, progress=stop)\n"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, check=False)
    assert killed.returncode == -signal.SIGKILL
    with duckdb.connect(str(Store(tmp_path).records), read_only=True) as records:
        assert fingerprint(records) == before
    with made(tmp_path, people=200, months=3, seed=2) as records:
        assert fingerprint(records) != before
    assert not (tmp_path / "making").exists()


def test_every_table_is_signed_as_synthetic(small):
    signed = rows(
        small,
        "SELECT table_name, source, extracted_on::VARCHAR, rows_loaded, synthetic FROM batch"
        " ORDER BY batch_id",
    )
    assert signed == [
        (t.name, "demo", "2026-01-15", number(small, f'SELECT count(*) FROM "{t.name}"'), True)
        for t in TABLES
    ]
    for table in TABLES:
        strangers = f"""SELECT count(*) FROM "{table.name}" AS r LEFT JOIN batch USING (batch_id)
          WHERE batch.table_name IS DISTINCT FROM ?"""
        assert number(small, strangers, table.name) == 0


@pytest.mark.parametrize("table", [t for t in TABLES if t.name != "recap"], ids=lambda t: t.name)
def test_every_row_keeps_the_contract(records, table: Table):
    broken = {}
    for column in table.columns:
        name = f'"{column.name}"'
        conditions = [] if column.optional else [f"{name} IS NULL"]
        if column.values:
            conditions.append(f"NOT list_contains($values, {name})")
        if column.pattern:
            conditions.append(f"NOT regexp_full_match({name}, $pattern)")
        if column.low is not None:
            conditions.append(f"{name} < $low")
        if column.high is not None:
            conditions.append(f"{name} > $high")
        for condition in conditions:
            bound = {"values": list(column.values), "pattern": column.pattern}
            bound |= {"low": column.low, "high": column.high}
            used = {key: value for key, value in bound.items() if f"${key}" in condition}
            sql = f'SELECT count(*) FROM "{table.name}" WHERE {condition}'
            broken[condition] = records.execute(sql, used).fetchone()[0]
        if column.refers_to:
            key = BY_NAME[column.refers_to].key[0]
            broken[f"{column.name} refers"] = number(
                records,
                f'SELECT count(*) FROM "{table.name}" WHERE {name} IS NOT NULL AND {name}'
                f' NOT IN (SELECT "{key}" FROM "{column.refers_to}")',
            )
    for rule in table.rules:
        broken[rule.says] = number(
            records, f'SELECT count(*) FROM "{table.name}" WHERE NOT ({rule.holds})'
        )
    keys = ", ".join(f'"{key}"' for key in table.key)
    broken["key"] = number(
        records, f'SELECT count(*) - count(DISTINCT ({keys})) FROM "{table.name}"'
    )
    assert {what: count for what, count in broken.items() if count} == {}
    assert number(records, f'SELECT count(*) FROM "{table.name}"') > 0


@pytest.mark.parametrize("table", ["appraisal", "training", "career_event"])
def test_every_event_has_an_employee_in_service_on_its_day(records, table):
    day = {"appraisal": "period_end", "training": "end_date", "career_event": "date"}[table]
    orphans = f"""
      SELECT count(*) FROM "{table}" AS event
      WHERE NOT EXISTS (FROM employee WHERE employee.employee_id = event.employee_id
        AND event.{day} BETWEEN valid_from AND coalesce(valid_to, DATE '9999-12-31'))"""
    assert number(records, orphans) == 0


def test_survey_answers_belong_to_known_items_and_invited_agencies(records):
    assert number(records, "FROM survey_response ANTI JOIN survey_item USING (instrument, item)"
                  " SELECT count(*)") == 0  # fmt: skip
    crowded = """
      SELECT count(*) FROM survey_invited JOIN (
        SELECT wave, agency_id, count(DISTINCT respondent) AS responded
        FROM survey_response GROUP BY ALL) USING (wave, agency_id) WHERE responded > invited"""
    assert number(records, crowded) == 0


def test_the_spans_of_one_person_follow_each_other_without_overlap(records):
    broken = """
      SELECT count(*) FROM (
        SELECT valid_to, lead(valid_from) OVER (PARTITION BY employee_id ORDER BY valid_from) AS next
        FROM employee)
      WHERE next IS NOT NULL AND valid_to IS DISTINCT FROM next - 1"""
    assert number(records, broken) == 0


def test_every_government_has_about_thirty_agencies(small):
    counts = rows(small, "SELECT region_code, count(*) FROM agency GROUP BY region_code")
    assert len(counts) == 39
    assert all(30 <= count <= 35 for _, count in counts)
    assert rows(small, "SELECT kind, count(*) FROM region GROUP BY kind ORDER BY kind") == [
        ("kabupaten", 31),
        ("kota", 5),
        ("provinsi", 3),
    ]


def test_kemendagri_and_bps_codes_are_not_taken_for_each_other(small):
    differing = "SELECT count(*) FROM region WHERE replace(region_code, '.', '') <> bps_code"
    assert number(small, differing) == 12
    assert rows(small, "SELECT name, bkn_code FROM region WHERE bps_code = '1801'") == [
        ("Lampung Barat", "5904")
    ]


@pytest.mark.parametrize(
    ("predicate", "share", "tolerance"),
    [
        ("baik", 0.8845, 0.01),
        ("sangat_baik", 0.1125, 0.01),
        ("butuh_perbaikan", 0.0011, 0.0005),
        ("kurang", 0.0006, 0.0004),
        ("sangat_kurang", 0.0010, 0.0005),
    ],
)
def test_predicates_are_as_common_as_nationally(large, predicate, share, tolerance):
    found = number(large, f"SELECT avg((recomputed = ?)::INTEGER) FROM ({RATED})", predicate)
    assert found == pytest.approx(share, abs=tolerance)


@pytest.mark.parametrize(
    ("condition", "share", "tolerance"),
    [
        ("sex = 'F'", 0.56, 0.02),
        ("status IN ('PNS', 'CPNS')", 0.64, 0.02),
        ("status = 'CPNS'", 0.015, 0.01),
        ("status = 'PPPK_PARUH_WAKTU'", 0.025, 0.01),
        ("position_type = 'functional'", 0.63, 0.02),
        ("position_type = 'executor'", 0.31, 0.02),
        ("position_type = 'structural'", 0.06, 0.01),
        ("education = 'S1'", 0.62, 0.03),
        ("education IN ('SD', 'SMP', 'SMA')", 0.15, 0.02),
        ("education = 'S2'", 0.10, 0.02),
        ("entry_date > DATE '2020-12-31'", 0.48, 0.02),
    ],
)
def test_staff_is_composed_as_nationally(large, condition, share, tolerance):
    found = number(large, f"SELECT avg(({condition})::INTEGER) {ON_LAST_DAY}")
    assert found == pytest.approx(share, abs=tolerance)


def test_the_whole_of_the_evaluations_has_the_flaws_of_real_ones(large):
    late, mismatched, objected = rows(
        large,
        f"SELECT avg((submitted_on > due_on)::INTEGER), avg((predicate <> recomputed)::INTEGER),"
        f" avg((objection <> 'none')::INTEGER) FROM ({RATED})",
    )[0]
    assert 0.05 < late < 0.15
    assert mismatched == pytest.approx(0.004, abs=0.001)
    assert objected == pytest.approx(0.003, abs=0.001)


def test_evaluations_go_missing_and_fewer_of_them_every_year(large):
    complete = """
      WITH serving AS (SELECT employee_id, min(valid_from) AS entry,
          max(coalesce(valid_to, DATE '9999-12-31')) AS leaving FROM employee GROUP BY employee_id)
      SELECT count(a.employee_id) / count(*) FROM serving
      LEFT JOIN appraisal AS a ON a.employee_id = serving.employee_id AND cycle = 'annual'
        AND rater = 'supervisor' AND a.period_end = make_date(?, 12, 31)
      WHERE entry <= make_date(?, 1, 1) AND leaving > make_date(?, 12, 31)"""
    shares = [number(large, complete, year, year, year) for year in (2023, 2024, 2025)]
    assert 0.93 < shares[0] < shares[1] < shares[2] < 0.99


def test_teachers_have_only_annual_evaluations_from_2025(large):
    cycles = """
      SELECT DISTINCT year(period_end) >= 2025, cycle FROM appraisal AS a
      JOIN employee AS e ON e.employee_id = a.employee_id
        AND period_end BETWEEN valid_from AND coalesce(valid_to, DATE '9999-12-31')
      JOIN agency ON agency.agency_id = e.agency_id
      WHERE agency.kind = 'education' AND position_type = 'functional' AND scale IS NULL"""
    assert {cycle for late, cycle in rows(large, cycles) if late} == {"annual"}
    assert {cycle for late, cycle in rows(large, cycles) if not late} == {
        "monthly",
        "quarterly",
        "annual",
    }


def test_legacy_scores_have_no_ratings_and_ratings_no_scores(large):
    counted = rows(
        large,
        "SELECT scale, year(period_end), count(*) > 0, count(work_result) + count(behaviour)"
        " FROM appraisal WHERE score IS NOT NULL GROUP BY ALL ORDER BY scale",
    )
    assert counted == [("pp30", 2021, True, 0), ("pp46", 2019, True, 0)]


def test_aspects_are_given_by_whole_governments(large):
    mixed = f"""
      SELECT region_code, min((a.{ASPECTS[0]} IS NOT NULL)::INTEGER) AS least,
        max((a.{ASPECTS[0]} IS NOT NULL)::INTEGER) AS most
      FROM ({RATED}) AS a JOIN employee AS e ON e.employee_id = a.employee_id
        AND period_end BETWEEN valid_from AND coalesce(valid_to, DATE '9999-12-31')
      JOIN agency ON agency.agency_id = e.agency_id GROUP BY region_code"""
    found = rows(large, mixed)
    assert all(least == most for _, least, most in found)
    assert sum(most for *_, most in found) == 16


def test_peers_subordinates_self_and_public_rate_only_once_a_year(large):
    found = rows(large, "SELECT DISTINCT rater, cycle FROM appraisal WHERE rater <> 'supervisor'")
    assert set(found) == {(who, "annual") for who in ("peer", "subordinate", "self", "public")}


def test_lampung_selatan_climbs_from_two_to_ninety_seven_percent(large):
    active = """SELECT sum(active_users) / sum(expected_users) FROM adoption JOIN agency USING (agency_id)
      WHERE region_code = '18.01' AND month = ?::DATE"""
    assert number(large, active, "2023-06-01") == pytest.approx(0.02, abs=0.01)
    assert number(large, active, "2024-02-01") == pytest.approx(0.97, abs=0.01)


def test_the_system_is_down_for_whole_provinces_at_once(large):
    days = """SELECT province_code, month, count(DISTINCT outage_days), max(outage_days) FROM adoption
      JOIN agency USING (agency_id) JOIN region USING (region_code) GROUP BY ALL"""
    found = rows(large, days)
    assert all(kinds == 1 for _, _, kinds, _ in found)
    assert any(0 < most < 10 for *_, most in found)
    assert any(most > 15 for *_, most in found)


def test_those_who_should_use_the_system_are_those_in_service(records):
    differing = """
      SELECT count(*) FROM adoption WHERE expected_users <> (
        SELECT count(*) FROM employee WHERE employee.agency_id = adoption.agency_id
          AND last_day(month) BETWEEN valid_from AND coalesce(valid_to, DATE '9999-12-31'))
        AND agency_id LIKE '15.71-%'"""
    assert number(records, differing) == 0


def test_no_one_is_in_a_split_agency_after_its_last_day(large):
    after = """SELECT count(*) FROM employee
      WHERE agency_id = ? AND coalesce(valid_to, DATE '9999-12-31') >= ?"""
    assert number(large, after, places.SPLIT_AGENCY, places.SPLIT_ON) == 0
    for successor in places.SPLIT_INTO:
        before = (
            "SELECT count(*), count(*) FILTER (valid_from < ?) FROM employee WHERE agency_id = ?"
        )
        ((staff, early),) = rows(large, before, places.SPLIT_ON, successor)
        assert staff > 0
        assert early == 0
    span = "SELECT valid_to::VARCHAR, successor_id FROM agency WHERE agency_id = ?"
    assert rows(large, span, places.SPLIT_AGENCY) == [("2024-09-19", "17-BKAD")]


def test_the_renamed_agency_keeps_its_old_name_until_the_day_before(small):
    dated = "SELECT agency_id, valid_to::VARCHAR FROM agency_alias WHERE valid_to IS NOT NULL"
    assert rows(small, dated) == [(places.RENAMED_AGENCY, "2024-06-30")]


def test_no_shows_have_no_hours_and_are_about_six_percent(large):
    absent = "SELECT avg((NOT completed AND hours_jp = 0)::INTEGER) FROM training"
    assert number(large, absent) == pytest.approx(0.065, abs=0.01)
    assert number(large, "SELECT count(*) FROM training WHERE completed AND hours_jp = 0") == 0


def test_response_rates_are_uneven(large):
    rates = """SELECT quantile_cont(responded / invited, [0.05, 0.95]) FROM survey_invited JOIN (
        SELECT wave, agency_id, count(DISTINCT respondent) AS responded
        FROM survey_response GROUP BY ALL) USING (wave, agency_id) WHERE invited >= 24"""
    ((low, high),) = rows(large, rates)[0]
    assert low < 0.3
    assert high > 0.7


COVERAGE = """
SELECT employee_id, position_type, province_code, year, coalesce(hours, 0) >= 20 AS reached
FROM employee
CROSS JOIN (SELECT unnest([2023, 2024, 2025]) AS year)
JOIN agency USING (agency_id)
JOIN region USING (region_code)
LEFT JOIN (SELECT employee_id, year(end_date) AS year, sum(hours_jp) AS hours FROM training
  WHERE completed GROUP BY ALL) USING (employee_id, year)
WHERE status = 'PNS'
  AND make_date(year, 12, 31) BETWEEN employee.valid_from
    AND coalesce(employee.valid_to, DATE '9999-12-31')
"""


def test_coverage_rises_from_forty_five_to_sixty_percent(large):
    yearly = rows(
        large, f"SELECT avg(reached::INTEGER) FROM ({COVERAGE}) GROUP BY year ORDER BY year"
    )
    assert [share for (share,) in yearly] == pytest.approx([0.45, 0.53, 0.60], abs=0.02)


def test_the_planted_gap_is_half_composition(large):
    shares = {
        (province, position): (rate, share)
        for province, position, rate, share in rows(
            large,
            f"""SELECT province_code, position_type, avg(reached::INTEGER),
              count(*) / sum(count(*)) OVER (PARTITION BY province_code)
              FROM ({COVERAGE}) GROUP BY province_code, position_type""",
        )
    }
    composition = rate_gap = 0.0
    for position in ("functional", "structural", "executor"):
        better, more = shares[truths.LAMPUNG, position]
        worse, fewer = shares[truths.BENGKULU, position]
        composition += (more - fewer) * (better + worse) / 2
        rate_gap += (better - worse) * (more + fewer) / 2
    assert composition == pytest.approx(truths.COMPOSITION_GAP, abs=0.015)
    assert rate_gap == pytest.approx(truths.RATE_GAP, abs=0.02)


# Each person's change after first reaching 20 JP, beyond that of people who never did. Only those
# there from the start and before teachers leave the monthly cycle: the same people all along.
TRAINING_EFFECT = f"""
WITH hours AS (
  SELECT employee_id, end_date, sum(hours_jp) OVER (
    PARTITION BY employee_id, year(end_date) ORDER BY end_date) AS so_far
  FROM training WHERE completed
),
first_reached AS (
  SELECT employee_id, min(end_date) AS reached_on FROM hours WHERE so_far >= 20 GROUP BY employee_id
),
rated AS (
  SELECT r.employee_id, period_start, reached_on, (recomputed = 'sangat_baik')::INTEGER AS top
  FROM ({RATED}) AS r LEFT JOIN first_reached USING (employee_id)
  WHERE cycle = 'monthly' AND period_end < DATE '2025-01-01' AND employee_id IN (
    SELECT employee_id FROM employee WHERE entry_date < DATE '2023-01-01' AND status = 'PNS')
),
never AS (
  SELECT period_start, avg(top) AS usual FROM rated WHERE reached_on IS NULL GROUP BY period_start
),
person AS (
  SELECT avg(top - usual) FILTER (period_start > reached_on) AS after,
    avg(top - usual) FILTER (period_start <= reached_on) AS before
  FROM rated JOIN never USING (period_start) WHERE reached_on IS NOT NULL GROUP BY employee_id
)
SELECT avg(after - before) FROM person
"""


def test_the_planted_training_effect_is_there(large):
    assert number(large, TRAINING_EFFECT) == pytest.approx(truths.TRAINING_EFFECT, abs=0.008)


# Each agency's change after its first activity of a kind, beyond agencies of its government without.
ACTIVITY_EFFECT = """
WITH used AS (
  SELECT agency_id, region_code, adoption.month, active_users / expected_users AS active, held_on
  FROM adoption JOIN agency USING (agency_id)
  LEFT JOIN (SELECT agency_id, min(date) AS held_on FROM activity WHERE kind = ? GROUP BY agency_id)
    USING (agency_id)
),
without AS (
  SELECT region_code, month, avg(active) AS usual FROM used WHERE held_on IS NULL
    OR month <= held_on GROUP BY ALL
),
agency AS (
  SELECT avg(active - usual) FILTER (month > held_on) AS after,
    avg(active - usual) FILTER (month <= held_on) AS before
  FROM used JOIN without USING (region_code, month) WHERE held_on IS NOT NULL GROUP BY agency_id
)
SELECT avg(after - before) FROM agency
"""


def test_the_planted_forum_effect_is_there(large):
    found = number(large, ACTIVITY_EFFECT, "forum")
    assert found == pytest.approx(truths.FORUM_EFFECT, abs=0.012)


def test_socialisation_has_no_planted_effect(large):
    found = number(large, ACTIVITY_EFFECT, "socialisation")
    assert found == pytest.approx(truths.SOCIALISATION_EFFECT, abs=0.012)


TOP_OF_AGENCY = f"""
SELECT e.agency_id, year(period_end) AS year, count(*) AS evaluations,
  count(*) FILTER (recomputed = 'sangat_baik') AS top
FROM ({RATED}) AS r JOIN employee AS e ON e.employee_id = r.employee_id
  AND period_end BETWEEN valid_from AND coalesce(valid_to, DATE '9999-12-31')
WHERE cycle = 'annual' GROUP BY ALL
"""


def test_the_lenient_agency_stands_out_by_its_planted_size(large):
    shares = f"""SELECT sum(top) FILTER (agency_id = $1) / sum(evaluations) FILTER (agency_id = $1)
      - sum(top) FILTER (agency_id <> $1) / sum(evaluations) FILTER (agency_id <> $1)
      FROM ({TOP_OF_AGENCY})"""
    assert number(large, shares, truths.LENIENT_AGENCY) == pytest.approx(truths.LENIENCY, abs=0.08)


def test_two_agencies_alone_are_beyond_their_distribution_limit(large):
    beyond = f"""
      SELECT DISTINCT agency_id FROM
        ({TOP_OF_AGENCY})
      JOIN organisation_rating USING (agency_id, year)
      WHERE rating = 'butuh_perbaikan' AND top > 0.1 * evaluations"""
    assert {agency for (agency,) in rows(large, beyond)} == set(truths.AGENCIES_BEYOND_LIMIT)
    rated = "SELECT count(*) FROM organisation_rating WHERE rating = 'butuh_perbaikan'"
    assert number(large, rated) > 100


def test_the_online_queue_shortens_waiting_by_its_planted_size(large):
    change = """
      WITH service AS (
        SELECT agency_id, service, avg(median_days) FILTER (month >= date)
          - avg(median_days) FILTER (month < date) AS change
        FROM service_outcome JOIN activity USING (agency_id)
        WHERE label = 'Antrean daring' GROUP BY ALL)
      SELECT avg(change), count(DISTINCT agency_id) FROM service"""
    ((found, agencies),) = rows(large, change)
    assert agencies == len(truths.QUEUE_AGENCIES)
    assert found == pytest.approx(truths.QUEUE_EFFECT, abs=0.2)


def test_the_readme_lists_the_planted_truths_as_they_are():
    assert truths.table() in (ROOT / "data" / "README.md").read_text(encoding="utf-8")


def test_where_a_planted_truth_lies_exists(small):
    agencies = {agency for (agency,) in rows(small, "SELECT agency_id FROM agency")}
    named = {truths.LENIENT_AGENCY, *truths.AGENCIES_BEYOND_LIMIT, *truths.QUEUE_AGENCIES}
    assert named <= agencies


def test_the_rows_are_the_same_on_this_machine_as_on_the_first(tmp_path):
    with made(tmp_path, people=300, months=3) as records:
        digests = [
            rows(
                records, f"SELECT md5(string_agg(r::VARCHAR, chr(10) ORDER BY line)) FROM {name} r"
            )
            for name in ("employee", "appraisal", "training", "adoption")
        ]
    assert [digest for ((digest,),) in digests] == [
        "caa920d33460c01d7d9d127218b1423c",
        "87c7bd78516bcffa949de795255d054b",
        "d25f1d769fe4e73f3a589034104d1f66",
        "64bf6cd2b5c554915f09f9daeea88b65",
    ]
