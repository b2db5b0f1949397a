"""One page as its author sees it: the reader's filters, the questions, the pictures, the words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import combinations
from typing import Any

import pandas as pd
import streamlit as st

from analytics.answers import Answer, Estimates, Place, Snapshot
from analytics.charts import (
    Picture,
    Setting,
    curves,
    effects,
    interval_dots,
    standardised_dots,
    trend,
)
from analytics.charts.estimates import Finding
from analytics.charts.findings import period_words, periods_of
from analytics.charts.funnels import place_in_funnel
from analytics.charts.picture import Event
from analytics.charts.rows import rows_of
from analytics.charts.standardised import places_set, why_not_set
from analytics.metrics import METRICS, SUBJECT_OF, dimensions_of
from analytics.metrics.rows import PERSONAL, ROW_TABLES
from analytics.text import text
from analytics.text.delimited import FORMS, CsvForm
from analytics.ui import (
    candidates,
    evidence,
    frame,
    indices,
    link,
    places,
    source,
    succession,
    tables,
    watch,
    words,
)
from analytics.ui.catalogue import BY_NAME, navigation_page
from analytics.ui.look import theme
from analytics.ui.places import LEVELS, Places
from analytics.ui.policies import Policy, policies_of
from analytics.ui.questions import GRAINS, NEXT_LEVEL, Chosen, question, reach
from analytics.ui.settings import events_of, setting_of, target_of, targets_of

CHART_CONFIG = {
    "displayModeBar": False,
    "showSendToCloud": False,
    "plotlyServerURL": "",
    "topojsonURL": "/topojson/",
    "scrollZoom": False,
    "doubleClick": False,
}
PROFILE = "agency_profile"
EVERY_SERVICE = "every"
EVERY_RULE = "every"
GOAL = 0.8
"""What a plan starts from where no target is loaded."""
ANY_KIND = "any"


def open_page(
    name: str,
    *,
    filters: Sequence[str] = ("place", "grain", "period"),
    by: Sequence[str] = (),
    grains: Sequence[str] = GRAINS,
) -> Page:
    """Draw the frame of a page (filters, Reset, language, mark, breadcrumb, title); hand it back.

    `name` is the file stem (`analytics.ui.catalogue`). `filters` names the shared filters the page
    shows. `by` lists the breakdowns the reader may choose from; none, no such filter. Raises
    NoSnapshot where nothing is published, which the shell shows in words.
    """
    entry = BY_NAME[name]
    link.return_to(name)
    snapshot = source.snapshot()
    language = link.language()
    said = text(language)
    known = places.places(snapshot, language)
    chosen = frame.bar(snapshot, known, said, filters, by, grains)
    frame.breadcrumb(known, chosen, said)
    frame.title(said, said.say(entry.title), synthetic=snapshot.synthetic)
    frame.unsafe_warning(said, snapshot.manifest)
    frame.damage_warning(said, snapshot)
    frame.not_understood(known, said, by)
    setting = setting_of(snapshot, known, chosen, said, theme())
    return Page(name, snapshot, known, chosen, setting, {"withheld": 0, "charts": 0})


@dataclass(frozen=True)
class _Behind:
    """The figures behind a picture: as a table in the reader's words, as a file, and its name."""

    table: Callable[[], tuple[pd.DataFrame, tables.Units]]
    csv: Callable[[], bytes]
    name: str


@dataclass(frozen=True)
class Page:
    """A page drawn for one reader. Messages given to it are English msgids, translated by it.

    Where a method takes the options of `ask`, `level` is one of
    None      (or "chosen") the place the reader has chosen, alone;
    "below"   what lies directly under it: all → provinces → governments → agencies;
    "beside"  it and its siblings: governments of its province, agencies of its government; for
              everywhere, the provinces;
    "province", "government", "agency"  those inside the chosen place or, where that is itself at
              or below the level, its siblings.
    """

    name: str
    snapshot: Snapshot
    places: Places
    chosen: Chosen
    setting: Setting
    drawn: dict[str, int]

    # What the reader has chosen.

    @property
    def place(self) -> Place:
        """The chosen place; Place("all", "all") for everywhere."""
        return Place(*self.chosen.place)

    @property
    def place_name(self) -> str:
        """What the chosen place is called."""
        return self.setting.name(*self.chosen.place)

    @property
    def provinces(self) -> int:
        """How many provinces there are to compare."""
        return len(self.places.provinces)

    @property
    def kind(self) -> str | None:
        """Kind of the chosen agency; None for other places."""
        return self.places.kinds.get(self.chosen.place)

    @property
    def grain(self) -> str:
        """ "year", "quarter" or "month"."""
        return self.chosen.grain

    @property
    def by(self) -> tuple[str, ...]:
        """The chosen breakdown, () where there is none."""
        return self.chosen.by

    @property
    def csv_form(self) -> CsvForm:
        """How the reader's CSV files are written."""
        return FORMS[frame.csv_chosen(self.setting.text)]

    def say(self, message: str, **values: object) -> str:
        """The message in the reader's language."""
        return self.setting.text.say(message, **values)

    # Questions.

    def ask(
        self, metric: str, *, category: source.Categories | None = None, **options: Any
    ) -> Answer:
        """The figures of one period: the reader's, else the metric's latest.

        Options: `by` (a dimension or several; `page.by` for the reader's), `level` (see Page),
        `codes` (codes at that level instead of the reader's place), `place` ("government:15.71":
        as if that were chosen), `within` ("province:15"; "all" lifts the reader's place),
        `agency_kind`, `grain`, `period`, `category` ({"facet": "…"}, or several of
        them, keeps those rows alone).
        A combination that is not published gives an answer with no rows; a breakdown of people that
        is published by year only is answered by year, which the page says under it.
        """
        asked = question(self.snapshot, self.places, self.chosen, metric, history=False, **options)
        answer = source.published(self.snapshot, asked)
        return source.only(answer, category) if category else answer

    def history(
        self, metric: str, *, category: source.Categories | None = None, **options: Any
    ) -> Answer:
        """Like `ask`, for every period of the grain up to the chosen one."""
        asked = question(self.snapshot, self.places, self.chosen, metric, history=True, **options)
        answer = source.published(self.snapshot, asked)
        return source.only(answer, category) if category else answer

    def ask_each(self, metrics: Sequence[str], **options: Any) -> tuple[Answer, ...]:
        """One `ask` a metric, for pictures that take several (`stacked`, `matrix`)."""
        return tuple(self.ask(metric, **options) for metric in metrics)

    def history_each(self, metrics: Sequence[str], **options: Any) -> tuple[Answer, ...]:
        """One `history` a metric."""
        return tuple(self.history(metric, **options) for metric in metrics)

    def ask_mix(
        self, metric: str, by: Sequence[str], **options: Any
    ) -> tuple[Answer, Answer, Answer]:
        """Figures, the same by groups of people, and these groups of all people together: what
        `standardised_dots` takes."""
        figures, groups, everyone = self.ask_alike(
            metric, options, {**options, "by": by}, {"by": by, "place": "all:all"}
        )
        return figures, groups, everyone

    def ask_alike(self, metric: str, *asked: Mapping[str, Any]) -> tuple[Answer, ...]:
        """One `ask` each of the options, to be set against one another: where one of them is
        published by year only, all of them are of that year."""
        answers = tuple(self.ask(metric, **options) for options in asked)
        by_year = [answer for answer in answers if answer.instead_of]
        if not by_year:
            return answers
        earliest = min(by_year, key=lambda answer: answer.question.last or "")
        year = {"grain": "year", "period": earliest.question.last}
        return tuple(
            replace(self.ask(metric, **{**options, **year}), instead_of=earliest.instead_of)
            for options in asked
        )

    def same_mix(self, metric: str, by: Sequence[str], *levels: str) -> None:
        """What the places of each level would show if their people were mixed as all people are, side
        by side: by the groups given or, where no place can be set to them, by those by which most
        places can, in words."""
        for column, level in zip(self.columns(len(levels)), levels, strict=True):
            with column:
                used = self._groups_that_tell(metric, by, level)
                if used != by:
                    asked = self.ask_mix(metric, by, level=level)
                    self.note(
                        "By {groups} no place here has a figure ({reasons}); shown is the mix by"
                        " {others}.",
                        groups=self._groups_said(by),
                        reasons=why_not_set(*asked, self.setting),
                        others=self._groups_said(used),
                    )
                self.chart(standardised_dots, *self.ask_mix(metric, used, level=level))

    def _groups_that_tell(self, metric: str, by: Sequence[str], level: str) -> Sequence[str]:
        def set_by(groups: Sequence[str]) -> int:
            return places_set(*self.ask_mix(metric, groups, level=level), self.setting)

        if set_by(by):
            return by
        others = [(d,) for d in self.breakdowns(metric) if d in PERSONAL and (d,) != tuple(by)]
        others = [groups for groups in others if self._told_apart(metric, groups)]
        best = max(others, key=set_by, default=by)
        return best if set_by(best) else by

    def _told_apart(self, metric: str, by: Sequence[str]) -> bool:
        """Whether the metric has more than one of these groups of people."""
        return len(self.ask(metric, by=by, place="all:all").rows) > 1

    def _groups_said(self, by: Sequence[str]) -> str:
        return " × ".join(self.setting.text.dimension(one).lower() for one in by)

    def survey(
        self, metric: str, *, prefix: str = "", but: str | None = None, **options: Any
    ) -> Answer:
        """`ask` by facet, for the facets that begin with `prefix` and not with `but`."""
        kept = {"facet": self.facets(prefix, but=but)}
        return self.ask(metric, by="facet", category=kept, **options)

    def ask_rated(
        self, metrics: Sequence[str], **options: Any
    ) -> tuple[tuple[Answer, ...], dict[str, str]]:
        """One `ask` of a year a metric, and the rating of each agency's organisation in that year."""
        asked = self.ask_each(metrics, grain="year", **options)
        last = asked[0].question.last
        ratings = {
            agency: rating
            for (agency, year), rating in self.snapshot.organisation_ratings.items()
            if last and year == int(last[:4])
        }
        return asked, ratings

    @property
    def peers(self) -> dict[str, Any]:
        """Options of `ask` for the places to set the chosen one against: those beside it, or for
        an agency those of its kind everywhere; in its last whole year where it has ended."""
        if self.place.level == "agency":
            kind = {"level": "agency", "agency_kind": self.kind, "within": "all"}
            return kind | self.while_it_lasted
        return {"level": "beside"}

    @property
    def while_it_lasted(self) -> dict[str, Any]:
        """Options of `ask` for the last whole year of an agency that has ended; {} for others, where
        the reader has chosen a year that the agency lasted through, and without figures of it."""
        year = succession.last_whole_year(self.snapshot, self.place)
        if year is None or "" < self.chosen.period[:4] <= year:
            return {}
        known = any(year in self.snapshot.periods(metric, "year") for metric in METRICS)
        return {"period": year} if known else {}

    @property
    def region_around(self) -> dict[str, Any]:
        """Options of `ask` for regions: the chosen one and those beside it, or that of an agency."""
        if self.place.level != "agency":
            return {"level": "beside"}
        around = self.places.ancestor(self.chosen.place, "government")
        return {"place": ":".join(around)} if around else {"level": "province"}

    def level_with(self, metric: str, level: str = "below", **options: Any) -> str:
        """The level, or the nearest under it that has a figure: recaps need not add up."""
        lower = LEVELS[LEVELS.index(self.place.level) + 1 :]
        for tried in (level, *lower):
            if self.shows(self.ask(metric, level=tried, **options)):
                return tried
        return level

    def shows(self, answer: Answer) -> bool:
        """Whether the answer holds any row, withheld ones included."""
        return not answer.rows.empty

    def first_of(self, *metrics: str) -> str:
        """The first of the metrics that the snapshot has figures of, else the first."""
        return next(iter(self.known(metrics)), metrics[0])

    def known(self, metrics: Sequence[str]) -> tuple[str, ...]:
        """Those of the metrics that the snapshot has figures of; all of them where it has none,
        so that their empty states say what to load."""
        return tuple(metric for metric in metrics if self.has(metric)) or tuple(metrics)

    def furthest_out(self, metrics: Sequence[str], **options: Any) -> str:
        """The metric in whose funnel the chosen place stands furthest out, the widest limits first;
        the first where it is in none."""
        where = self.chosen.place

        def out(metric: str) -> tuple[float, float]:
            outside, z = place_in_funnel(self.ask(metric, **options), where)
            return abs(outside), abs(z)

        return max(metrics, key=out)

    def has(self, *metrics: str) -> bool:
        """Whether the snapshot holds any figure of one of the metrics."""
        return any(self.snapshot.periods(metric, grain) for metric in metrics for grain in GRAINS)

    def facets(self, prefix: str = "", *, but: str | None = None) -> list[str]:
        """Survey facets in the snapshot that begin with `prefix` and not with `but`."""
        return [
            facet
            for facet in self.snapshot.facets()
            if facet.startswith(prefix) and not (but and facet.startswith(but))
        ]

    # Words and figures.

    def headline(self, metric: str, **options: Any) -> None:
        """The page's answer in one sentence: value, interval, change in a year, target."""
        answer = self.history(metric, **options)
        stands = self._standing(answer)
        st.markdown(words.sentence(answer, stands, self._name_of(answer), self.setting))

    def gap(self, metric: str, **options: Any) -> None:
        """The highest and the lowest of several places, and whether they really differ."""
        st.markdown(words.gap(self.ask(metric, **options), self.setting))

    def chances(self, *answers: Answer) -> None:
        """What `charts.chances` draws of the answers, a sentence a comparison; said once a page."""
        said = words.chances(answers, self.setting)
        if said and said not in self.drawn:
            self.drawn[said] = 1
            st.markdown(said)

    def verdict(self, metrics: Sequence[str]) -> None:
        """How many of the metrics got clearly better or worse in a year, and which."""
        answers = [self.history(metric) for metric in metrics]
        stands = [self._standing(answer) for answer in answers]
        st.markdown(words.verdict(answers, stands, self.place_name, self.setting))

    def policy_headline(self, answer: Answer, policy: Policy | None) -> None:
        """What became of the answer's metric, by month, after a policy: in the chosen place, or in
        how many of the agencies that have it; without one, where the metric stands."""
        said = ""
        if policy and policy.agencies:
            if found := effects.effects(answer, policy.agencies):
                said = effects.summary(found, answer, self.setting)
        elif policy and policy.here and (effect := effects.effect_of(answer, policy.here)):
            said = effects.sentence(effect, answer, self.setting)
        if said:
            st.markdown(words.capital(said))
        else:
            self.headline(answer.metric.key)

    def key_figures(self, metrics: Sequence[str], **options: Any) -> None:
        """Up to four cards: value, change against a year ago, sparkline, target."""
        cards = []
        for metric in metrics[:4]:
            answer = self.history(metric, **options)
            stands = self._standing(answer)
            self.drawn["withheld"] += stands.withheld
            cards.append(words.card(answer, stands, self.setting, elsewhere=self.has(metric)))
        st.html(f'<div class="figures">{"".join(cards)}</div>')

    def chart(
        self,
        draw: Callable[..., Picture],
        *answers: Answer,
        key: str | None = None,
        events: bool = True,
        leads_to: str = PROFILE,
        **options: Any,
    ) -> None:
        """A picture of `analytics.charts`: finding, subtitle, marks, note, table view and CSV.

        A click on a place opens its profile, or the page that it `leads_to`. `events=False` leaves
        out the dated policy lines. `options` go to `draw`.
        """
        setting = replace(
            self.setting,
            target=self._target(answers[0]),
            events=self.events if events else (),
            coverage=self._coverage(answers[0]),
        )
        picture = draw(*answers, setting=setting, **options)
        self.drawn["withheld"] += tables.withheld(picture.table)
        if len(picture.table):
            remarks = self._remarks(answers, pooled=tables.pooled(picture.table))
            self._show(picture, self._behind(answers, picture), key, leads_to, remarks)
        else:
            self._nothing(answers)

    def _behind(self, answers: Sequence[Answer], picture: Picture) -> _Behind:
        """The picture's own table, or else the rows of the answers and what it worked out."""
        name = answers[0].metric.key
        if not picture.listing:
            return _Behind(
                lambda: tables.with_more(*tables.shown(answers, self.setting), picture.more),
                lambda: tables.csv(answers, picture.more, self.csv_form),
                name,
            )
        return _Behind(
            lambda: tables.listed(picture.listing),
            lambda: tables.listed_csv(picture.listing, self.csv_form),
            name,
        )

    def facet_by_place(self, metric: str, facets: Sequence[str], *, key: str) -> str:
        """One facet of a survey metric, which the reader chooses, place by place and over time;
        returns it."""
        level = self.level_with(metric, by="facet")
        facet = self.choose("Survey facet", facets, key=key, labels="facet")
        asked: dict[str, Any] = {"by": "facet", "level": level, "category": {"facet": facet}}
        self.gap(metric, **asked)
        left, right = self.columns()
        with left:
            self.chart(interval_dots, self.ask(metric, **asked), most=24)
        with right:
            self.chart(trend, self.history(metric, **asked))
        return facet

    def study(self, key: str, place: str | None = None) -> Estimates:
        """What a study found at a place ("level:code"; the reader's where none is given), else at
        the nearest place above that it has estimates of."""
        found = source.estimates(self.snapshot, key)
        at: tuple[str, str] | None = places.split(place) if place else self.place
        while at is not None:
            here = found.rows[(found.rows["level"] == at[0]) & (found.rows["place"] == at[1])]
            if len(here):
                return replace(found, rows=here.reset_index(drop=True))
            at = self.places.parents.get(at)
        return replace(found, rows=found.rows.iloc[:0])

    def study_finds(self, found: Estimates, finding: Finding, *, measure: str) -> None:
        """One sentence of all subjects of a study that have a value of the measure."""
        rows = found.rows.query("measure == @measure").dropna(subset="value")
        if found.rows.empty:
            return
        said = finding(rows, self.setting) if len(rows) else self.say("The data cannot tell")
        st.markdown(f"**{said}.**")

    def study_says(
        self, found: Estimates, says: Callable[..., str], *, measure: str, of: str | None = None
    ) -> None:
        """A sentence a subject of a study, or `of` one: what `says` makes of its row of a measure,
        and why it cannot be told where it cannot; then the study's caution. Before them stands of
        which place they are, where that is not the reader's."""
        if found.rows.empty:
            self.note("The data lack what this would compare.")
            return
        lines = []
        for _, row in found.rows.query("measure == @measure").iterrows():
            if of and str(row["subject"]) != of:
                continue
            reason = self.setting.text.retell(row.at["reason"])
            said = says(row, found, self.setting) + "."
            lines.append(f"- {said} {reason}" if reason else f"- {said}")
        level, code = found.rows.loc[0, ["level", "place"]]
        if lines and (level, code) != self.place:
            self.note(
                "Of {place}: the place chosen has no estimates of its own.",
                place=self.setting.name(level, code),
            )
        st.markdown("\n".join(lines))
        if found.study.caution and lines:
            self.note(found.study.caution)

    def subjects(self, found: Estimates) -> dict[str, str]:
        """The subjects that a study found something of here, and their messages, for `choose`."""
        named = found.study.subjects
        here = dict.fromkeys(found.rows["subject"])
        return {code: named[code] if isinstance(named, Mapping) else code for code in here}

    def study_chart(
        self,
        draw: Callable[..., Picture],
        *found: Estimates,
        key: str | None = None,
        **options: Any,
    ) -> None:
        """A picture of what studies found, with the same parts under it as `chart`."""
        if all(one.rows.empty for one in found):
            evidence.empty(self.setting.text, found[0].study.tables)
            return
        behind = _Behind(
            lambda: tables.estimates_shown(found, self.setting),
            lambda: tables.estimates_csv(found, self.csv_form),
            found[0].study.key,
        )
        self._show(draw(*found, setting=self.setting, **options), behind, key)

    def table(self, *answers: Answer, key: str | None = None) -> None:
        """Sortable rows: place, period, categories, value, interval, numerator, n, people."""
        frame, units = tables.shown(answers, self.setting)
        self.drawn["withheld"] += sum(tables.withheld(answer.rows) for answer in answers)
        if frame.empty:
            self._nothing(answers)
            return
        st.dataframe(
            tables.styled(frame, units, self.setting.text),
            hide_index=True,
            column_config=tables.columns(frame, units, self.setting.text),
            placeholder="–",
            key=key,
            alt=self.say("Table of {metric}", metric=self.say(answers[0].metric.title)),
        )
        self._remark_once(answers)
        name = answers[0].metric.key
        behind = _Behind(
            lambda: (frame, units), lambda: tables.csv(answers, form=self.csv_form), name
        )
        self._csv(behind, key or f"table_{self.name}_{name}_{len(frame)}")

    def parts(self, index: str) -> None:
        """What an index is made of at the chosen place: each part's weight, figure from 0 to 100
        and interval; where there is no index, which part is wanting and why."""
        whole = self.ask(index).question
        found = [
            indices.Part(weight, self.ask(key, grain=whole.grain, period=whole.last))
            for key, weight in getattr(METRICS[index], "components", ())
        ]
        if none := indices.why_none(found, self.place_name, self.setting):
            st.markdown(none)
        frame, units = indices.table_of(found, self.setting)
        title = self.say(METRICS[index].title)
        st.dataframe(
            tables.styled(frame, units, self.setting.text),
            hide_index=True,
            column_config=tables.columns(frame, units, self.setting.text),
            placeholder="–",
            key=f"parts_{index}",
            alt=self.say("Table of {metric}", metric=title),
        )

    def index_and_parts(self, index: str, **options: Any) -> tuple[Answer, ...]:
        """The index and each of its components, for pictures of its weights."""
        whole = self.ask(index, **options)
        same = options | {"grain": whole.question.grain, "period": whole.question.last}
        components = getattr(METRICS[index], "components", ())
        return (whole, *(self.ask(key, **same) for key, _ in components))

    def cross_table(self, answer: Answer, *, rows: str = "place", columns: str = "period") -> None:
        """Values with `rows` down and `columns` across: "place", "period" or a breakdown."""
        if answer.rows.empty:
            self._nothing((answer,))
            return
        self._remark_once((answer,))
        crossed = tables.pivoted(answer, rows, columns, self.setting)
        unit = str(answer.metric.unit)
        units = {column: [unit] * len(crossed) for column in crossed.columns}
        st.dataframe(
            tables.styled(crossed, units, self.setting.text),
            column_config=tables.columns(crossed, units, self.setting.text),
            placeholder="–",
            alt=self.say("Table of {metric}", metric=self.say(answer.metric.title)),
        )

    def download(self, *answers: Answer) -> None:
        """Buttons for CSV, Parquet and XLSX of the answers' rows."""
        name = answers[0].metric.key
        kinds = (
            ("CSV", "csv", "text/csv", partial(tables.csv, form=self.csv_form)),
            ("Parquet", "parquet", "application/vnd.apache.parquet", tables.parquet),
            (
                "XLSX",
                "xlsx",
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                tables.xlsx,
            ),
        )
        with st.container(horizontal=True):
            for label, ending, mime, write in kinds:
                st.download_button(
                    label,
                    lambda write=write: write(answers),
                    file_name=f"{name}.{ending}",
                    mime=mime,
                    key=f"download_{ending}_{name}",
                    icon=":material/download:",
                    on_click="ignore",
                )

    def command(self, *answers: Answer) -> None:
        """The `python -m analytics ask …` lines that give the same figures."""
        lines = dict.fromkeys(
            tables.command(answer.question, self._inside(answer)) for answer in answers
        )
        st.code("\n".join(lines), language=None, wrap_lines=True)

    def prose(self, message: str, **values: object) -> None:
        """A paragraph."""
        st.markdown(self.say(message, **values))

    def note(self, message: str, **values: object) -> None:
        """Small text."""
        st.caption(self.say(message, **values))

    def section(self, message: str, **values: object) -> None:
        """A heading."""
        st.header(self.say(message, **values), anchor=False)

    def link(
        self,
        name: str,
        message: str | None = None,
        *,
        place: str | None = None,
        tab: str | None = None,
        **values: object,
    ) -> None:
        """A link to a page that keeps the filters, and opens a tab where one is given; the page's
        title where no message is."""
        label = self.say(message, **values) if message else self.say(BY_NAME[name].title)
        query = link.shared() | ({"place": place} if place else {}) | ({"tab": tab} if tab else {})
        st.page_link(
            navigation_page(BY_NAME[name], self.setting.text), label=label, query_params=query
        )

    def empty(self, *tables_: str) -> None:
        """Says that there is nothing yet, which tables of the contract to load, and how."""
        evidence.empty(self.setting.text, tables_)

    def foot(self) -> None:
        """Data as of, snapshot, how many figures are withheld on this page, link to the method."""
        with st.container(key="foot", gap=None):
            st.caption(evidence.foot_line(self.snapshot, self.drawn["withheld"], self.setting.text))
            self.link("methodology", "How these figures are made")
            frame.csv_choice(self.setting.text)

    # Layout.

    def columns(self, count: int | Sequence[int] = 2) -> Sequence[AbstractContextManager]:
        """`left, right = page.columns()`, then `with left: …`. They stack on a narrow screen.

        `count` is how many, or their widths against each other.
        """
        return st.columns(count, gap="medium")

    def side_by_side(self, *pictures: tuple[Any, ...]) -> None:
        """Pictures beside one another, each given as what `chart` takes: (draw, answer, …)."""
        for column, (draw, *answers) in zip(self.columns(len(pictures)), pictures, strict=True):
            with column:
                self.chart(draw, *answers)

    def tabs(self, *tabs: tuple[str, Callable[[], None] | None], key: str = "tab") -> None:
        """(title msgid, function that draws it): only the open one is computed; it is in the link.

        A tab with nothing to draw is left out.
        """
        drawn = [(message, draw) for message, draw in tabs if draw]
        self._tabs(drawn, key)

    def _tabs(self, tabs: Sequence[tuple[str, Callable[[], None]]], key: str) -> None:
        titles = {code: message for code, (message, _) in zip(_codes(tabs), tabs, strict=True)}
        codes = tuple(titles)
        value = link.chosen(key, codes, codes[0])
        widget = f"tabs_{self.name}_{key}"
        st.session_state[widget] = value
        st.segmented_control(
            self.say("View"),
            codes,
            key=widget,
            required=True,
            format_func=lambda code: self.say(titles[code]),
            label_visibility="collapsed",
            on_change=_tab_moved,
            args=(key, widget, codes[0]),
        )
        dict(zip(codes, (draw for _, draw in tabs), strict=True))[value]()

    def more(self, message: str, draw: Callable[[], None]) -> None:
        """A fold that is computed only when opened."""
        fold = st.expander(self.say(message), key=f"more_{self.name}_{message}", on_change="rerun")
        if fold.open:
            with fold:
                draw()

    # Choices of one page, all in the link.

    def choose(
        self,
        message: str,
        options: Sequence[str],
        *,
        key: str,
        default: str | None = None,
        labels: str | Mapping[str, str] | None = None,
        **look: Any,
    ) -> str:
        """One of the options. `key` is its name in the link; `look` goes to the select box.

        `labels` is a mapping option → msgid, or a dimension whose category labels to use, or
        "metric", "dimension", "place", "kind", "period"; without it the options are shown as is.
        """
        return link.select(
            self.say(message),
            options,
            key=key,
            default=default or options[0],
            names=lambda option: self._label(option, labels),
            **look,
        )

    def choose_metric(
        self,
        *,
        key: str = "metric",
        default: str,
        subject: str | None = None,
        among: Sequence[str] = tuple(METRICS),
        **look: Any,
    ) -> str:
        """A metric that the snapshot has figures of."""
        known = [m for m in self.known(among) if subject in (None, SUBJECT_OF[m])] or [default]
        first = default if default in known else known[0]
        return self.choose("Metric", known, key=key, default=first, labels="metric", **look)

    def choose_facet(self, metric: str) -> dict[str, Any]:
        """Options of `ask` for one facet, which the reader chooses, of a survey metric that is
        published by facet alone, as recaps are; {} for any other metric."""
        facets = self.facets()
        whole = self.level_with(metric, "chosen")
        if "facet" not in self.breakdowns(metric) or not facets:
            return {}
        if self.shows(self.ask(metric, level=whole)):
            return {}
        facet = self.choose("Survey facet", facets, key="facet", labels="facet")
        return {"by": "facet", "category": {"facet": facet}}

    def choose_service(self, metric: str) -> dict[str, Any]:
        """Options of `ask` for one service, where the reader chooses one that the place has figures
        of; {} for all of them together."""
        rows = self.ask(metric, by="service").rows
        services = sorted(set(rows["service"])) if len(rows) else []
        service = link.select(
            self.say("Public service"),
            [EVERY_SERVICE, *services],
            key="service",
            default=EVERY_SERVICE,
            names=lambda service: self.say("all services") if service == EVERY_SERVICE else service,
        )
        if service == EVERY_SERVICE:
            return {}
        return {"by": "service", "category": {"service": service}}

    def choose_policy(self, metric: str) -> Policy | None:
        """A dated policy of the chosen place or of agencies within it that have figures of the
        metric; None where there is none."""
        agencies = set(self.ask(metric, level="agency").rows["place"])
        found = policies_of(self.snapshot, self.places, self.chosen.place, agencies)
        by_code = {policy.code: policy for policy in found}
        if not by_code:
            return None
        code = link.select(
            self.say("Policy"),
            list(by_code),
            key="policy",
            default=next(iter(by_code)),
            names=lambda code: by_code[code].label,
        )
        return by_code[code]

    def agencies_of(self, policy: Policy | None) -> dict[str, Any]:
        """Options of `ask` for the agencies that have a policy; {} where it is the place's own."""
        if policy is None or not policy.agencies:
            return {}
        return {"level": "agency", "codes": tuple(policy.agencies)}

    def choose_kind(
        self, *, key: str, any_kind: bool = False, metric: str | None = None
    ) -> str | None:
        """A kind of agency that the snapshot has, with figures of the metric where one is given,
        at first the one with most people behind them; None for agencies of any kind."""
        common = Counter(self.places.kinds.values())
        if metric:
            rows = self.ask(metric, level="agency", within="all").rows
            people = (
                rows["people"].fillna(rows["denominator"]).where(~rows["withheld"].astype(bool))
            )
            common = Counter[str]()
            for kind, count in zip(rows["agency_kind"].astype(str), people.fillna(0), strict=True):
                common[kind] += count
        kinds = sorted(common, key=self.setting.text.kind)
        usual = common.most_common(1)[0][0] if common else ANY_KIND
        if self.kind and self.kind in common:
            usual = self.kind
        options = [*([ANY_KIND] if any_kind else []), *kinds] or [ANY_KIND]
        chosen = link.select(
            self.say("Kind of agency"),
            options,
            key=key,
            default=ANY_KIND if any_kind else usual,
            names=lambda kind: (
                self.say("every kind") if kind == ANY_KIND else self.setting.text.kind(kind)
            ),
        )
        return None if chosen == ANY_KIND else chosen

    def label_of(self, option: str) -> str:
        """The name of a place written "level:code"."""
        return self.setting.name(*places.split(option))

    def period_of(self, answer: Answer) -> str:
        """The last period of an answer, in words; a dash where it has no rows."""
        rows = answer.rows
        return self.setting.text.period(str(rows["period"].max())) if len(rows) else "–"

    def choose_places(self, level: str, *, key: str) -> tuple[str, ...]:
        """Codes of any number of places of a level; none chosen means all of them."""
        if level == "below":
            level = NEXT_LEVEL[self.place.level]
        elif level == "chosen":
            return ()
        options = [option for option in self.places.options if places.split(option)[0] == level]
        found = link.select_several(
            self.say("Places"),
            options,
            key=key,
            names=lambda option: self.places.paths[option],
            placeholder=self.say("all of them"),
        )
        return tuple(places.split(option)[1] for option in found)

    @property
    def neighbour(self) -> str:
        """A place to set the chosen one against: the next beside it, or the first below."""
        own = self.chosen.place
        above = self.places.parents.get(own)
        beside = self.places.children(above) if above else self.places.children(own)
        others = [option for option in beside if places.split(option) != own]
        return others[0] if others else self.places.options[0]

    def choose_other_place(self, message: str, *, key: str) -> str:
        """Any place but the chosen one, as "level:code"; a neighbour unless the reader says."""
        own = self.chosen.option
        return link.select(
            self.say(message),
            [option for option in self.places.options if option != own],
            key=key,
            default=self.neighbour,
            names=lambda option: self.places.paths.get(option, option),
            icon=":material/location_on:",
        )

    def choose_other_period(self, message: str, answer: Answer, *, key: str) -> str:
        """A period of the answer's metric and grain but its own, the one before it unless the
        reader says; "" where there is none."""
        own = answer.question.last or ""
        known = self.snapshot.periods(answer.metric.key, answer.question.grain)
        others = [period for period in known if period != own][::-1]
        if not others:
            return ""
        before = [period for period in others if period < own]
        default = (before or others)[0]
        return self.choose(message, others, key=key, default=default, labels="period")

    def breakdowns(self, metric: str) -> tuple[str, ...]:
        """Dimensions a metric may be broken down by."""
        return dimensions_of(METRICS[metric])

    def choose_breakdowns(
        self, metric: str, *, level: str = "chosen", agency_kind: str | None = None, key: str = "by"
    ) -> tuple[str, ...]:
        """None, one, or a pair that is published for the metric at a level, or for agencies of a
        kind; where the link asks for another, what there is in words."""
        at = "agency" if agency_kind else reach(self.chosen.place, level, self.places).level
        singles = self.breakdowns(metric)
        among = [dimension for dimension in singles if dimension in PERSONAL]
        pairs = list(combinations(among, 2))
        there = {
            ".".join(by): self.snapshot.levels_of(metric, by)
            for by in [*((one,) for one in singles), *pairs]
        }
        options = ["none", *(by for by, levels in there.items() if at in levels)]
        wanted = link.read(key)
        if there.get(wanted) and wanted not in options:
            self._note_levels(metric, wanted.split("."), there[wanted])
        names = {"none": self.say("No breakdown")}
        value = link.select(
            self.say("Breakdown"),
            options,
            key=key,
            default="none",
            names=lambda o: names.get(
                o, " × ".join(self.setting.text.dimension(d) for d in o.split("."))
            ),
        )
        return () if value == "none" else tuple(value.split("."))

    def _note_levels(self, metric: str, by: Sequence[str], levels: Sequence[str]) -> None:
        st.caption(self._levels_said(metric, by, levels))

    def _levels_said(self, metric: str, by: Sequence[str], levels: Sequence[str]) -> str:
        """For which levels a breakdown is published, in words."""
        category = self.setting.text.category
        return self.say(
            "{metric} by {dimension} is published for: {levels}.",
            metric=self.say(METRICS[metric].title),
            dimension=self._groups_said(by),
            levels=", ".join(category("level", level).lower() for level in levels),
        )

    def choose_rule(
        self, answers: Sequence[Answer], ratings: Mapping[str, str], *, key: str
    ) -> str:
        """The code of a rule that binds agencies of the answers (`charts.curve_breaches`), those that
        most agencies break first, or "" for all rules together; "" without a choice where no rating
        may be shown."""
        tallies = curves.tallies_of(curves.judged_agencies(answers, ratings))
        tallies = sorted(tallies, key=lambda one: one.broken, reverse=True)
        if not tallies:
            return ""
        names = {one.code: curves.tally_words(one, self.setting) for one in tallies}
        names[EVERY_RULE] = self.say("All rules together")
        found = link.select(
            self.say("Rule"), list(names), key=key, default=tallies[0].code, names=names.__getitem__
        )
        return "" if found == EVERY_RULE else found

    def choose_goal(self, answer: Answer, *, key: str) -> float:
        """A target from 50 % to 100 %; the loaded one of the answer's metric, else 80 %."""
        loaded = self._target(answer) or GOAL
        goals = sorted({loaded, *(step / 20 for step in range(10, 21))})
        found = link.select(
            self.say("Target"),
            [f"{goal:g}" for goal in goals],
            key=key,
            default=f"{loaded:g}",
            names=lambda goal: self.setting.text.target(float(goal), "share"),
        )
        return float(found)

    def choose_months(self, answer: Answer, *, key: str) -> int:
        """Months from the answer's to the one by which something is to be done, December unless the
        reader says; 0, without a choice, where its year is over or it has no rows."""
        if answer.rows.empty:
            return 0
        year, month = map(int, answer.rows["period"].max().split("-"))
        options = [f"{year}-{later:02d}" for later in range(month + 1, 13)]
        if not options:
            return 0
        said = self.setting.text
        by = link.select(self.say("By"), options, key=key, default=options[-1], names=said.period)
        return options.index(by) + 1

    def choose_mix(self, metric: str, *, key: str) -> tuple[str, ...]:
        """One group of people or a pair that is published for the chosen place's level to tell the
        mix by; () where the metric has none."""
        groups = [d for d in self.breakdowns(metric) if d in PERSONAL]
        pairs = [
            ".".join(pair)
            for pair in combinations(groups, 2)
            if self.place.level in self.snapshot.levels_of(metric, pair)
        ]
        if not groups:
            return ()
        dimension = self.setting.text.dimension
        value = link.select(
            self.say("Groups of people"),
            [*groups, *pairs],
            key=key,
            default=self._telling(metric, groups),
            names=lambda option: " × ".join(dimension(d) for d in option.split(".")),
        )
        return tuple(value.split("."))

    def _telling(self, metric: str, groups: Sequence[str]) -> str:
        """A breakdown in which the metric has more than one group of people, the first if none."""
        ordered = (group for group in ("status", "grade_group", *groups) if group in groups)
        return next((one for one in ordered if self._told_apart(metric, (one,))), groups[0])

    # Made by the dashboard.

    def movements(self, metrics: Sequence[str]) -> None:
        """What moved most since a year ago, and where: a short list, each a link.

        Places are governments, or agencies where a government is chosen. Listed is what moved
        further from places of its level than these usually do in a year.
        """
        rules = watch.moves(metrics)
        answers = {rule.metric: self._everywhere(rule.metric) for rule in rules}
        inside = self._codes(self._watched)
        tested = [
            held for rule in rules if (held := self._changed(rule, answers[rule.metric], inside))
        ]
        self._listed(
            "movements", tested, "Nothing moved beyond what is usual since a year ago.", answers
        )

    def attention(self) -> None:
        """Limits broken, coverage behind target, adoption falling, agencies unlike their kind:
        sentences with their figure, each a link to its page."""
        answers: dict[str, Answer] = {}
        tested: list[candidates.Held] = []
        inside, agencies = self._codes(self._watched), self._codes("agency")
        for rule in watch.RULES:
            if rule.kind == "limit":
                answer = self.ask(rule.metric, level="agency", grain="year")
                share = self.ask("top_rating_share", level="agency", grain="year")
                tested.append(candidates.over_limit(rule, answer, share))
            elif rule.kind == "target":
                answer = self.ask(rule.metric, level=self._watched, grain="year")
                targets = targets_of(self.snapshot, answer, self.places)
                tested.append(candidates.behind(rule, answer, targets))
            elif rule.kind == "fall":
                answer = self._everywhere(rule.metric)
                held = self._changed(rule, answer, inside)
                tested += [held] if held else []
            else:
                answer = self.ask(rule.metric, level="agency", within="all", grain="year")
                tested.append(candidates.unlike(rule, answer, agencies))
            answers[rule.metric] = answer
        self._listed(
            "attention", tested, "Nothing needs attention by the tests of this page.", answers
        )

    @property
    def _watched(self) -> str:
        """The level of the places that are watched from the chosen one."""
        return "government" if self.place.level in ("all", "province") else "agency"

    def _codes(self, level: str) -> set[str]:
        """Codes of the places of a level that are inside the chosen one, or else beside it."""
        meant = reach(self.chosen.place, level, self.places)
        inside = (
            option
            for option in self.places.options
            if places.split(option)[0] == level
            and (meant.within is None or meant.within in self.places.above(places.split(option)))
        )
        return {places.split(option)[1] for option in inside}

    def _everywhere(self, metric: str) -> Answer:
        """The years of every place of the watched level."""
        return self.history(metric, level=self._watched, within="all", grain="year")

    def _changed(
        self, rule: candidates.Rule, answer: Answer, inside: set[str]
    ) -> candidates.Held | None:
        history = candidates.History(answer, source.year_ago(self.snapshot, answer))
        return candidates.changed(rule, history, inside)

    def _listed(
        self,
        name: str,
        tested: Sequence[candidates.Held],
        otherwise: str,
        answers: Mapping[str, Answer],
    ) -> None:
        """What stands of the tests: the first lines, how they are made, and the rest in a fold."""
        found = candidates.standing(tested, answers)
        lines = watch.lines(found, self.setting)
        made = watch.made_by(tested, self.setting)
        self._lines(name, lines, otherwise if made else "There are no figures for this period.")
        if not made:
            return
        st.caption(made)
        more = len(found) - len(lines)
        title = self.say("And {count} more, with the tests", count=more)
        view = st.popover(
            title if more else self.say("The tests"),
            icon=":material/table_rows:",
            type="tertiary",
            key=f"tests_{self.name}_{name}",
            on_change="rerun",
        )
        if view.open:
            with view:
                self._tests(name, tested, found)

    def _tests(
        self,
        name: str,
        tested: Sequence[candidates.Held],
        found: Sequence[candidates.Found],
    ) -> None:
        parts = {"found": watch.found_table(found, self.setting)} if found else {}
        parts["rules"] = watch.rules_table(tested, found, self.setting)
        for part, (rows, units) in parts.items():
            st.dataframe(
                tables.styled(rows, units, self.setting.text),
                hide_index=True,
                column_config=tables.columns(rows, units, self.setting.text),
                placeholder="–",
                width=720,
                key=f"{name}_{part}",
                alt=self.say("Table of tests"),
            )

    def places_below(self) -> None:
        """A way to the profile of each place directly below the chosen one."""
        below = self.places.children(self.chosen.place)
        if not below:
            return
        self.section("Places below")
        self._ways_to(below, key=f"below_{self.name}")

    def succession(self) -> None:
        """What the chosen agency became and what it was before, each a way to its profile; where it
        has ended, in which year it is compared."""
        for number, tie in enumerate(succession.ties(self.snapshot, self.place, self.setting.text)):
            st.markdown(plain(tie.sentence))
            self._ways_to(tie.leads_to, key=f"succession_{number}")
        for year in self.while_it_lasted.values():
            self.prose("It is compared in {year}, the last whole year that it existed.", year=year)

    def _ways_to(self, options: Sequence[str], *, key: str) -> None:
        if not options:
            return
        with st.container(horizontal=True, gap="small", key=key):
            for option in options:
                # not a page link: one to the page itself would leave the place as it is
                st.button(
                    plain(self.places.names[places.split(option)]),
                    key=f"to_{option}",
                    type="tertiary",
                    on_click=_follow,
                    args=(self.name, PROFILE, option),
                )

    def definitions(self, *metrics: str, subject: str | None = None) -> None:
        """Title, meaning, formula, source, caution, unit and direction, from the registry."""
        of_subject = tuple(m for m in METRICS if subject in (None, SUBJECT_OF[m]))
        evidence.definitions(self.setting.text, metrics or of_subject)

    def studies(self) -> None:
        """Title, meaning, what it gives, source and caution of every study, from the registry."""
        evidence.studies(self.setting.text)

    def glossary(self) -> None:
        """The words of the field and of this dashboard, each with its one meaning."""
        evidence.glossary(self.setting.text)

    def freshness(self) -> None:
        """One sentence: how much is loaded, how new it is, how much was refused."""
        st.markdown(evidence.freshness(self.snapshot, self.setting.text))

    def empty_command(self) -> None:
        """The two commands that load files and publish them."""
        evidence.commands()

    def sources(self) -> None:
        """The files of the snapshot: when extracted and loaded, rows loaded and rejected."""
        evidence.sources(self.snapshot, self.setting.text)

    def loaded(self) -> None:
        """Record tables: rows, first and last day, extraction."""
        evidence.loaded(self.snapshot, self.setting.text)

    def templates(self) -> None:
        """A choice of empty files to fill in, for every reader."""
        from analytics.ui.templates import draw  # what reads files is not loaded to show figures

        draw(self.setting.text)

    def findings(self) -> None:
        """What the checks found in the data."""
        evidence.findings(self.snapshot, self.setting.text)

    @property
    def importing(self) -> Callable[[], None] | None:
        """Takes files in, where this server was started to; else None."""
        if not source.takes_files():
            return None
        from analytics.ui.importing import draw  # what reads files is not loaded to show figures

        return lambda: draw(self.setting.text)

    def snapshots(self) -> None:
        """Published snapshots, newest first, and the command that goes back to one."""
        evidence.snapshots(self.snapshot, self.setting.text)

    def withheld(self) -> None:
        """What protection withheld, by level."""
        evidence.withheld(self.snapshot, self.setting.text)

    # Parts of the above.

    def _coverage(self, answer: Answer) -> str:
        """How complete the data behind an answer are at the chosen place, in words."""
        table = ROW_TABLES.get(answer.metric.table)
        if table is None:
            return ""
        metric = "people_in_data_share" if table.personal else "response_rate"
        if answer.metric.key == metric or not (table.personal or table.name == "survey"):
            return ""
        found = self.ask(metric).rows
        if len(found) != 1 or bool(found["withheld"].iloc[0]):
            return ""
        share = self.setting.text.share(float(found["value"].iloc[0]))
        if table.personal:
            return self.say("{share} of people are in the data", share=share)
        return self.say("{share} answered", share=share)

    def _standing(self, answer: Answer) -> words.Standing:
        earlier = source.year_ago(self.snapshot, answer)
        return words.standing(answer, self._target(answer), earlier)

    def _inside(self, answer: Answer) -> tuple[str, ...]:
        within = answer.question.within
        if within is None or within.code not in self.places.provinces:
            return ()
        # the code of a province is its government's too, so the places are named one by one
        if (within.level, answer.question.level) == ("province", "agency"):
            return ()
        return tuple(dict.fromkeys(answer.rows["place"].astype(str)))

    def _target(self, answer: Answer) -> float | None:
        return target_of(self.snapshot, answer, self.chosen, self.places)

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """Dated policies and activities that concern the chosen place."""
        return events_of(self.snapshot, self.chosen, self.places)

    def _name_of(self, answer: Answer) -> str:
        rows = answer.rows
        if rows.empty:
            return self.place_name
        first = rows.iloc[0]
        return self.setting.name(str(first["level"]), str(first["place"]), str(first["place_name"]))

    def _figure(self, picture: Picture, key: str, leads_to: str) -> None:
        chart = f"chart_{key}"
        if picture.places:
            st.plotly_chart(
                picture.figure,
                theme=None,
                key=chart,
                config=CHART_CONFIG,
                alt=picture.alt,
                on_select=lambda: _clicked(chart, self.name, leads_to),
                selection_mode="points",
            )
        else:
            st.plotly_chart(
                picture.figure, theme=None, key=chart, config=CHART_CONFIG, alt=picture.alt
            )

    def _remarks(self, answers: Sequence[Answer], *, pooled: bool) -> list[str]:
        """What a reader of the answers has to know besides: another period than asked for, agencies
        that are left out of a sum, and intervals that use the spread of all places."""
        said = [self._another_period(answer) for answer in answers if len(answer.rows)]
        said += [
            self.say(
                "{count} of {agencies} agencies are withheld and not in these figures.",
                count=self.setting.text.number(answer.left_out),
                agencies=self.setting.text.number(answer.agencies),
            )
            for answer in answers
            if answer.left_out
        ]
        if pooled:
            said.append(
                self.say("Interval from the spread of all places: too few people for their own.")
            )
        return list(dict.fromkeys(filter(None, said)))

    def _periods_said(self, answer: Answer) -> str:
        """The period of an answer or the first and last of them; of one year, how far it goes."""
        shown = rows_of(answer)
        if len({row.period for row in shown}) == 1:
            return period_words(shown[0].period, answer.until, self.setting)
        return periods_of(shown, self.setting)

    def _another_period(self, answer: Answer) -> str:
        asked = answer.instead_of
        if asked is None:
            return ""
        shown = {
            "dimension": self._groups_said(asked.by),
            "period": self._periods_said(answer),
        }
        if asked.grain == "year":
            period = self.setting.text.period(asked.last or "")
            return self.say(
                "By {dimension} nothing is published for {asked}: shown is {period}.",
                asked=period,
                **shown,
            )
        return self.say(
            "By {dimension} this is published by year only: shown is {period}.", **shown
        )

    def _remark_once(self, answers: Sequence[Answer]) -> None:
        """The remarks of answers in a table, without those that the page has made already."""
        pooled = any(tables.pooled(answer.rows) for answer in answers)
        for said in self._remarks(answers, pooled=pooled):
            if said not in self.drawn:
                self.drawn[said] = 1
                st.caption(plain(said))

    def _show(
        self,
        picture: Picture,
        behind: _Behind,
        key: str | None,
        leads_to: str = PROFILE,
        remarks: Sequence[str] = (),
    ) -> None:
        """Finding, subtitle, marks, note, table view and CSV."""
        self.drawn["charts"] += 1
        key = key or f"{self.name}_{self.drawn['charts']}"
        with st.container(key=f"picture_{key}", gap="xxsmall"):
            st.header(plain(words.capital(picture.title)), anchor=False)
            st.caption(plain(picture.subtitle))
            if picture.figure is not None:
                self._figure(picture, key, leads_to)
            for said in (picture.note, *remarks):
                if said:
                    st.caption(plain(said))
            self.drawn.update(dict.fromkeys(remarks, 1))
            self._under(picture, behind, key)

    def _under(self, picture: Picture, behind: _Behind, key: str) -> None:
        with st.container(horizontal=True, gap="small", key=f"under_{key}"):
            view = st.popover(
                self.say("Table"),
                icon=":material/table_rows:",
                type="tertiary",
                key=f"view_{key}",
                on_change="rerun",
            )
            if view.open:
                with view:
                    frame, units = behind.table()
                    st.dataframe(
                        tables.styled(frame, units, self.setting.text),
                        hide_index=True,
                        column_config=tables.columns(frame, units, self.setting.text),
                        placeholder="–",
                        width=720,
                        alt=picture.title,
                    )
            self._csv(behind, key)

    def _csv(self, behind: _Behind, key: str) -> None:
        st.download_button(
            "CSV",
            behind.csv,
            file_name=f"{behind.name}.csv",
            mime="text/csv",
            key=f"csv_{key}",
            icon=":material/download:",
            type="tertiary",
            on_click="ignore",
        )

    def _nothing(self, answers: Sequence[Answer]) -> None:
        metric, asked = answers[0].metric, answers[0].question
        if self.has(metric.key):
            levels = self.snapshot.levels_of(metric.key, asked.by) if asked.by else []
            if levels and asked.level not in levels:
                st.info(self._levels_said(metric.key, asked.by, levels))
                return
            st.info(
                self.say(
                    "{metric}: not published for this choice. Choose another period or breakdown.",
                    metric=self.say(metric.title),
                )
            )
            return
        behind = evidence.tables_behind(metric)
        asked_for = "load " + " ".join(behind)
        if asked_for in self.drawn:
            self.note("{metric}: no data yet.", metric=self.say(metric.title))
            return
        self.drawn[asked_for] = 1
        evidence.empty(self.setting.text, behind, metric)

    def _label(self, option: str, labels: str | Mapping[str, str] | None) -> str:
        said = self.setting.text
        if labels is None:
            return option
        if isinstance(labels, Mapping):
            return said.say(labels[option])
        if labels == "metric":
            return said.say(METRICS[option].title)
        if labels == "dimension":
            return said.dimension(option)
        if labels == "place":
            return self.places.paths.get(option, option)
        if labels == "kind":
            return said.kind(option)
        if labels == "period":
            return said.period(option) if option else self.say("no period")
        return said.category(labels, option)

    def _lines(self, name: str, lines: Sequence[watch.Line], otherwise: str) -> None:
        if not lines:
            st.caption(self.say(otherwise))
        with st.container(key=f"lines_{self.name}_{name}", gap="xxsmall"):
            for position, line in enumerate(lines):
                st.button(
                    plain(line.sentence),
                    key=f"line_{name}_{position}_{line.page}_{line.place}_{line.icon}",
                    icon=f":material/{line.icon}:",
                    type="tertiary",
                    wrap=True,
                    on_click=_follow,
                    args=(self.name, line.page, line.place),
                )


def plain(words_: str) -> str:
    """Words with the signs that Markdown would read as markup made harmless."""
    return re.sub(r"([\\`*_{}\[\]<>#$~|])", r"\\\1", words_)


def _codes(tabs: Sequence[tuple[str, Callable[[], None]]]) -> list[str]:
    return [re.sub(r"\W+", "-", message.lower()).strip("-") for message, _ in tabs]


def _tab_moved(key: str, widget: str, default: str) -> None:
    value = st.session_state[widget]
    link.write(**{key: None if value == default else value})


def _clicked(chart: str, page: str, leads_to: str) -> None:
    points = st.session_state[chart].selection.points
    option = next((_option(point) for point in points if _option(point)), None)
    if option is None:
        return
    _follow(page, leads_to, option)


def _follow(origin: str, page: str, option: str) -> None:
    query = {key: value for key, value in link.shared().items() if key != "place"}
    if option != places.EVERYWHERE:
        query["place"] = option
    if page == origin:
        link.write(place=query.get("place"))
        return
    words_ = text(link.language())
    link.remember_leaving(origin, query)
    st.switch_page(navigation_page(BY_NAME[page], words_), query_params=query)


def _option(point: Mapping[str, Any]) -> str | None:
    found = point.get("customdata")
    if isinstance(found, (list, tuple)):
        found = found[0] if found else None
    return str(found) if found else None
