"""What has to hold before an answer is taken: all areas, known codes, the right year, figures in every column."""

from __future__ import annotations

import re
from typing import AbstractSet, List, Optional, Tuple

import pandas as pd

from .. import geographies
from ..catalogue import AUTHORITY_GEOGRAPHIES
from ..pack_format import vintage
from ..texts import listed
from .asking import SourceError
from .recipe import Recipe

ENGLAND = "E"


def prove(
    recipe: Recipe, table: pd.DataFrame, known: Optional[AbstractSet[str]], whole: bool = True
) -> Tuple[pd.DataFrame, List[str]]:
    """The rows of England, and what is worth telling; SourceError where the table is not what the recipe says.

    The ``whole`` answer (the importer keeps England's rows alone) must have as many areas as ``rows`` says, and England
    as many as it has (up to ``gaps`` fewer); every code must be one of ``known`` where those are given, or an
    authority's of another year. A short table is never taken: services stop at their limits without a word.
    """
    fetch = recipe.fetch
    repeated = table.index[table.index.duplicated()]
    # Lookups of areas that were split have a row for each part.
    if len(repeated) and recipe.gives != "lookup":
        raise SourceError(f"{recipe.id}: {len(repeated):,} areas come twice, such as {repeated[0]}.", again=True)
    areas = table.index.nunique()
    if whole and fetch.rows and not fetch.rows - fetch.gaps <= areas <= max(fetch.rows, _most(recipe)):
        raise SourceError(
            f"{recipe.id}: {areas:,} areas came of the {fetch.rows:,} that there are; the answer is not taken.",
            again=True,
        )
    own = table[table.index.str.startswith(ENGLAND)]
    english = own.index.nunique()
    if fetch.england and not fetch.england - fetch.gaps <= english <= _most(recipe):
        raise SourceError(
            f"{recipe.id}: {english:,} areas of England came of {fetch.england:,}; the answer is not taken.", again=True
        )
    _check_codes(recipe, own, known)
    said = []
    for name in own.columns[own.isna().all().to_numpy()]:
        raise SourceError(f"{recipe.id}: column '{name}' has no figure at all; the answer is not taken.")
    gaps = own.isna().sum()
    said += [f"{recipe.id}: {name} is withheld for {count:,} areas." for name, count in gaps[gaps > 0].items()]
    if english < fetch.england:
        said.append(f"{recipe.id}: {fetch.england - english:,} areas of England have no row.")
    return own.sort_index(), said


def check_date(recipe: Recipe, stated: str) -> None:
    """SourceError where an answer is of other years than the recipe says: another vintage is not taken for this one."""
    other = vintage(stated, recipe.fetch.date)
    if other:
        raise SourceError(
            f"{recipe.id}: the figures are of {stated}, {other} than the {recipe.fetch.date} that was asked for; they "
            "are not taken."
        )


def check_words(recipe: Recipe, words: str) -> None:
    """SourceError where the words above a table, its headers or its name lack what tells this vintage from others."""
    for pattern in recipe.fetch.proof:
        if not re.search(pattern, words, re.IGNORECASE):
            raise SourceError(
                f"{recipe.id}: nothing in the file says '{pattern}'; is it of another year? It is not taken."
            )


def _most(recipe: Recipe) -> int:
    """Authorities may come twice, under the codes of two years; other areas are as many as there are."""
    return 1_000 if recipe.fetch.geography in AUTHORITY_GEOGRAPHIES else recipe.fetch.england


def _check_codes(recipe: Recipe, own: pd.DataFrame, known: Optional[AbstractSet[str]]) -> None:
    if known is None:
        return
    strange = own.index.difference(pd.Index(sorted(known)))
    if recipe.fetch.geography in AUTHORITY_GEOGRAPHIES:
        strange = strange.difference(pd.Index([code for one in geographies.recodes() for code in (one.old, one.new)]))
    if len(strange):
        raise SourceError(
            f"{recipe.id}: {len(strange):,} codes are none of {recipe.fetch.geography}, such as "
            f"{listed(strange, 3)}; is it of another year? The answer is not taken."
        )
