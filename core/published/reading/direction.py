"""Ranks, deciles and scores: recognised by the words of their headers, with the end at which need stands."""

from __future__ import annotations

import re
from typing import Optional, Sequence

_RANK = re.compile(r"\brank(?:s|ed|ing|ings)?\b")
_CLASS = re.compile(r"\b(?:dec|quint|quart|vigint|percent|cent|sept|tert)iles?\b")
_END = re.compile(
    r"\b(?P<end>1(?:st)?|one|first|low(?:er|est)?|small(?:er|est)?|high(?:er|est)?|large[rst]*|\d{1,2},?\d{3}|10|5|4|20|100)\b"
    r"(?:\s(?:values?|ranks?|scores?|numbers?|deciles?|quintiles?|figures?))?"
    r"\s*(?:\(|=|:|is|are|means?|being|indicates?|represents?|denotes?|shows?|for|to|-|\u2013)+\s*(?:the\s|an?\s)*"
    r"(?P<degree>most|least|more|less|best|worst|better|worse|highest|lowest|higher|lower|greatest|greater|poorest|healthiest|richest)\b"
    r"\s*(?P<what>[a-z][a-z -]{0,30})?"
)
_BAD = re.compile(r"depriv|disadvantag|need|vulnerab|poor|poverty|crime|risk|ill|unemploy|depend|pollut|isolat")
_GOOD = re.compile(r"affluent|prosper|health|advantag|well[ -]off|wealth|access|rich|qualif|satisf")
_OUTRIGHT = ("best", "better", "worst", "worse", "poorest", "healthiest", "richest")
_LITTLE = ("least", "less", "lowest", "lower")


def is_rank(title: str) -> bool:
    """Whether a header tells a rank, decile or the like, which is no count and has no unit."""
    return is_class(title) or bool(_RANK.search(title.lower()))


def is_class(title: str) -> bool:
    """Whether a header tells a decile, quintile or the like."""
    return bool(_CLASS.search(title.lower()))


def high_is(texts: Sequence[str]) -> str:
    """'need' or 'less need', as the first text that says it: 'where 1 is most deprived' puts need at the low end.

    '' where no text says which end is which.
    """
    for text in texts:
        for found in _END.finditer(" ".join(text.lower().split())):
            low = found["end"] in ("1", "1st", "one", "first") or found["end"].startswith(("low", "small"))
            need = _is_need(found["degree"], found["what"] or "")
            if need is not None:
                return "less need" if low == need else "need"
    return ""


def _is_need(degree: str, what: str) -> Optional[bool]:
    """Whether an end is that of need; None where its words do not say."""
    if degree in _OUTRIGHT:
        return degree in ("worst", "worse", "poorest")
    if _BAD.search(what) is None and _GOOD.search(what) is None:
        return None
    bad = _GOOD.search(what) is None or ("disadvantag" in what or "poor" in what)
    return bad != (degree in _LITTLE)
