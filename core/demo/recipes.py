"""What the invented country publishes: one recipe an indicator, read from recipes.json; figures and entries by them."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, Mapping, Tuple


@dataclass(frozen=True)
class Recipe:
    """How one indicator is drawn; x is the need of an area in the recipe's theme, plus noise.

    ``form``: ``count`` draws from a binomial out of ``base`` with logit(rate) = logit(typical) + slope x;
    ``ratio`` from a Poisson distribution with mean base * typical e^(slope x); ``log`` and ``linear`` are
    means, typical e^(slope x) (times the base, where there is one) and typical + slope x; ``growth`` gives
    the earlier output that grew by the factor typical e^(slope x) a head; ``rank`` ranks areas by x,
    1 = highest. ``columns`` splits a count into parts by their shares; ``entry`` adds to the pack's entry.
    """

    id: str
    theme: str
    table: str
    geography: str
    form: str
    typical: float
    slope: float
    noise: float = 0.35
    base: str = ""
    columns: Mapping[str, float] = field(default_factory=dict)
    decimals: int = 0
    weight: str = ""
    entry: Mapping[str, Any] = field(default_factory=dict)

    @property
    def parts(self) -> Tuple[Tuple[str, float], ...]:
        """The columns that hold the figure, with their shares of it."""
        return tuple(self.columns.items()) or ((self.id, 1.0),)

    @property
    def file(self) -> str:
        """The table's path in the pack."""
        return f"indicators/{self.table}.csv.gz"


_READ = json.loads(Path(__file__).with_name("recipes.json").read_text(encoding="utf-8"))
CODE_COLUMNS: Mapping[str, str] = _READ["code_columns"]
RECIPES: Tuple[Recipe, ...] = tuple(Recipe(**recipe) for recipe in _READ["recipes"])


def manifest() -> Dict[str, Any]:
    """The content of ``pack.json``; it says in title, attribution and sources that the country is invented."""
    return {**copy.deepcopy(_READ["pack"]), "indicators": {recipe.id: _entry(recipe) for recipe in RECIPES}}


def _entry(recipe: Recipe) -> Dict[str, Any]:
    """The pack's entry of an indicator, in the grammar of ``pack.json``."""
    entry: Dict[str, Any] = {
        "file": recipe.file,
        "geography": recipe.geography,
        "code": CODE_COLUMNS[recipe.geography],
        "status": "as specified",
        "source": _READ["pack"]["attribution"][0],
        "date": "invented",
    }
    own = dict(recipe.entry)
    columns = [name for name, _ in recipe.parts]
    if recipe.form == "count" or "denominator" in own:
        entry["numerator"] = columns[0] if len(columns) == 1 else columns
        entry["denominator"] = own.pop("denominator", recipe.base)
    elif "change" not in own:
        entry["value"] = columns[0]
        if recipe.weight:
            entry["weight"] = recipe.weight
    return {**entry, **own}
