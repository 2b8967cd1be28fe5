"""England, fetched: recipe after recipe from its publisher, proven, and made one data pack, moved into place whole."""

from __future__ import annotations

import json
import re
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Dict, Iterator, List, Optional, Sequence, Set, Tuple

import pandas as pd
from osgeo import gdal
from qgis.core import QgsGeometry

from ...core import catalogue
from ...core.demo import write_tables
from ...core.errors import DataError, NeedError, OptionError
from ...core.methodology import Methodology
from ...core.pack import Pack
from ...core.published import pack_editor
from ...core.published.making import importing as imports
from ...core.published.making import sources
from ...core.published.reading.areas import Known
from ...core.sources import comparing, looking, making, postcodes, proof, universe
from ...core.sources.answer import Answer
from ...core.sources.asking import Asked, Cache, NoAnswer, SourceError
from ...core.sources.looking import Look
from ...core.sources.making import Draft, Taken
from ...core.sources.readers import READERS
from ...core.sources.recipe import CODE, NAME, Recipe, recipes
from .. import compat
from ..io import destination, frames
from ..io.network import Network
from ..spreadsheets.tables import open_tables
from ..values import Values
from . import importing

CRS = "EPSG:27700"
DROPPED = "dropped"
SOURCES = "manifest.json"
# One proof may fail because a page was cut on its way; a second one fails for a reason.
_TIMES = 2
_NEAR_METRES = 500.0


@dataclass
class Outcome:
    """What became of a run: the indicators of the pack, what is missing (recipe -> why), and what is worth telling."""

    indicators: List[str] = field(default_factory=list)
    missing: Dict[str, str] = field(default_factory=dict)
    said: List[str] = field(default_factory=list)


def fetch(values: Values, cache: Path, network: Network, report: Callable[..., None]) -> Outcome:
    """Fetch, prove, and write the pack; NeedError in words where none can be made, and an earlier one stays.

    What fails is left out and listed with its publisher's page; the next run goes on from what the cache holds.
    """
    place, area = values.path("OUTPUT"), values.names("AREA", ";")
    if place.exists() and any(place.iterdir()) and not (place / SOURCES).is_file():
        raise NeedError(f"{place}: holds other files; choose an empty folder, or one with an earlier fetched pack.")
    run = _Run(cache, values.option("REFRESH"), network, report)
    chosen = choose(values.names("INDICATORS"))
    run.all_of(making.needed_geography(used_by(chosen)), 0.0, 0.4)
    run.all_of(chosen, 0.4, 0.5)
    outcome = Outcome(missing=run.missing, said=run.said)
    taken, title = run.usable(), "England, fetched from the official sources"
    if area:
        within = universe.districts(taken, area)
        within |= _touching(taken, within) if values.option("NEIGHBOURS") else set()
        taken, title = universe.limit(taken, within), universe.in_words(area, len(within))
    made = making.draft(taken, title)
    outcome.said += making.whole_or_parts(made.pack, _parts(values.methodology()))
    outcome.indicators = list(made.pack["indicators"])
    if not outcome.indicators:
        fault = next(iter(run.missing.values()), "nothing was asked for.")
        raise NeedError(f"no indicator could be fetched; {fault} Files go into {cache / DROPPED}.")
    with destination.writing(values.context.project()) as writer:
        aside = writer.whole_folder(place)
        _write(made, run, aside, report)
        with Pack.open(aside) as pack:
            pack_editor.check_tables(pack, outcome.indicators)
            if (place / SOURCES).is_file():
                with Pack.open(place) as before:
                    outcome.said += comparing.compare(before, pack)
        report(1.0, "Moving into place")
    return outcome


def look(network: Network, report: Callable[..., None]) -> List[Look]:
    """What every source says of itself now; nothing is fetched or written. NeedError where none answers at all."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for place, recipe in enumerate(recipes().values()):
            report(place / len(recipes()), recipe.title)
            found.append(looking.look(recipe, network, Path(folder)))
    asked = [one for one in found if one.host]
    if not any(one.answered for one in asked):
        raise NeedError(f"no source answers; is there internet, and a proxy set in QGIS's options? {asked[0].answer}")
    return found


def choose(indicators: Sequence[str]) -> List[Recipe]:
    """The recipes of these indicators; without any, of all. OptionError names an unknown one."""
    known = {name for recipe in recipes().values() for name in recipe.indicators}
    strange = [name for name in indicators if name not in known]
    if strange:
        raise OptionError(f"INDICATORS: '{strange[0]}' is in no recipe; known are {', '.join(sorted(known))}.")
    wanted = [sources.source_of(name) for name in indicators or sorted(known)]
    found = {recipe.id: recipe for recipe in wanted if recipe is not None}
    return list(found.values())


def _parts(methodology: Methodology) -> Dict[str, List[str]]:
    """The indicators that each composite of a methodology is made of, where it has several."""
    parts: Dict[str, List[str]] = {}
    for node in methodology.nodes:
        if node.level == "indicator" and node.parent:
            parts.setdefault(node.parent, []).append(node.id)
    return {composite: of for composite, of in parts.items() if len(of) > 1}


def used_by(chosen: Sequence[Recipe]) -> Set[str]:
    """The geographies that these recipes have figures of, or whose stand-ins have."""
    others = [recipes()[one.fetch.instead] for one in chosen if one.fetch.instead]
    return {recipe.fetch.geography for recipe in [*chosen, *others]}


@dataclass
class _Run:
    """What one run has taken so far, and what it could not."""

    cache: Path
    refresh: bool
    network: Network
    report: Callable[..., None]
    taken: Dict[str, Taken] = field(default_factory=dict)
    missing: Dict[str, str] = field(default_factory=dict)
    said: List[str] = field(default_factory=list)
    asked: Dict[str, List[Asked]] = field(default_factory=dict)
    _dropped: Optional[Dict[str, Path]] = None
    _known: Optional[Known] = None

    def all_of(self, chosen: Sequence[Recipe], start: float, share: float) -> None:
        """Each recipe, and where it fails the one that stands in for it; what their denominators need comes first."""
        for place, recipe in enumerate(chosen):
            self.report(start + share * place / len(chosen), f"{place + 1} of {len(chosen)}: {recipe.title}")
            self._with_denominators(recipe)
            if recipe.id in self.missing and making.is_essential(recipe):
                raise NeedError(
                    f"no pack can be made without {recipe.gives} of {making.AREA}; {self.missing[recipe.id]} "
                    f"Put the file into {self.cache / DROPPED}."
                )
            if recipe.id not in self.taken and recipe.fetch.instead:
                instead = recipes()[recipe.fetch.instead]
                self._with_denominators(instead)
                if instead.id in self.taken:
                    self.said.append(f"{recipe.id}: '{instead.title}' stands in for it.")

    def _with_denominators(self, recipe: Recipe) -> None:
        for asked in recipe.indicators.values():
            if isinstance(asked.get("denominator"), dict):
                self.one(recipes()[asked["denominator"]["recipe"]])
        self.one(recipe)

    def one(self, recipe: Recipe) -> None:
        """Take one recipe, unless this run has tried it already."""
        if recipe.id in self.taken or recipe.id in self.missing:
            return
        try:
            self.taken[recipe.id] = self._take(recipe)
            self._known = None if recipe.gives == "lookup" else self._known
        except DataError as error:
            told = str(error).removeprefix(f"{recipe.id}: ")
            self.missing[recipe.id] = f"{recipe.id}: {told} {where_to_find(recipe)}"

    def _take(self, recipe: Recipe) -> Taken:
        if recipe.id in self._files_dropped():
            path = self._files_dropped()[recipe.id]
            return self._proven(recipe, Answer(file=path, name=path.name))
        if recipe.fetch.kind == "manual":
            raise SourceError(f"{recipe.id}: has no address that could be asked.")
        cache = Cache(self.cache / recipe.id, self.network)
        if self.refresh:
            cache.forget()
        for last in range(_TIMES):
            try:
                taken = self._proven(recipe, READERS[recipe.fetch.kind](recipe, cache.get))
                break
            except NoAnswer:
                raise
            except DataError as error:
                # What cannot be proven is not kept: the next run asks again.
                cache.forget()
                if last or not getattr(error, "again", False):
                    raise
        cache.take()
        self.asked[recipe.id] = cache.asked
        self.said += taken.said
        return taken

    def _proven(self, recipe: Recipe, answer: Answer) -> Taken:
        date, said = recipe.fetch.date, list(answer.said)
        table = answer.table
        if recipe.gives == "postcodes":
            return Taken(recipe, postcodes.read(recipe, answer.file, self.network.check), (), date, tuple(said))
        if table is None:
            table, date = self._imported(recipe, answer)
        elif answer.date:
            if recipe.fetch.date and recipe.fetch.parameters.get("date") != "latest":
                proof.check_date(recipe, answer.date)
            else:
                date = answer.date
        table, more = proof.prove(
            recipe, table, self.known.codes.get(recipe.fetch.geography), whole=answer.table is not None
        )
        return Taken(recipe, table, answer.pages, date, (*said, *more))

    def _imported(self, recipe: Recipe, answer: Answer) -> Tuple[pd.DataFrame, str]:
        """A published file through the importer, with the recipe's choices; its columns under the recipe's names."""
        options = {option.name: option.default for option in catalogue.step("importpublished").options}
        # Codes of two years may look alike; those of another one are refused by the proof.
        options.update({"GEOGRAPHY": recipe.fetch.geography, **recipe.fetch.choices})
        encoding, separator = options["ENCODING"] or None, options["SEPARATOR"] or None
        with open_tables(answer.file, encoding=encoding, separator=separator, check=self.network.check) as tables:
            member = recipe.fetch.parameters.get("member")
            if member:
                fitting = [name for name in tables.sizes if re.search(member, name, re.IGNORECASE)]
                if not fitting:
                    held = ", ".join(tables.sizes)
                    raise SourceError(f"{recipe.id}: no file of {answer.name} fits '{member}'; it has {held}.")
                options["SHEET"] = fitting[0]
            overrides = importing.overrides(options)
            imported = imports.import_tables(tables, answer.name, known=self.known, overrides=overrides)
        guesses = imported.guesses
        if guesses["kind"] != "areas" or guesses["geography"] != recipe.fetch.geography:
            held = guesses.get("geography", "a list of places")
            raise SourceError(f"{recipe.id}: {answer.name} has {held}, not figures for {recipe.fetch.geography}.")
        titles = {name: guesses["columns"][name]["title"] for name in imported.table}
        areas = (guesses["code_column"], guesses["name_column"])
        words = [answer.name, guesses["sheet"], *areas, *guesses["text_above"], *titles.values()]
        proof.check_words(recipe, " ".join(map(str, words)))
        columns = sources.columns_of(recipe, titles)
        table = imported.table[list(columns.values())].set_axis(list(columns), axis=1)
        return table, recipe.fetch.date

    def _files_dropped(self) -> Dict[str, Path]:
        """The files that were dropped by hand, by the recipe that each was told to be."""
        if self._dropped is None:
            self._dropped = {}
            folder = self.cache / DROPPED
            for path in sorted(folder.iterdir()) if folder.is_dir() else ():
                found = importing.recipe_of(path, self.known)
                self._dropped.update({found: path} if found else {})
                self.said.append(f"{path.name}: {'is taken for ' + found if found else 'is none of the sources'}.")
        return self._dropped

    @property
    def known(self) -> Known:
        """The codes and names of every geography that the lookups taken so far hold."""
        if self._known is None:
            codes: Dict[str, Set[str]] = {}
            names: Dict[str, Dict[str, str]] = {}
            for one in self.taken.values():
                for name, column in one.recipe.columns.items() if one.recipe.gives == "lookup" else ():
                    code = making.column_of(one.recipe, column.geography, CODE)
                    if column.unit == CODE:
                        codes.setdefault(column.geography, set()).update(one.table[name])
                    elif column.unit == NAME and code:
                        names.setdefault(column.geography, {}).update(zip(one.table[code], one.table[name]))
            self._known = Known(codes, names)
        return self._known

    def usable(self) -> List[Taken]:
        """All that was taken, but for what needs another table that was not."""
        found = []
        for one in self.taken.values():
            lacking = [
                asked["denominator"]["recipe"]
                for asked in one.recipe.indicators.values()
                if isinstance(asked.get("denominator"), dict) and asked["denominator"]["recipe"] not in self.taken
            ]
            if lacking:
                self.missing[one.recipe.id] = f"{one.recipe.id}: needs {lacking[0]}, which is missing."
            else:
                found.append(one)
        return found


def where_to_find(recipe: Recipe) -> str:
    """The publisher's page."""
    return f"Get it from {recipe.page}." if recipe.page else f"{recipe.page_note} Find the file."


def _write(made: Draft, run: _Run, folder: Path, report: Callable[..., None]) -> None:
    """All files of the pack, and the manifest of where they are from."""
    folder.mkdir(parents=True, exist_ok=True)
    report(0.9, "Writing tables")
    tables = {file: importing.plain(table).reset_index() for file, table in made.tables.items()}
    write_tables(tables, made.pack, folder)
    report(0.93, "Writing boundaries")
    with _dated(max((one.date for asked in run.asked.values() for one in asked), default="")):
        writer = frames.GeoPackageWriter(str(folder / making.GEOPACKAGE), lambda fraction: run.network.check())
        for geography, one in made.layers.items():
            _write_layer(writer, geography, one)
    manifest = {
        "format": 1,
        "sources": [
            {
                "recipe": name,
                "title": one.recipe.title,
                "publisher": one.recipe.publisher,
                "licence": one.recipe.licence,
                "page": one.recipe.page,
                "date": one.date,
                "rows": len(one.table),
                "asked": [vars(asked) for asked in run.asked.get(name, [])],
            }
            for name, one in run.taken.items()
        ],
        "missing": run.missing,
    }
    text = json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
    (folder / SOURCES).write_text(text, encoding="utf-8", newline="\n")


@contextmanager
def _dated(day: str) -> Iterator[None]:
    """GDAL writes the day on which the answers came as that of the file: equal answers give equal bytes."""
    before = gdal.GetConfigOption("OGR_CURRENT_DATE")
    gdal.SetConfigOption("OGR_CURRENT_DATE", f"{day}T00:00:00.000Z" if day else before)
    try:
        yield
    finally:
        gdal.SetConfigOption("OGR_CURRENT_DATE", before)


def _touching(taken: Sequence[Taken], within: Set[str]) -> Set[str]:
    """The districts that touch some, by their boundaries; half a kilometre is taken for a shared one."""
    for one in taken:
        if one.recipe.gives == "boundaries" and one.recipe.fetch.geography == making.DISTRICT:
            shapes = _polygons(one, making.DISTRICT)
            near = QgsGeometry.unaryUnion([shapes[code] for code in sorted(within)]).buffer(_NEAR_METRES, 4)
            return {code for code, shape in shapes.items() if shape.intersects(near)}
    raise NeedError(f"NEIGHBOURS: the boundaries of {making.DISTRICT} are missing.")


def _polygons(one: Taken, geography: str) -> Dict[str, QgsGeometry]:
    """The polygons of England's areas by code, from the pages that came."""
    code, shapes = making.column_of(one.recipe, geography, CODE), {}
    wanted = set(one.table[code])
    for page in one.pages:
        layer = compat.file_layer(str(page), geography)
        for feature in layer.getFeatures():
            if feature[code] in wanted:
                shapes[str(feature[code])] = QgsGeometry(feature.geometry())
    lacking = wanted - {area for area, shape in shapes.items() if not shape.isEmpty()}
    if lacking:
        raise DataError(f"{one.recipe.id}: {len(lacking):,} areas have no polygon, such as {min(lacking)}.")
    return shapes


def _write_layer(writer: frames.GeoPackageWriter, geography: str, one: Taken) -> None:
    code = making.column_of(one.recipe, geography, CODE)
    columns = [name for name, column in one.recipe.columns.items() if column.geography == geography and name != code]
    frame = one.table.set_index(code)[columns].sort_index()
    writer.write(geography, frame, _polygons(one, geography), compat.named_crs(CRS))
