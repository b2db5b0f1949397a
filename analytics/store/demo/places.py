"""Demo governments and agencies: who exists, how large, and how each one differs from the next."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

from analytics.store.demo import truths

REGIONS_FILE = Path(__file__).resolve().parents[3] / "data" / "regions.csv"

RENAMED_ON = date(2024, 7, 1)
RENAMED_AGENCY = "18.71-DISKOMINFO"
OLD_NAME = "Dinas Komunikasi, Informatika dan Persandian"
SPLIT_ON = date(2024, 9, 20)
SPLIT_AGENCY = "17-BPKD"
SPLIT_INTO = ("17-BKAD", "17-BAPENDA")

# Relative number of staff, made up: only the order of magnitude among governments is meant.
STAFF = {
    "15": 50, "15.01": 22, "15.02": 24, "15.03": 21, "15.04": 21, "15.05": 24, "15.06": 22,
    "15.07": 19, "15.08": 23, "15.09": 22, "15.71": 34, "15.72": 17,
    "17": 42, "17.01": 19, "17.02": 22, "17.03": 22, "17.04": 16, "17.05": 18, "17.06": 18,
    "17.07": 16, "17.08": 16, "17.09": 16, "17.71": 27,
    "18": 70, "18.01": 34, "18.02": 42, "18.03": 28, "18.04": 22, "18.05": 24, "18.06": 28,
    "18.07": 38, "18.08": 24, "18.09": 24, "18.10": 23, "18.11": 18, "18.12": 20, "18.13": 17,
    "18.71": 42, "18.72": 21,
}  # fmt: skip

# code, name, kind, relative number of staff; in every government
EVERYWHERE = (
    ("DISDIK", "Dinas Pendidikan dan Kebudayaan", "education", 420),
    ("DINKES", "Dinas Kesehatan", "health", 200),
    ("RSUD", "Rumah Sakit Umum Daerah", "hospital", 120),
    ("SETDA", "Sekretariat Daerah", "secretariat", 40),
    ("SETWAN", "Sekretariat DPRD", "council_secretariat", 18),
    ("INSPEKTORAT", "Inspektorat", "inspectorate", 18),
    ("BAPPEDA", "Badan Perencanaan Pembangunan Daerah", "planning", 18),
    ("DISKOMINFO", "Dinas Komunikasi dan Informatika", "communication", 18),
    ("DPUPR", "Dinas Pekerjaan Umum dan Penataan Ruang", "public_works", 32),
    ("PERKIM", "Dinas Perumahan dan Kawasan Permukiman", "housing", 16),
    ("SATPOLPP", "Satuan Polisi Pamong Praja", "public_order", 34),
    ("DINSOS", "Dinas Sosial", "social", 16),
    ("DISNAKER", "Dinas Tenaga Kerja dan Transmigrasi", "labour", 16),
    ("DP3A", "Dinas Pemberdayaan Perempuan dan Perlindungan Anak", "women_children", 16),
    ("DKP", "Dinas Ketahanan Pangan", "food", 16),
    ("DLH", "Dinas Lingkungan Hidup", "environment", 22),
    ("DPMD", "Dinas Pemberdayaan Masyarakat dan Desa", "village", 16),
    ("DISHUB", "Dinas Perhubungan", "transport", 24),
    ("DISKOPERINDAG", "Dinas Koperasi, Perindustrian dan Perdagangan", "cooperatives_trade", 18),
    ("DPMPTSP", "Dinas Penanaman Modal dan PTSP", "investment", 20),
    ("DISPORAPAR", "Dinas Pemuda, Olahraga dan Pariwisata", "youth_sport_tourism", 16),
    ("DISPUSIP", "Dinas Perpustakaan dan Kearsipan", "library_archive", 16),
    ("DISKAN", "Dinas Perikanan", "fisheries", 16),
    ("DISTAN", "Dinas Pertanian", "agriculture", 30),
    ("BPBD", "Badan Penanggulangan Bencana Daerah", "disaster", 18),
    ("KESBANGPOL", "Badan Kesatuan Bangsa dan Politik", "political_unity", 16),
)
FINANCE = (
    ("BKAD", "Badan Keuangan dan Aset Daerah", "finance", 20),
    ("BAPENDA", "Badan Pendapatan Daerah", "revenue", 24),
)
PROVINCE_ONLY = (
    ("BKD", "Badan Kepegawaian Daerah", "personnel", 20),
    ("BPSDM", "Badan Pengembangan Sumber Daya Manusia", "training_research", 18),
    ("DUKCAPIL", "Dinas Kependudukan dan Pencatatan Sipil", "civil_registry", 16),
    ("DISHUT", "Dinas Kehutanan", "forestry", 26),
    ("ESDM", "Dinas Energi dan Sumber Daya Mineral", "energy", 16),
)
LOCAL_ONLY = (
    ("BKPSDM", "Badan Kepegawaian dan Pengembangan SDM", "personnel", 18),
    ("DUKCAPIL", "Dinas Kependudukan dan Pencatatan Sipil", "civil_registry", 24),
    ("KEC-UTARA", "Kecamatan Utara", "district_office", 13),
    ("KEC-TENGAH", "Kecamatan Tengah", "district_office", 13),
    ("KEC-SELATAN", "Kecamatan Selatan", "district_office", 13),
)

REGIONS_SQL = """
INSERT INTO region
SELECT region_code, bps_code, bkn_code, name, kind, province_code, $batch_id, row_number() OVER () + 1
FROM read_csv($file, header = true, all_varchar = true)
"""

# One row is an agency with what makes it differ: leniency of its raters, diligence, climate.
OFFICE_SQL = """
CREATE TEMP TABLE office AS
WITH government AS (
  SELECT
    region_code, province_code,
    row_number() OVER (PARTITION BY kind = 'provinsi' ORDER BY bits('cycle', hash(region_code), 0))
      AS place_by_cycle,
    kind = 'provinsi' AS provincial,
    row_number() OVER (ORDER BY bits('aspects', hash(region_code), 0)) AS place_by_aspects,
    round(1e6 * uniform('trained', hash(region_code), 0))::BIGINT AS zeal
  FROM region
),
planted AS (
  SELECT unnest(getvariable('planted_agencies')) AS agency_id,
    unnest(getvariable('planted_lifts')) AS lift
),
drawn AS (
SELECT
  listed.number, listed.agency_id, listed.kind, listed.name, region_code, province_code,
  round(1e6 * listed.staff * staff_of.staff
    / sum(listed.staff) OVER (PARTITION BY region_code))::BIGINT AS staff,
  CASE WHEN place_by_cycle <= 9 AND NOT provincial THEN 'quarterly' ELSE 'monthly' END AS cycle,
  place_by_aspects <= 16 AS has_aspects,
  CASE province_code WHEN getvariable('less_trained') THEN -0.008 WHEN getvariable('better_trained')
    THEN 0 ELSE 0.008 END
    + 0.02 * (uniform('lenient government', hash(region_code), 0) - 0.5)
    + 0.04 * (uniform('lenient', hash(listed.agency_id), 0) - 0.5)
    + coalesce(planted.lift, 0) AS leniency,
  planted.lift IS NOT NULL AS planted,
  0.01 + 0.05 * uniform('missing', hash(listed.agency_id), 0) AS missing,
  0.03 + 0.12 * uniform('late', hash(listed.agency_id), 0) AS late,
  8 * zeal + round(6e6 * uniform('trained', hash(listed.agency_id), 0))::BIGINT AS zeal,
  CASE province_code WHEN getvariable('better_trained') THEN -0.06
    WHEN getvariable('less_trained') THEN getvariable('executor_surplus') - 0.06
    ELSE 0 END AS executor_shift,
  gaussian('climate', hash(listed.agency_id), 0) AS climate,
  0.2 + 0.6 * uniform('responds', hash(listed.agency_id), 0) AS response_rate
FROM listed
JOIN government USING (region_code)
JOIN staff_of USING (region_code)
LEFT JOIN planted USING (agency_id)
)
-- Zeal is centred in whole numbers, so that the provinces differ by the planted gap and no more.
SELECT
  * EXCLUDE (zeal),
  CASE province_code WHEN getvariable('better_trained') THEN 0.025
    WHEN getvariable('less_trained') THEN 0.025 - getvariable('rate_gap') ELSE 0 END
    + (zeal - sum(zeal * staff) OVER (PARTITION BY province_code)
      // sum(staff) OVER (PARTITION BY province_code)) / 1e8 AS coverage_shift
FROM drawn
ORDER BY number
"""

# People are numbered from 0; an agency holds the numbers from `first` to before `past`.
SEATS_SQL = """
CREATE TEMP TABLE seats AS
WITH shares AS (
  SELECT number, sum(staff) OVER (ORDER BY number) / sum(staff) OVER () AS upto,
    staff / sum(staff) OVER () AS share
  FROM office
)
SELECT number, round((upto - share) * $people)::BIGINT AS first,
  round(upto * $people)::BIGINT AS past
FROM shares
"""

AGENCY_SQL = """
INSERT INTO agency
SELECT
  agency_id, name, kind, region_code,
  CASE WHEN agency_id IN (SELECT unnest(getvariable('split_into'))) THEN getvariable('split_on') END,
  CASE WHEN agency_id = getvariable('split_agency') THEN getvariable('split_on') - 1 END,
  CASE WHEN agency_id = getvariable('split_agency') THEN getvariable('split_into')[1] END,
  $batch_id, number + 2
FROM office
"""

ALIAS_SQL = """
INSERT INTO agency_alias
SELECT alias, agency_id, valid_from, valid_to, $batch_id, row_number() OVER (ORDER BY alias) + 1
FROM (
  SELECT
    split_part(agency_id, '-', 2) || ' ' || CASE region.kind WHEN 'provinsi' THEN 'Provinsi '
      WHEN 'kota' THEN 'Kota ' ELSE 'Kabupaten ' END || region.name AS alias,
    agency_id, NULL::DATE AS valid_from, NULL::DATE AS valid_to
  FROM agency JOIN region USING (region_code)
  WHERE agency.kind <> 'district_office'
  UNION ALL
  SELECT $old_name, $renamed_agency, NULL, $renamed_on::DATE - 1
)
"""

TARGET_SQL = """
INSERT INTO target
SELECT metric, region_code, NULL, year, value, $batch_id,
  row_number() OVER (ORDER BY metric, region_code, year) + 1
FROM region
CROSS JOIN (SELECT unnest(range(getvariable('first_year'), getvariable('last_year') + 1)) AS year)
CROSS JOIN (VALUES ('training_coverage', 0.8), ('appraisal_completeness', 0.98),
  ('on_time_share', 0.95), ('adoption_active', 0.95)) AS wished(metric, value)
"""

INDEX_SQL = """
INSERT INTO outcome_index
SELECT region_code, year, 'ipm_sintetis',
  round(66 + 10 * uniform('index', hash(region_code), 0)
    + 0.45 * (year - 2021) + 0.3 * uniform('index', hash(region_code), year), 2),
  $batch_id, row_number() OVER (ORDER BY region_code, year) + 1
FROM region
CROSS JOIN (SELECT unnest(range(getvariable('first_year'), getvariable('last_year') + 1)) AS year)
"""


def agencies() -> list[tuple[str, str, str, str, int]]:
    """Every demo agency: agency_id, name, kind, region_code, relative number of staff."""
    listed = []
    for code in STAFF:
        own = PROVINCE_ONLY if "." not in code else LOCAL_ONLY
        # The agency that is split holds the staff of its successors until the day of the split.
        finance = [(*row[:3], 0) for row in FINANCE] if f"{code}-BPKD" == SPLIT_AGENCY else FINANCE
        split = [("BPKD", "Badan Pengelolaan Keuangan Daerah", "finance", 44)]
        listed += [
            (f"{code}-{short}", name, kind, code, staff)
            for short, name, kind, staff in (
                *EVERYWHERE,
                *finance,
                *(split if finance is not FINANCE else ()),
                *own,
            )
        ]
    return listed


def fill(records: duckdb.DuckDBPyConnection, people: int, batches: dict[str, int]) -> None:
    """Write regions, agencies, aliases, targets and the index; leave `office` and `seats` behind."""
    records.execute(REGIONS_SQL, {"file": str(REGIONS_FILE), "batch_id": batches["region"]})
    records.execute("CREATE TEMP TABLE staff_of (region_code VARCHAR, staff DOUBLE)")
    records.executemany("INSERT INTO staff_of VALUES (?, ?)", list(STAFF.items()))
    records.execute(
        "CREATE TEMP TABLE listed"
        " (number INTEGER, agency_id VARCHAR, name VARCHAR, kind VARCHAR, region_code VARCHAR,"
        " staff DOUBLE)"
    )
    columns = [list(column) for column in zip(*agencies(), strict=True)]
    numbers = list(range(len(columns[0])))
    records.execute(
        "INSERT INTO listed SELECT unnest($1), unnest($2), unnest($3), unnest($4), unnest($5),"
        " unnest($6)",
        [numbers, *columns],
    )
    planted = [truths.LENIENT_AGENCY, *truths.AGENCIES_BEYOND_LIMIT]
    lifts = [truths.LENIENCY] + [truths.BEYOND_LIMIT] * len(truths.AGENCIES_BEYOND_LIMIT)
    records.execute("SET VARIABLE planted_agencies = ?", [planted])
    records.execute("SET VARIABLE planted_lifts = ?", [lifts])
    records.execute("SET VARIABLE split_agency = ?", [SPLIT_AGENCY])
    records.execute("SET VARIABLE split_into = ?", [list(SPLIT_INTO)])
    records.execute("SET VARIABLE split_on = ?", [SPLIT_ON])
    records.execute(OFFICE_SQL)
    records.execute(SEATS_SQL, {"people": people})
    records.execute(AGENCY_SQL, {"batch_id": batches["agency"]})
    names = {"old_name": OLD_NAME, "renamed_agency": RENAMED_AGENCY, "renamed_on": RENAMED_ON}
    records.execute(ALIAS_SQL, {"batch_id": batches["agency_alias"], **names})
    records.execute(TARGET_SQL, {"batch_id": batches["target"]})
    records.execute(INDEX_SQL, {"batch_id": batches["outcome_index"]})
