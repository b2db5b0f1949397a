"""What an effect comes to in a word, by one rule for every study."""

from __future__ import annotations

from enum import StrEnum

from analytics.text.phrase import Phrase


class Verdict(StrEnum):
    """What the data say about a change."""

    ROSE = "rose"
    FELL = "fell"
    NO_LARGER = "no_larger"
    UNKNOWN = "unknown"


def verdict(low: float | None, high: float | None, matters: float) -> Verdict:
    """The word for an effect, from its 95 % interval and the smallest change that matters.

    In this order: the whole interval lies nearer to nothing than `matters`: no change larger than
    it. It lies above nothing: rose. Below: fell. Else, or without an interval: cannot tell.
    Source: the confidence interval approach of Schuirmann 1987, Journal of Pharmacokinetics and
    Biopharmaceutics 15:657–680, at 95 rather than 90 %.
    """
    if matters <= 0:
        raise ValueError("The smallest change that matters is above 0.")
    if low is None or high is None:
        return Verdict.UNKNOWN
    if -matters < low and high < matters:
        return Verdict.NO_LARGER
    if low > 0:
        return Verdict.ROSE
    return Verdict.FELL if high < 0 else Verdict.UNKNOWN


def in_words(word: Verdict, matters: str) -> Phrase:
    """The verdict as a reader meets it; `matters` is the smallest change that matters, written out."""
    if word is Verdict.NO_LARGER:
        return Phrase("no change larger than {matters}", matters=matters)
    if word is Verdict.UNKNOWN:
        return Phrase("cannot tell")
    return Phrase("rose") if word is Verdict.ROSE else Phrase("fell")
