"""The steps that get data in, declared like all others (see ``catalogue``). Standard library only."""

from __future__ import annotations

from typing import Tuple

from .options import Option, Step

AUTO = "auto"
# As in ``methodology.GEOGRAPHIES``, which is checked against the catalogue and so cannot be read from here.
_GEOGRAPHIES = ("OA21", "OA11", "LSOA21", "LSOA11", "MSOA21", "MSOA11", "LTLA23", "UTLA23")


def _text(name: str, title: str, words: str) -> Option:
    return Option(name, "text", "", title, words)


DATA_STEPS: Tuple[Step, ...] = (
    Step(
        "importpublished",
        "data",
        "Import a published file",
        "Makes a clean table, and its entry for a data pack, from a file as its publisher ships it.",
        (
            _text(
                "SHEET",
                "Sheet (or file in a zip)",
                "Empty: the finest areas with figures beside them; sheets of the same areas are joined.",
            ),
            Option("HEADER_ROW", "integer", 0, "Row of the header", "0: found by itself.", minimum=0, maximum=10_000),
            _text(
                "CODE_COLUMN",
                "Column of area codes",
                "Its header, letter or number. Empty: the column whose cells are codes.",
            ),
            _text(
                "NAME_COLUMN",
                "Column of area names",
                "For files without codes: names are matched to the areas of PACK or NAMES. Codes go before names.",
            ),
            _text(
                "VALUE_COLUMNS",
                "Columns of figures, parted by ;",
                "Headers, letters or numbers. Empty: every column of figures.",
            ),
            Option(
                "GEOGRAPHY",
                "enum",
                AUTO,
                "Geography",
                "auto: told from the codes, by the pack where one is given.",
                choices=(AUTO, *_GEOGRAPHIES),
                labels=("From the codes", *_GEOGRAPHIES),
            ),
            _text(
                "FILTER",
                "Only rows with column=value, parted by ;",
                "For long tables: period=2024; sex=Total. Empty: each becomes a column.",
            ),
            _text("ENCODING", "Encoding of a text file", "Empty: UTF-8, UTF-16 or Windows-1252, as its bytes tell."),
            _text(
                "SEPARATOR",
                "Separator of a text file",
                "One character, or tab. Empty: the one that shows most codes and figures.",
            ),
            Option(
                "DECIMAL",
                "enum",
                AUTO,
                "Decimal sign",
                "Whether 19,745 is nineteen thousand (point) or under twenty (comma). auto: as other cells tell; "
                "where nothing tells it in a file parted by semicolons, it is asked for.",
                choices=(AUTO, "point", "comma"),
                labels=("As the cells tell", "Point (19,745.5)", "Comma (19.745,5)"),
            ),
            Option(
                "ADD_UP",
                "boolean",
                False,
                "Add up the rows of an area",
                "For counts that come in several rows an area, such as patients by practice; not for rates.",
            ),
            _text(
                "WEIGHT",
                "Column of counts to average rates by",
                "For rates of authorities that have merged since; without it those are left empty.",
            ),
            Option(
                "STORED_RESULTS",
                "boolean",
                False,
                "Take the stored results of formulas",
                "Formulas are never computed; without this, columns that hold any are left out.",
            ),
        ),
    ),
    Step(
        "identifysources",
        "data",
        "Which of my files is which",
        "Looks through a folder of published files and tells which indicators each seems to hold.",
    ),
    Step(
        "editpack",
        "data",
        "Edit a data pack",
        "Writes a new data pack from another: with indicators added, replaced or taken out, checked as a whole.",
        (
            _text("PARENT", "Own indicators go under", "Id of a dimension or sub-dimension of the methodology."),
            _text("TITLE", "Title of the own indicator", "Empty: made from its id. Used where one is added."),
            Option(
                "DIRECTION",
                "enum",
                "need",
                "A high value of an own indicator means",
                choices=("need", "less"),
                labels=("Need", "Less need"),
            ),
            Option(
                "SHRINKAGE",
                "enum",
                "none",
                "Shrinkage of own indicators",
                "logit: counts out of a population. rate: open-ended event rates. mean: means with a standard error.",
                choices=("none", "logit", "rate", "mean"),
                labels=("None", "Counts out of a population", "Event rates", "Means with a standard error"),
            ),
        ),
    ),
)
