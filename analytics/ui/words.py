"""The page's answer in a sentence, and its key figures as cards."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from analytics.answers import Answer
from analytics.charts import Setting, sparkline
from analytics.charts.chances import compared, in_words
from analytics.charts.findings import doubt, judged, period_words
from analytics.charts.rows import (
    Change,
    Row,
    apart,
    change,
    in_time,
    known,
    latest,
    rows_of,
    usual_error,
)
from analytics.metrics import METRICS
from analytics.metrics.base import Better
from analytics.text.phrase import Phrase
from analytics.ui.questions import year_before

LEADS = {
    "promotion_share": "In {place}, {value} of PNS were promoted in {period}",
    "recognition_share": "In {place}, {value} of people were recognised in {period}",
    "training_coverage": "In {place}, {value} of PNS reached 20 JP in {period}",
    "top_rating_share": "In {place}, {value} of evaluations were Sangat Baik in {period}",
    "low_rating_share": "In {place}, {value} of evaluations were below Baik in {period}",
    "appraisal_completeness": "In {place}, {value} of expected evaluations were made in {period}",
    "on_time_share": "In {place}, {value} of evaluations came on time in {period}",
    "adoption_active": "In {place}, {value} of people used the performance system in {period}",
    "no_training_share": "In {place}, {value} of people had no training in {period}",
    "readiness_index": "In {place}, the readiness index stood at {value} of 100 in {period}",
    "facet_score": "In {place}, the survey score stood at {value} of 100 in {period}",
    "favourable_share": "In {place}, {value} of survey answers were favourable in {period}",
}

LEADS_SO_FAR = {
    "training_coverage": Phrase(
        "In {place}, {value} of PNS had reached 20 JP by {period}, since January"
    ),
    "no_training_share": Phrase(
        "In {place}, {value} of people had no training by {period}, since January"
    ),
}
LEADS_OVER_MONTHS = {
    "adoption_active": Phrase(
        "In {place}, {value} of people used the performance system in an average month of {period}"
    ),
}
"""Of a quarter or a year, for what is counted anew each month."""
YEARS_END = ("", "-12", "-Q4")


def capital(sentence_: str) -> str:
    """The sentence with its first letter large."""
    return sentence_[:1].upper() + sentence_[1:]


@dataclass(frozen=True)
class Standing:
    """One place's last row, the row a year before it, and the target.

    `now` is None where there is no figure; `withheld` says whether that is for protection. `usual`
    is the `usual_error` of the place's periods.
    """

    now: Row | None
    before: Row | None
    withheld: bool
    target: float | None
    usual: float = 0.0

    @property
    def change(self) -> Change:
        """What came of the figure in a year: by chance, what matters and the usual ups and downs."""
        if self.now is None or self.before is None:
            return Change.NONE
        return change(self.before, self.now, self.usual)


def standing(answer: Answer, target: float | None, year_ago: Answer | None = None) -> Standing:
    """Where the place of a history stands in its last period.

    A year that is not over is set against `year_ago`, the same month of the year before, or
    against nothing; and the target is one for a whole year.
    """
    rows = in_time(rows_of(answer))
    if not rows or not rows[-1].known:
        return Standing(None, None, bool(rows) and rows[-1].withheld, target)
    last = rows[-1]
    if answer.until:
        earlier = known(rows_of(year_ago)) if year_ago else []
        return Standing(last, earlier[0] if earlier else None, False, None)
    before = [row for row in known(rows) if row.period == year_before(last.period)]
    return Standing(last, before[0] if before else None, False, target, usual_error(rows))


def sentence(answer: Answer, stands: Standing, place: str, setting: Setting) -> str:
    """Value, interval, change in a year and target, as one sentence of the reader's language."""
    text, metric = setting.text, answer.metric
    unit, title = str(metric.unit), text.say(metric.title)
    now = stands.now
    if now is None:
        if stands.withheld:
            return text.say(
                "{title} in {place} is withheld to protect people.", title=title, place=place
            )
        return text.say("There is no figure yet for {title} in {place}.", title=title, place=place)
    values = {
        "place": place,
        "value": f"**{text.value(now.value, unit)}**",
        "period": period_words(now.period, answer.until, setting),
    }
    if metric.key in LEADS_SO_FAR and _so_far(now):
        said = text.say(LEADS_SO_FAR[metric.key], **values)
    elif metric.key in LEADS_OVER_MONTHS and answer.question.grain != "month":
        said = text.say(LEADS_OVER_MONTHS[metric.key], **values)
    elif metric.key in LEADS:
        said = text.say(LEADS[metric.key], **values)
    else:
        said = text.say("{title} in {place} stood at {value} in {period}", title=title, **values)
    if now.has_interval:
        between = text.interval(now.low, now.high, unit)
        said += " " + text.say("(95% CI: {interval})", interval=between)
    moved = change_words(stands, unit, setting)
    if moved:
        said += ", " + moved
    if stands.target is not None:
        said += "; " + _target(stands, unit, setting)
    if now.categories:
        return f"{_category(answer, now, setting)}: {said}."
    return said + "."


def _so_far(row: Row) -> bool:
    """Whether a row is of a part of a year of what grows within a year."""
    return METRICS[row.metric].over_time == "last" and row.period[4:] not in YEARS_END


def _target(stands: Standing, unit: str, setting: Setting) -> str:
    """The target in words; where the figure is of a part of its year, as one of the whole year."""
    value = setting.text.target(stands.target or 0.0, unit)
    if stands.now and _so_far(stands.now):
        return setting.text.say("target for the whole year {value}", value=value)
    return setting.text.say("target {value}", value=value)


def _category(answer: Answer, row: Row, setting: Setting) -> str:
    pairs = zip(answer.question.by, row.categories, strict=True)
    return ", ".join(setting.text.category(dimension, code) for dimension, code in pairs)


def gap(answer: Answer, setting: Setting) -> str:
    """The highest and the lowest place of the last period with their intervals, and the doubt."""
    text, metric = setting.text, answer.metric
    unit = str(metric.unit)
    title = _titled(answer, setting)
    rows = latest(known(rows_of(answer)))
    if len(rows) < 2:
        return text.say("There are not two places to compare yet: {title}.", title=title)
    rows = sorted(rows, key=lambda row: row.value)
    low, high = rows[0], rows[-1]
    values = {
        "title": title,
        "period": period_words(high.period, answer.until, setting),
        "count": len(rows),
        "first": _with_interval(high, unit, setting),
        "last": _with_interval(low, unit, setting),
    }
    said = text.say(
        "{title}, {period}, {count} places: highest is {first}, lowest {last}", **values
    )
    if apart(low, high, len(rows)):
        distance = text.difference(high.value - low.value, unit)
        return said + "; " + text.say("{difference} apart.", difference=f"**{distance}**")
    return said + "; " + doubt(low, high, rows, setting) + "."


def _with_interval(row: Row, unit: str, setting: Setting) -> str:
    text = setting.text
    name = setting.name(row.level, row.place, row.place_name)
    said = f"{name} {text.value(row.value, unit)}"
    if not row.has_interval:
        return said
    between = text.interval(row.low, row.high, unit)
    return said + " " + text.say("(95% CI: {interval})", interval=between)


def _titled(answer: Answer, setting: Setting) -> str:
    """The metric's title, with the category where the answer is of one alone."""
    text = setting.text
    title = text.say(answer.metric.title)
    rows = rows_of(answer)
    if len({row.categories for row in rows}) != 1 or not answer.question.by:
        return title
    return f"{title}: {_category(answer, rows[0], setting)}"


def chances(answers: Sequence[Answer], setting: Setting) -> str:
    """How often something befell one group of people and another, a sentence a comparison."""
    told = [chance for chance in compared(answers, setting) if chance.crude or chance.gap]
    return " ".join(f"{capital(in_words(chance, setting))}." for chance in told)


def verdict(
    answers: Sequence[Answer], stands: Sequence[Standing], place: str, setting: Setting
) -> str:
    """How many metrics got clearly better, clearly worse or neither in a year, the worse named."""
    text = setting.text
    last = max((stand.now.period for stand in stands if stand.now), default="")
    told = [
        (answer, stand)
        for answer, stand in zip(answers, stands, strict=True)
        if stand.now and stand.before and stand.now.period == last
    ]
    if not told:
        return text.say("There is no year before to compare {place} with yet.", place=place)
    better = [_now(a, stand, setting) for a, stand in told if _direction(a, stand) > 0]
    worse = [_now(a, stand, setting) for a, stand in told if _direction(a, stand) < 0]
    usual = [_now(a, stand, setting) for a, stand in told if _not_called(a, stand)]
    said = text.say(
        "In {place}, {better} of {count} key figures are clearly better in {period} than a year"
        " before and {worse} clearly worse",
        place=place,
        better=f"**{len(better)}**",
        worse=f"**{len(worse)}**",
        count=len(told),
        period=period_words(last, max((a.until or "" for a, _ in told)) or None, setting),
    )
    if usual:
        said += "; " + text.say(
            "beyond chance but within the usual ups and downs, or less than what matters: {names}",
            names=", ".join(usual),
        )
    if better:
        said += "; " + text.say("better: {names}", names=", ".join(better))
    if worse:
        said += "; " + text.say("worse: {names}", names=", ".join(worse))
    missed = [_behind(a, stand, setting) for a, stand in told if _is_behind(a, stand)]
    if missed:
        said += ". " + text.say("Behind their target: {names}", names=", ".join(missed))
    return said + "."


def _is_behind(answer: Answer, stands: Standing) -> bool:
    """Whether a figure that should be high is clearly below its target."""
    now, target = stands.now, stands.target
    if now is None or target is None or answer.metric.better is not Better.HIGHER:
        return False
    return (now.high if now.has_interval else now.value) < target


def _behind(answer: Answer, stands: Standing, setting: Setting) -> str:
    """The metric and how far it is from its target."""
    text, unit, now = setting.text, str(answer.metric.unit), stands.now
    title = text.say(answer.metric.title).lower()
    if now is None or stands.target is None:
        return title
    return text.say(
        "{metric} by {gap}", metric=title, gap=text.difference(stands.target - now.value, unit)
    )


def _now(answer: Answer, stands: Standing, setting: Setting) -> str:
    """The metric with its figure and its interval."""
    text, unit, now = setting.text, str(answer.metric.unit), stands.now
    if now is None:
        return ""
    said = f"{text.say(answer.metric.title).lower()} {text.value(now.value, unit)}"
    if not now.has_interval:
        return said
    return said + f" ({text.interval(now.low, now.high, unit)})"


def _direction(answer: Answer, stands: Standing) -> int:
    """1 where the change is clearly the wished one, -1 clearly the other, else 0."""
    now, before, better = stands.now, stands.before, answer.metric.better
    if now is None or before is None or better is Better.NEITHER:
        return 0
    if not (now.has_interval and before.has_interval) or stands.change is not Change.CLEAR:
        return 0
    return 1 if (now.value > before.value) == (better is Better.HIGHER) else -1


def _not_called(answer: Answer, stands: Standing) -> bool:
    """Whether a figure with a wished direction changed beyond chance, and is not called clear."""
    now, before = stands.now, stands.before
    if now is None or before is None or answer.metric.better is Better.NEITHER:
        return False
    tested = now.has_interval and before.has_interval
    return tested and stands.change in (Change.USUAL, Change.TRIFLE)


def change_words(stands: Standing, unit: str, setting: Setting) -> str:
    """The change against the same period a year before, in words; empty where there is none."""
    text = setting.text
    if stands.now is None or stands.before is None:
        return ""
    since = text.period(stands.before.period)
    difference = stands.now.value - stands.before.value
    size = text.difference(difference, unit)
    if stands.change is Change.NONE:
        return text.say("no clear change since {period}", period=since)
    if size == text.difference(0.0, unit):
        return text.say("hardly changed since {period}", period=since)
    if difference > 0:
        moved = text.say("up {change} since {period}", change=size, period=since)
    else:
        moved = text.say("down {change} since {period}", change=size, period=since)
    return judged(moved, stands.change, (stands.before, stands.now), unit, setting)


def _is_clear(stands: Standing, unit: str, setting: Setting) -> bool:
    """Whether the figures clearly differ, and as they are written do too."""
    now, before, text = stands.now, stands.before, setting.text
    if now is None or before is None or stands.change is not Change.CLEAR:
        return False
    return text.difference(now.value - before.value, unit) != text.difference(0.0, unit)


def card(answer: Answer, stands: Standing, setting: Setting, *, elsewhere: bool = False) -> str:
    """One key figure as HTML: title, value, change with its arrow, course, target.

    `elsewhere` tells a figure that other places have from one that nobody has loaded.
    """
    text, unit = setting.text, str(answer.metric.unit)
    if stands.now is None:
        faint, period, course = " faint", "", ""  # a line would end as if today had a figure
        missing = text.say("no figure here") if elsewhere else text.say("no data yet")
        value = text.say("withheld") if stands.withheld else missing
    else:
        faint, period = "", period_words(stands.now.period, answer.until, setting)
        value, course = text.value(stands.now.value, unit), _course(answer, setting)
    moved = change_words(stands, unit, setting) or period
    lines = [
        f"<p>{escape(text.say(answer.metric.title))}</p>",
        f'<p class="value{faint}"><strong>{escape(value)}</strong>{course}</p>',
        f"<p>{_arrow(stands, unit, setting)}{escape(moved)}</p>",
    ]
    if stands.target is not None:
        said = _target(stands, unit, setting)
        lines.append(f"<p>{escape(said)}</p>")
    return f'<div class="figure">{"".join(lines)}</div>'


def _course(answer: Answer, setting: Setting) -> str:
    drawn = sparkline(answer, setting=setting)
    if not drawn:
        return ""
    # as an image, because Streamlit takes inline SVG out of HTML
    return f'<img alt="" width="100" src="data:image/svg+xml;base64,{b64encode(drawn.encode()).decode()}">'


def _arrow(stands: Standing, unit: str, setting: Setting) -> str:
    if stands.now is None or stands.before is None or not _is_clear(stands, unit, setting):
        return ""
    sign = "▲" if stands.now.value > stands.before.value else "▼"
    return f'<span aria-hidden="true">{sign} </span>'
