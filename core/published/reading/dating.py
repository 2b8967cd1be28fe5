"""The date that figures are of: from periods, headers, names and notes; never the day of a download or release."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

from .patterns import patterns

_RE = patterns("dating")


def date_of(titles: Sequence[str], guesses: Mapping[str, Any]) -> str:
    """The latest year or span of years that the file tells of its figures; '' if none.

    Looked for, in this order, in what rows were narrowed to and columns of one period, the headers of the entry's
    columns, lines such as 'Date: 2015' above the table, the sheet's name, the file's name, and the other lines. Days
    of a download, release or copyright, and the year of the areas' boundaries, are left aside.
    """
    # A sheet of a text file is called as its file.
    names = [_RE["span_in_name"].sub(r"\1-\2", guesses[name]) for name in ("sheet", "file")]
    names = [_RE["stuck"].sub(" ", name.replace("_", " ")) for name in names]
    # A column's name may say that it holds the time of the figures, or that of a release or download.
    constant = [
        text
        for name, text in guesses.get("constant", {}).items()
        if _RE["period_name"].search(name) and not _RE["file_name"].search(name)
    ]
    above = [_RE["of_the_areas"].sub(" ", _RE["of_the_file"].sub(" ", line)) for line in guesses["text_above"]]
    for texts in (
        [*map(str, guesses["kept_only"].values()), *constant],
        titles,
        [line for line in above if _RE["labelled"].match(line)],
        *(
            [_RE["day"].sub(" ", _RE["of_the_file"].sub(" ", _RE["stuck"].sub(" ", name.replace("_", " "))))]
            for name in names
        ),
        above,
    ):
        text = _RE["academic"].sub(r"\1/\2", " ; ".join(texts).replace("_", "-"))
        spans = [_span(*match) for match in _RE["year"].findall(_RE["short_month"].sub(r"\1 20\2", text))]
        if spans:
            return max(spans)
    return ""


def _span(first: str, last: str) -> str:
    """'2021/22' for a year and the next, '2015 to 2019' for more; the year alone where a month follows."""
    ending = int(last) if len(last) == 4 else 100 * (int(first) // 100) + int(last or 0)
    if ending <= int(first) or (len(last) == 2 and ending - int(first) > 20):
        return first
    return f"{first}/{ending % 100:02d}" if ending == int(first) + 1 else f"{first} to {ending}"
