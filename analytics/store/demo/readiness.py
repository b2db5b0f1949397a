"""Demo readiness for change: adoption of the performance system, activities, surveys, services."""

from __future__ import annotations

import duckdb

from analytics.store.demo import truths

# instrument, item, facet, text, reverse: our own wording throughout
ITEMS = (
    ("kesiapan_organisasi", "kk1", "change_commitment",
     "Rekan-rekan di unit kami bertekad menjalankan sistem kinerja yang baru.", False),
    ("kesiapan_organisasi", "kk2", "change_commitment",
     "Unit kami mau berusaha lebih supaya perubahan ini berhasil.", False),
    ("kesiapan_organisasi", "kk3", "change_commitment",
     "Di unit kami perubahan ini dijalankan hanya kalau diawasi.", True),
    ("kesiapan_organisasi", "ky1", "change_efficacy",
     "Unit kami sanggup mengatur pekerjaan selama masa peralihan.", False),
    ("kesiapan_organisasi", "ky2", "change_efficacy",
     "Unit kami bisa mengatasi kendala yang muncul karena sistem baru.", False),
    ("kesiapan_organisasi", "ky3", "change_efficacy",
     "Unit kami tahu siapa mengerjakan apa agar perubahan ini jalan.", False),
    ("keyakinan_perubahan", "bp1", "need_for_change",
     "Cara penilaian yang lama memang perlu diperbaiki.", False),
    ("keyakinan_perubahan", "bp2", "need_for_change",
     "Sebenarnya tidak ada masalah yang perlu dijawab dengan sistem baru.", True),
    ("keyakinan_perubahan", "kt1", "appropriateness",
     "Sistem baru ini cocok dengan pekerjaan di instansi kami.", False),
    ("keyakinan_perubahan", "kt2", "appropriateness",
     "Sistem baru ini menyelesaikan hal yang memang penting.", False),
    ("keyakinan_perubahan", "dp1", "leader_support",
     "Pimpinan kami memberi contoh dalam memakai sistem baru.", False),
    ("keyakinan_perubahan", "dp2", "leader_support",
     "Atasan saya menyediakan waktu untuk menjawab pertanyaan tentang perubahan ini.", False),
    ("keyakinan_perubahan", "dp3", "leader_support",
     "Pimpinan kami kehilangan minat begitu perubahan ini dimulai.", True),
    ("keyakinan_perubahan", "mp1", "personal_benefit",
     "Perubahan ini membantu saya mengembangkan karier.", False),
    ("keyakinan_perubahan", "mp2", "personal_benefit",
     "Bagi saya pribadi perubahan ini lebih banyak ruginya.", True),
    ("keyakinan_perubahan", "ps1", "understanding_of_standards",
     "Saya tahu hasil kerja seperti apa yang diharapkan dari saya.", False),
    ("keyakinan_perubahan", "ps2", "understanding_of_standards",
     "Saya paham bagaimana predikat kinerja saya ditetapkan.", False),
    ("keyakinan_perubahan", "ka1", "perceived_fairness",
     "Penilaian atas kinerja saya didasarkan pada bukti.", False),
    ("keyakinan_perubahan", "ka2", "perceived_fairness",
     "Saya dapat menyampaikan keberatan tanpa rasa khawatir.", False),
    ("keyakinan_perubahan", "ka3", "perceived_fairness",
     "Predikat di unit saya dibagi bergiliran, bukan menurut hasil.", True),
    ("keyakinan_perubahan", "tk1", "work_pressure",
     "Pengisian sistem kinerja menyita waktu kerja pokok saya.", True),
    ("keyakinan_perubahan", "tk2", "work_pressure",
     "Target yang ditetapkan membuat saya kewalahan.", True),
    ("keyakinan_perubahan", "dr1", "colleague_support",
     "Rekan kerja saya saling membantu memakai sistem baru.", False),
    ("keyakinan_perubahan", "dr2", "colleague_support",
     "Kalau saya kesulitan, ada rekan yang bisa ditanya.", False),
    ("keyakinan_perubahan", "ab1", "learning_access",
     "Saya dapat mengikuti pelatihan yang saya perlukan tahun ini.", False),
    ("keyakinan_perubahan", "ab2", "learning_access",
     "Beban kerja membuat saya sulit mengikuti pelatihan.", True),
    ("keyakinan_perubahan", "pb1", "learning_transfer",
     "Hal yang saya pelajari dalam pelatihan saya pakai dalam pekerjaan.", False),
    ("keyakinan_perubahan", "pb2", "learning_transfer",
     "Atasan saya memberi ruang untuk menerapkan hasil pelatihan.", False),
)  # fmt: skip

# kind of agency, service, requests a month and office, usual median waiting time in days
SERVICES = (
    ("civil_registry", "KTP-el", 900, 7.0),
    ("civil_registry", "Kartu Keluarga", 600, 6.0),
    ("civil_registry", "Akta Kelahiran", 250, 8.0),
    ("investment", "Perizinan berusaha", 180, 9.0),
    ("hospital", "Rawat jalan", 4000, 1.5),
)

# One row is an agency and a month: people in service on its last day.
HEADCOUNT_SQL = """
CREATE TEMP TABLE headcount AS
WITH change AS (
  SELECT agency_id, greatest(date_trunc('month', valid_from), getvariable('first_month'))::DATE AS month,
    1 AS people
  FROM employee
  UNION ALL
  SELECT agency_id, greatest(date_trunc('month', valid_to + 1), getvariable('first_month'))::DATE, -1
  FROM employee WHERE valid_to IS NOT NULL
),
summed AS (
  SELECT agency_id, month, sum(people) AS people FROM change GROUP BY ALL
),
calendar AS (
  SELECT number, agency_id, place, (getvariable('first_month') + to_months(place::INTEGER))::DATE AS month
  FROM office CROSS JOIN (SELECT unnest(range(getvariable('months'))) AS place)
)
SELECT number, agency_id, place, month,
  sum(coalesce(people, 0)) OVER (PARTITION BY agency_id ORDER BY month)::INTEGER AS people
FROM calendar LEFT JOIN summed USING (agency_id, month)
"""

# One row is an agency with its one forum, if it has one.
FORUM_SQL = """
CREATE TEMP TABLE forum AS
SELECT number, agency_id, region_code,
  (getvariable('first_month') + to_months(least(3, getvariable('months') // 4)::INTEGER
    + floor(uniform('forum', hash(agency_id), 1) * greatest(1, getvariable('months') * 2 // 3))::INTEGER)
    + to_days(9 + (hash(agency_id) % 15)::INTEGER))::DATE AS date
FROM office
WHERE uniform('forum', hash(agency_id), 0) < 0.3
  AND region_code <> getvariable('lampung_selatan')
  AND agency_id NOT IN (getvariable('split_agency'), getvariable('split_into')[1],
    getvariable('split_into')[2])
"""

# One row is a government with the middle, pace and ceiling of its adoption.
RAMP_SQL = """
CREATE TEMP TABLE ramp AS
SELECT
  region_code, province_code,
  CASE WHEN region_code = getvariable('lampung_selatan') THEN DATE '2023-10-01'
    WHEN uniform('ramp', hash(region_code), 0) < 0.6
      THEN (getvariable('first_month') - INTERVAL 30 MONTH)::DATE
    ELSE (getvariable('first_month') + to_months(
      (uniform('ramp', hash(region_code), 1) * getvariable('months') * 0.7)::INTEGER))::DATE END AS middle,
  CASE WHEN region_code = getvariable('lampung_selatan') THEN 0.9
    ELSE 1 + 1.5 * uniform('ramp', hash(region_code), 2) END AS pace,
  CASE WHEN region_code = getvariable('lampung_selatan') THEN 0.972
    ELSE 0.82 + 0.04 * uniform('ramp', hash(region_code), 3) END AS height
FROM region
"""

# Outages hit whole provinces: most months none, some a few days, a rare one more than half.
ADOPTION_SQL = """
INSERT INTO adoption
WITH outage AS (
  SELECT DISTINCT province_code, month,
    CASE WHEN month = DATE '2024-02-01' THEN 0  -- the end of Lampung Selatan's ramp stays readable
      WHEN uniform('outage', hash(province_code), place) < 0.03 THEN 17
      WHEN uniform('outage', hash(province_code), place) < 0.2
        THEN 1 + (bits('outage days', hash(province_code), place) % 4)::INTEGER
      ELSE 0 END AS outage_days
  FROM headcount CROSS JOIN (SELECT DISTINCT province_code FROM region)
),
chance AS (
  SELECT
    headcount.*, outage_days,
    0.007 + height / (1 + exp(-date_diff('month', middle, headcount.month) / pace))
      + CASE WHEN ramp.region_code = getvariable('lampung_selatan') THEN 0
        ELSE 0.03 * uniform('keen', hash(headcount.agency_id), 0) END
      + CASE WHEN headcount.month > date_trunc('month', forum.date) THEN getvariable('forum_effect') ELSE 0 END
      - 0.01 * outage_days AS active,
    uniform('active', hash(headcount.agency_id), place) AS draw,
    uniform('entries', hash(headcount.agency_id), place) AS entries_draw,
    0.78 + 0.15 * uniform('prompt', hash(headcount.agency_id), 0) AS prompt
  FROM headcount
  JOIN office USING (number)
  JOIN ramp USING (region_code)
  JOIN outage ON outage.province_code = ramp.province_code AND outage.month = headcount.month
  LEFT JOIN forum ON forum.number = headcount.number
  WHERE people > 0
),
used AS (
  SELECT *, least(people, floor(people * greatest(0, active) + draw)::INTEGER) AS active_users
  FROM chance
)
SELECT
  agency_id, month, people, active_users, 4 * people,
  least(4 * people, floor(4 * active_users * prompt * (1 - outage_days / 31) + entries_draw)::INTEGER),
  outage_days, $batch_id, number * 100 + place
FROM used
"""

ACTIVITY_SQL = """
INSERT INTO activity
WITH held AS (
  SELECT
    agency_id, NULL AS region_code, (month + 4 + (bits('held', hash(agency_id), place) % 20)::INTEGER)
      AS date, 'socialisation' AS kind, 'Sosialisasi e-Kinerja' AS label,
    least(people, 20 + (bits('guests', hash(agency_id), place) % 60)::INTEGER) AS invited,
    0.5 + 0.35 * uniform('came', hash(agency_id), place) + 0.04 * greatest(-2, least(2, climate)) AS share
  FROM headcount JOIN office USING (number, agency_id)
  WHERE uniform('held', hash(agency_id), place) < 0.11
  UNION ALL
  SELECT
    forum.agency_id, NULL, forum.date, 'forum', 'Forum umpan balik e-Kinerja', people,
    0.6 + 0.3 * uniform('came', hash(forum.agency_id), 1000)
  FROM forum
  JOIN headcount ON headcount.number = forum.number
    AND headcount.month = date_trunc('month', forum.date)
  UNION ALL
  SELECT
    agency_id, NULL, (month + 8 + (bits('coached', hash(agency_id), place) % 15)::INTEGER),
    'coaching', 'Pendampingan pengisian SKP', least(people, 12),
    0.7 + 0.3 * uniform('came', hash(agency_id), 2000 + place)
  FROM headcount
  WHERE uniform('coached', hash(agency_id), place) < 0.02
  UNION ALL
  SELECT
    agency_id, NULL, (month + 8 + (bits('mentored', hash(agency_id), place) % 15)::INTEGER),
    'mentoring', 'Mentoring pegawai baru', least(people, 10),
    0.8 + 0.2 * uniform('came', hash(agency_id), 3000 + place)
  FROM headcount
  WHERE uniform('mentored', hash(agency_id), place) < 0.015
  UNION ALL
  SELECT NULL, region_code, middle, 'policy_start', 'Kewajiban e-Kinerja', NULL, NULL
  FROM ramp
  WHERE middle BETWEEN getvariable('first_month') AND getvariable('last_day')
  UNION ALL
  SELECT agency_id, NULL, starts_on, 'policy_start', 'Antrean daring', NULL, NULL FROM queue
)
SELECT
  agency_id, region_code, date, kind, label, invited,
  floor(invited * least(1, share))::INTEGER, $batch_id,
  row_number() OVER (ORDER BY agency_id, region_code, date, kind) + 1
FROM held
WHERE invited IS NULL OR invited > 0
"""

QUEUE_SQL = """
CREATE TEMP TABLE queue AS
SELECT agency_id, (getvariable('first_month') + to_months(
  floor(getvariable('months') * (0.4 + 0.25 * uniform('queue', hash(agency_id), 0)))::INTEGER))::DATE
  AS starts_on
FROM office WHERE agency_id IN (SELECT unnest(getvariable('queue_agencies')))
"""

SERVICE_SQL = """
INSERT INTO service_outcome
WITH handled AS (
  SELECT
    headcount.*, service, greatest(10, round(usual * sqrt(people / 40)
      * (0.85 + 0.3 * uniform('requests', hash(headcount.agency_id, service), place))
      * (1 + 0.12 * (month(month) IN (6, 7, 12))::INTEGER)))::INTEGER AS requests,
    greatest(0.2, days * (0.85 + 0.3 * uniform('waiting', hash(headcount.agency_id, service), 0))
      + 0.06 * days * gaussian('waiting', hash(headcount.agency_id, service), place + 1)
      + CASE WHEN month >= starts_on THEN getvariable('queue_effect') ELSE 0 END) AS median_days,
    starts_on IS NOT NULL AND month >= starts_on AS eased,
    office.climate
  FROM headcount
  JOIN office USING (number)
  JOIN usual_service ON usual_service.kind = office.kind
  LEFT JOIN queue ON queue.agency_id = headcount.agency_id
  WHERE people > 0
)
SELECT
  agency_id, month, service, requests, round(median_days, 1),
  floor(requests * (0.7 + 0.15 * uniform('in time', hash(agency_id, service), place)
    + CASE WHEN eased THEN 0.08 ELSE 0 END))::INTEGER,
  floor(requests * (0.9 + 0.08 * uniform('accurate', hash(agency_id, service), place)))::INTEGER,
  round(least(100, greatest(25, 80 + 3 * climate
    + 3 * gaussian('skm', hash(agency_id, service), place) + CASE WHEN eased THEN 3 ELSE 0 END)), 2),
  greatest(5, requests // 20)::INTEGER, $batch_id,
  row_number() OVER (ORDER BY agency_id, month, service) + 1
FROM handled
"""

ITEM_SQL = """
INSERT INTO survey_item
SELECT instrument, item, facet, text, reverse, 1, 5, $batch_id, number + 2 FROM listed_item
"""

# One row is an agency and a wave, once a year in the last quarter.
INVITED_SQL = """
CREATE TEMP TABLE invitation AS
SELECT number, agency_id, year(month) || '-Q4' AS wave, year(month) AS year,
  least(people, greatest(24, ceil(0.18 * people)::INTEGER)) AS invited
FROM headcount
WHERE month(month) = 11 AND people > 0
"""
INVITED_ROWS_SQL = """
INSERT INTO survey_invited
SELECT wave, agency_id, invited, $batch_id, row_number() OVER (ORDER BY wave, agency_id) + 1
FROM invitation
"""

RESPONSE_SQL = """
INSERT INTO survey_response
WITH asked AS (
  SELECT *, unnest(range(invited)) AS seat FROM invitation
),
respondent AS (
  SELECT
    asked.*, climate, hash(bits('respondent', hash(asked.agency_id, year), seat)) AS token
  FROM asked JOIN office USING (number)
  WHERE uniform('answers', hash(asked.agency_id, year), seat)
    < response_rate + 0.06 * (uniform('wave', hash(asked.agency_id), year) - 0.5)
),
answer AS (
  SELECT
    *,
    3.4 + 0.22 * climate + 0.18 * gaussian('facet here', hash(agency_id, facet), 0)
      + 0.35 * (uniform('facet', hash(facet), 0) - 0.5)
      + 0.05 * (year - getvariable('last_year'))
      + 0.55 * gaussian('mood', token, 0) + 0.5 * gaussian('view', token, hash(facet))
      + 0.6 * gaussian('item', token, item_number) AS opinion
  FROM respondent CROSS JOIN (SELECT number AS item_number, instrument, item, facet, reverse
    FROM listed_item)
  WHERE uniform('skipped', token, item_number) >= 0.02
)
SELECT
  -- In letters alone: of hexadecimal digits, one token in 400 looks like the number of a person.
  wave, 'r-' || translate(printf('%016x', token), '0123456789', 'ghijkmnpqr'), agency_id, instrument, item,
  CASE WHEN reverse THEN 6 - greatest(1, least(5, round(opinion)))
    ELSE greatest(1, least(5, round(opinion))) END::INTEGER,
  $batch_id, number::BIGINT * 10000000 + (year - getvariable('first_year')) * 1000000 + seat * 32 + item_number
FROM answer
"""


def _declare(records: duckdb.DuckDBPyConnection) -> None:
    records.execute("SET VARIABLE lampung_selatan = ?", [truths.LAMPUNG_SELATAN])
    records.execute("SET VARIABLE queue_agencies = ?", [list(truths.QUEUE_AGENCIES)])
    records.execute(
        "CREATE TEMP TABLE listed_item (number INTEGER, instrument VARCHAR, item VARCHAR,"
        " facet VARCHAR, text VARCHAR, reverse BOOLEAN)"
    )
    records.executemany(
        "INSERT INTO listed_item VALUES (?, ?, ?, ?, ?, ?)",
        [(number, *item) for number, item in enumerate(ITEMS)],
    )
    records.execute(
        "CREATE TEMP TABLE usual_service (kind VARCHAR, service VARCHAR, usual DOUBLE, days DOUBLE)"
    )
    records.executemany("INSERT INTO usual_service VALUES (?, ?, ?, ?)", SERVICES)


def fill(records: duckdb.DuckDBPyConnection, batches: dict[str, int]) -> None:
    """Write surveys, adoption, activities and services, from `employee` and `office`."""
    _declare(records)
    for made in (HEADCOUNT_SQL, FORUM_SQL, RAMP_SQL, QUEUE_SQL, INVITED_SQL):
        records.execute(made)
    for table, insert in (
        ("adoption", ADOPTION_SQL),
        ("activity", ACTIVITY_SQL),
        ("service_outcome", SERVICE_SQL),
        ("survey_item", ITEM_SQL),
        ("survey_invited", INVITED_ROWS_SQL),
        ("survey_response", RESPONSE_SQL),
    ):
        records.execute(insert, {"batch_id": batches[table]})
