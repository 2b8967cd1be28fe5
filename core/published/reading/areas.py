"""The areas that a pack knows, by geography: their codes and, where it has them, their names."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Dict, Mapping, Optional, Sequence, Set

import pandas as pd

from ...catalogue import GEOGRAPHIES
from ...pack import Pack
from . import codes as codes_
from .header import plain_name
from .patterns import patterns

_RE = patterns("areas")


@dataclass(frozen=True)
class Known:
    """Codes by geography, and code -> name by geography."""

    codes: Mapping[str, Set[str]] = field(default_factory=dict)
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @cached_property
    def plain_names(self) -> Optional[Set[str]]:
        """All names of all geographies, as they are compared; None where there are none."""
        return {plain_name(name) for areas in self.names.values() for name in areas.values()} or None

    def with_names(self, codes: Sequence[str], names: Sequence[str], geography: Optional[str] = None) -> Known:
        """Also the names of a table that has codes and names; its geography follows from its codes."""
        english = {code for code in codes if code.startswith(codes_.ENGLISH)}
        level = codes_.main_level(sorted(english))
        if level is None:
            return self
        usable = {code for code in english if codes_.level_of(code) == level}
        geography = geography or codes_.tell_vintage(level, usable, self.codes).geography
        more = {code: name for code, name in zip(codes, names) if code in usable and name.strip()}
        return Known(self.codes, {**self.names, str(geography): {**self.names.get(str(geography), {}), **more}})


def known_areas(pack: Pack) -> Known:
    """What the lookups of a pack tell.

    MSOAs of 2021 without names of their own take
    those of their LSOAs; areas of 2011 those of the areas of 2021 that bear the same code.
    """
    codes: Dict[str, Set[str]] = {}
    names: Dict[str, Mapping[str, str]] = {}
    for geography, entry in pack.spec["lookups"].items():
        parents = {name: source for name, source in entry.get("parents", {}).items() if name in GEOGRAPHIES}
        columns = [entry["code"], *filter(None, [entry.get("name")])]
        for source in parents.values():
            columns += [source["code"], *filter(None, [source.get("name")])]
        columns = list(dict.fromkeys(columns))
        table = pack.read_columns(entry["file"], columns, texts=columns)
        places = {geography: entry, **parents}
        for name, source in places.items():
            codes[name] = codes.get(name, set()) | set(table[source["code"]].dropna())
            if "name" in source:
                pairs = table[[source["code"], source["name"]]].dropna().drop_duplicates()
                names[name] = {**names.get(name, {}), **dict(pairs.itertuples(index=False, name=None))}
        if geography == "LSOA21" and "MSOA21" in parents and "name" in entry and "name" not in parents["MSOA21"]:
            names["MSOA21"] = _shortened(table, parents["MSOA21"]["code"], entry["name"])
    for older, newer in (("MSOA11", "MSOA21"), ("LSOA11", "LSOA21")):
        if older in codes and older not in names and newer in names:
            # An area that has kept its code since 2011 has kept its name.
            names[older] = {code: name for code, name in names[newer].items() if code in codes[older]}
    return Known(codes, names)


def _shortened(table: pd.DataFrame, code: str, name: str) -> Dict[str, str]:
    """'Durham 001A' without its letter is the name of its MSOA; none where names are of another kind."""
    pairs = table[[code, name]].dropna().drop_duplicates(subset=code)
    if not pairs[name].map(lambda text: bool(_RE["lsoa_name"].match(text))).all():
        return {}
    return {area: text[:-1] for area, text in pairs.itertuples(index=False, name=None)}
