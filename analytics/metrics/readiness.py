"""Readiness and resistance: surveys, use of the performance system, attendance. Never about a person."""

from analytics.metrics.base import Better, Index, Mean, Share

FACET_SCORE = Mean(
    key="facet_score",
    title="Survey score",
    means="Mean score of the survey's items from 0 to 100, unfavourable items reversed.",
    caution="Read it with the response rate: those who do not answer may think otherwise.",
    source="Shea et al. 2014, Implementation Science 9:7 (scoring of aggregated readiness items)",
    table="survey",
    value="score",
    better=Better.HIGHER,
)
CHANGE_SCORE = Mean(
    key="change_score",
    title="Survey score on change",
    means="Mean score of the survey's items from 0 to 100, without those about learning.",
    caution="Read it with the response rate: those who do not answer may think otherwise.",
    source="Shea et al. 2014, Implementation Science 9:7 (scoring of aggregated readiness items)",
    table="survey",
    among="NOT starts_with(facet::VARCHAR, 'learning_')",
    value="score",
    better=Better.HIGHER,
)
FAVOURABLE = Share(
    key="favourable_share",
    title="Favourable answers",
    means="Answers on the favourable side of the middle of their scale.",
    caution="Read it with the response rate: those who do not answer may think otherwise.",
    source="UK Civil Service People Survey, percent positive",
    table="survey",
    numerator="sum(favourable)",
    denominator="sum(answered)",
    better=Better.HIGHER,
)
RESPONSE_RATE = Share(
    key="response_rate",
    title="Response rate",
    means="People who answered the survey, of those invited.",
    source="AAPOR Standard Definitions, RR1",
    table="survey_wave",
    numerator="sum(responded)",
    guard="responded",
    denominator="sum(invited)",
    better=Better.HIGHER,
)
ADOPTION_ACTIVE = Share(
    key="adoption_active",
    title="Active users",
    means="People who used the performance system in a month, of those who should.",
    caution=(
        "Months in which the system was down for half the days or more are left out."
        " Locked accounts, outages and retirements also lower it."
    ),
    source="e-Kinerja BKN, Monitoring Pengisian",
    table="adoption",
    among="2 * outage_days < days",
    numerator="sum(active_users)",
    denominator="sum(expected_users)",
    better=Better.HIGHER,
)
ADOPTION_ON_TIME = Share(
    key="adoption_on_time",
    title="Entries on time",
    means="Entries made in time, of those due, in months when the system was mostly up.",
    caution=(
        "Both are reduced in proportion to the days of outage, so that such months weigh less and"
        " look no more punctual; months with outages on half the days or more are left out."
    ),
    source="e-Kinerja BKN, Monitoring Pengisian",
    table="adoption",
    among="2 * outage_days < days",
    numerator="sum(entries_on_time_when_up)",
    denominator="sum(entries_due_when_up)",
    better=Better.HIGHER,
)
SOCIALISATION = Share(
    key="socialisation_attendance",
    title="Socialisation attendance",
    means="People who came to socialisation, of those invited.",
    caution="Only activities that record both numbers.",
    source="Data contract, table activity",
    table="activity",
    among="kind = 'socialisation' AND invited IS NOT NULL AND attended IS NOT NULL",
    numerator="sum(attended)",
    denominator="sum(invited)",
    better=Better.HIGHER,
)
READINESS_INDEX = Index(
    key="readiness_index",
    title="Readiness index",
    means=(
        "Weighted mean of survey score on change (50%), active users (20%), entries on time (15%)"
        " and socialisation attendance (15%), each from 0 to 100."
    ),
    caution="The weights are a choice, not a finding; never about a person.",
    source="Weights of this dashboard; see Methodology",
    table="survey",
    components=(
        ("change_score", 0.50),
        ("adoption_active", 0.20),
        ("adoption_on_time", 0.15),
        ("socialisation_attendance", 0.15),
    ),
    better=Better.HIGHER,
)
