"""The date that figures are of: from periods, headers, names and notes; never the day of a download or release."""

from __future__ import annotations

import re
from typing import Any, List, Mapping, Sequence

_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})(?:(?:\s?[/\u2013-]\s?|\sto\s)((?:19|20)?\d{2})(?![\d-]))?")
# Official education figures write 2022/23 as 202223.
_ACADEMIC = re.compile(r"(?<!\d)((?:19|20)\d{2})(\d{2})(?!\d)")
_SHORT_MONTH = re.compile(r"\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[\s'-](\d{2})\b", re.IGNORECASE)
_DAY = re.compile(
    r"(?<!\d)(?:(?:19|20)\d{2}[-_. ]?[01]\d[-_. ]?[0-3]\d|[0-3]\d[-_. ]?[01]\d[-_. ]?(?:19|20)\d{2})(?!\d)"
)
_ANY_DATE = (
    r"(?:\d{1,2}(?:st|nd|rd|th)?[\s/.-]+)?(?:[a-z]{3,9}[\s,/.-]+|\d{1,2}[/.-])?(?:19|20)\d{2}(?:[-/]\d{1,2}){0,2}"
)
# What publishers write of the file, not of its figures.
_OF_THE_FILE = re.compile(
    r"(?:from nomis on|download|extract|publi|releas|access|creat|generat|produced|print|updat|retriev|export|revised|"
    r"modif|issued|run (?:on|at)|copyright|\u00a9|\(c\)|licen[cs]e|correct as)" + rf"[^\d\[\]]{{0,25}}{_ANY_DATE}",
    re.IGNORECASE,
)
_OF_THE_AREAS = re.compile(
    r"(?:19|20)\d{2}\s(?:census\s)?(?:super output|output areas?|[lm]soas?|boundar|local authorit|wards?)"
    r"|(?:[lm]soas?|\boas?|output areas?|boundar\w+)[\s(]{1,3}(?:19|20)\d{2}",
    re.IGNORECASE,
)
# 'lad2011' in the name of a file is the year of its codes, and 'lsoa_2021' may be.
_STUCK = re.compile(
    r"(?<![a-z])(?:(?:lads?|[lu]tlas?|wards?)(?:19|20)\d{2}|(?:[lm]soas?|oas?)[ -]?20[012]1)(?!\d)", re.IGNORECASE
)
_LABELLED = re.compile(
    r"\W*(?:(?:reference|time|data|survey|financial|academic|census)\s)*(?:date|period|year|time|month|quarter)s?\s*[:=]",
    re.IGNORECASE,
)
_PERIOD_NAME = re.compile(r"year|date|period|time|quarter|month|vintage|census|ending|as_at|reference|wave")
_FILE_NAME = re.compile(
    r"releas|publi|download|extract|creat|updat|modif|access|load|run|version|issue|revis|stamp|boundar|code|geograph"
)


def tells_time(name: str) -> bool:
    """Whether a column's name says that it holds the time of the figures, not that of a release or download."""
    return bool(_PERIOD_NAME.search(name)) and not _FILE_NAME.search(name)


def date_of(titles: Sequence[str], guesses: Mapping[str, Any]) -> str:
    """The latest year or span of years that the file tells of its figures; '' if none.

    Looked for, in this order, in what rows were narrowed to and columns of one period, the headers of the entry's
    columns, lines such as 'Date: 2015' above the table, the sheet's name, the file's name, and the other lines. Days
    of a download, release or copyright, and the year of the areas' boundaries, are left aside.
    """
    # A sheet of a text file is called as its file.
    names = guesses["sheet"], guesses["file"]
    constant = [text for name, text in guesses.get("constant", {}).items() if tells_time(name)]
    above = [_OF_THE_AREAS.sub(" ", _OF_THE_FILE.sub(" ", line)) for line in guesses["text_above"]]
    for texts in (
        [*map(str, guesses["kept_only"].values()), *constant],
        titles,
        [line for line in above if _LABELLED.match(line)],
        *([_DAY.sub(" ", _OF_THE_FILE.sub(" ", _STUCK.sub(" ", name.replace("_", " "))))] for name in names),
        above,
    ):
        spans = _spans(" ; ".join(texts))
        if spans:
            return max(spans)
    return ""


def _spans(text: str) -> List[str]:
    text = _SHORT_MONTH.sub(r"\1 20\2", _ACADEMIC.sub(r"\1/\2", text.replace("_", "-")))
    return [_span(*match) for match in _YEAR.findall(text)]


def _span(first: str, last: str) -> str:
    """'2021/22' for a year and the next, '2015 to 2019' for more; the year alone where a month follows."""
    ending = int(last) if len(last) == 4 else 100 * (int(first) // 100) + int(last or 0)
    if ending <= int(first) or (len(last) == 2 and ending - int(first) > 20):
        return first
    return f"{first}/{ending % 100:02d}" if ending == int(first) + 1 else f"{first} to {ending}"
