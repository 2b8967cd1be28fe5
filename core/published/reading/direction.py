"""Ranks, deciles and scores: recognised by the words of their headers, with the end at which need stands."""

from __future__ import annotations

from typing import Optional, Sequence

from .patterns import WORDS, patterns

_RE = patterns("direction")
_WORDS = WORDS["direction"]


def is_rank(title: str) -> bool:
    """Whether a header tells a rank, decile or the like, which is no count and has no unit."""
    return is_class(title) or bool(_RE["rank"].search(title.lower()))


def is_class(title: str) -> bool:
    """Whether a header tells a decile, quintile or the like."""
    return bool(_RE["class"].search(title.lower()))


def high_is(texts: Sequence[str]) -> str:
    """'need' or 'less need', as the first text that says it: 'where 1 is most deprived' puts need at the low end.

    '' where no text says which end is which.
    """
    for text in texts:
        for found in _RE["end"].finditer(" ".join(text.lower().split())):
            low = found["end"] in ("1", "1st", "one", "first") or found["end"].startswith(("low", "small"))
            need = _is_need(found["degree"], found["what"] or "")
            if need is not None:
                return "less need" if low == need else "need"
    return ""


def _is_need(degree: str, what: str) -> Optional[bool]:
    """Whether an end is that of need; None where its words do not say."""
    if degree in _WORDS["outright"]:
        return degree in ("worst", "worse", "poorest")
    if _RE["bad"].search(what) is None and _RE["good"].search(what) is None:
        return None
    bad = _RE["good"].search(what) is None or ("disadvantag" in what or "poor" in what)
    return bad != (degree in _WORDS["little"])
