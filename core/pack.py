"""A data pack: a folder or zip with ``pack.json``, checked before use; its tables as frames keyed by area code."""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple, Union

import numpy as np
import pandas as pd

from . import pack_format, strict_json, zip_guard
from .arrays import Array
from .errors import PackError
from .pack_format import Entry
from .texts import find_name, listed

MANIFEST = "pack.json"
TABLE_ENDINGS = (".csv", ".csv.gz")
MOST_BYTES = 8 * 1024**3
_LONGEST_HEADER = 100_000
_DIGEST_BLOCK = 1 << 20


@dataclass
class Pack:
    """An open pack; hands out tables, paths and digests, and never a path outside its own folder."""

    name: str
    folder: Path
    spec: Mapping[str, Any]
    entries: Mapping[str, Entry]
    _unpacked: Optional[tempfile.TemporaryDirectory[str]] = None
    _digests: Dict[str, str] = field(default_factory=dict)
    _tables: Dict[Tuple[object, ...], pd.DataFrame] = field(default_factory=dict)
    _raw: Dict[Tuple[object, ...], Tuple[pd.DataFrame, pd.Series]] = field(default_factory=dict)

    @classmethod
    def open(cls, path: Union[str, Path]) -> Pack:
        """Open and check a folder, its pack.json, or a zip; PackError says what is wrong and where."""
        path = Path(path)
        if path.name == MANIFEST and path.is_file():
            path = path.parent
        if not (path.is_dir() or path.is_file()):
            raise PackError(f"{path}: there is no such pack (a folder or zip with {MANIFEST}).")
        unpacked = None if path.is_dir() else unpack(path)
        folder = path if unpacked is None else _manifest_folder(Path(unpacked.name), path)
        try:
            if not (folder / MANIFEST).is_file():
                raise PackError(f"there is no {MANIFEST} in it.")
            spec = strict_json.read_object(folder / MANIFEST, MANIFEST, PackError)
            entries = pack_format.check(spec)
        except PackError as error:
            if unpacked is not None:
                unpacked.cleanup()
            raise PackError(f"{path.name}: {error}") from error
        return cls(path.name, folder, spec, entries, unpacked)

    def close(self) -> None:
        """Forget the tables and remove what a zip was unpacked to."""
        self._tables.clear()
        self._raw.clear()
        if self._unpacked is not None:
            self._unpacked.cleanup()
            self._unpacked = None

    def __enter__(self) -> Pack:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def title(self) -> str:
        """The pack's own title."""
        return self.spec["title"]

    @property
    def attribution(self) -> Tuple[str, ...]:
        """The lines that every picture and report made from the pack must carry."""
        return tuple(self.spec.get("attribution", ()))

    def path(self, file: str) -> Path:
        """The file's place on disk; PackError if it is missing or leads out of the pack's folder."""
        relative = PurePosixPath(file)
        root = self.folder.resolve()
        place = (root / relative).resolve()
        if relative.is_absolute() or "\\" in file or root not in place.parents:
            raise PackError(f"{self.name}: '{file}' leads out of the pack's folder.")
        if not place.is_file():
            raise PackError(f"{self.name}: the file '{file}' is missing.")
        return place

    def digest(self, file: str) -> str:
        """SHA-256 of a file of the pack, in hexadecimal, read once."""
        if file not in self._digests:
            total = hashlib.sha256()
            with self.path(file).open("rb") as stream:
                for block in iter(lambda: stream.read(_DIGEST_BLOCK), b""):
                    total.update(block)
            self._digests[file] = total.hexdigest()
        return self._digests[file]

    def table(self, file: str, code: str, texts: Sequence[str] = (), numbers: Sequence[str] = ()) -> pd.DataFrame:
        """The named columns of a table, indexed by its code column.

        Numbers are float64, an empty cell is NaN. PackError names file and column for: a column that is not
        there, an empty table, a missing or duplicate code, text or an infinity among the numbers.
        """
        key = (file, code, tuple(texts), tuple(numbers))
        if key not in self._tables:
            numbers = list(dict.fromkeys(numbers))
            raw, codes = self._read_checked(file, code, list(texts), numbers)
            columns = {name: raw[name].to_numpy() for name in texts}
            columns.update({name: _numbers(file, name, raw[name], codes) for name in numbers})
            self._tables[key] = pd.DataFrame(columns, index=pd.Index(codes.to_numpy(), name=code))
        return self._tables[key]

    def _read_checked(
        self, file: str, code: str, texts: List[str], numbers: List[str]
    ) -> Tuple[pd.DataFrame, pd.Series]:
        """The columns as they stand, and the codes; all figures that entries name in a file are read at once."""
        key = (file, code)
        if texts or key not in self._raw or not set(numbers) <= set(self._raw[key][0]):
            if not file.endswith(TABLE_ENDINGS):
                raise PackError(f"{file}: a table is a {' or '.join(TABLE_ENDINGS)} file.")
            also = () if texts else pack_format.figures_in(self.entries.values(), file, code)
            raw = self.read_columns(file, [code, *texts, *numbers], texts=[code, *texts], also=also)
            codes = raw[code].fillna("")
            # Most tables have none to strip, as one look tells.
            if any(blank in "".join(codes.tolist()) for blank in (" ", "\t", "\u00a0")):
                codes = codes.str.strip()
            blank = codes == ""
            if blank.any():
                raise PackError(f"{file}: column '{code}' is empty in line {int(np.argmax(blank)) + 2}.")
            if not codes.is_unique:
                repeated = codes[codes.duplicated()]
                raise PackError(f"{file}: column '{code}' holds {listed(repeated.unique(), 5)} more than once.")
            if texts:
                return raw, codes
            self._raw[key] = (raw, codes)
        return self._raw[key]

    def read_columns(
        self, file: str, columns: Sequence[str], texts: Sequence[str] = (), also: Iterable[str] = ()
    ) -> pd.DataFrame:
        """The named columns of a table as they stand, ``texts`` among them as text; empty cells are NaN.

        ``also``: columns that are read as well where there are.
        """
        place = self.path(file)
        try:
            with zip_guard.opened(place) as stream:
                if len(stream.readline(_LONGEST_HEADER)) == _LONGEST_HEADER:
                    raise ValueError(f"its first line has {_LONGEST_HEADER:,} letters and more")
            with zip_guard.opened(place) as stream:
                header = list(map(str, pd.read_csv(stream, nrows=0).columns))
            written = {name: find_name(name, header, file) for name in columns}
            absent = [name for name, found in written.items() if found is None]
            if absent:
                raise PackError(f"{file}: there is no column '{absent[0]}'; it has {', '.join(header)}.")
            written.update({name: name for name in also if name in header})
            with zip_guard.opened(place) as stream:
                frame = pd.read_csv(
                    stream,
                    usecols=list(dict.fromkeys(written.values())),
                    dtype=dict.fromkeys((written[name] for name in texts), str),
                    keep_default_na=False,
                    na_values=[""],
                    low_memory=False,
                )
        except (ValueError, OSError, EOFError) as error:
            raise PackError(f"{file}: cannot be read as a table ({error}).") from error
        if frame.empty:
            raise PackError(f"{file}: the table has no rows.")
        return pd.DataFrame({name: frame[found] for name, found in written.items()})

    def table_of_points(self, file: str, coordinates: Sequence[str], live: Optional[str] = None) -> pd.DataFrame:
        """Coordinates (and whether live) of every postcode, as float64; PackError names the line at fault."""
        columns = [*coordinates, *([] if live is None else [live])]
        raw = self.read_columns(file, columns)
        lines = pd.Series(raw.index + 2)
        return pd.DataFrame({name: _numbers(file, name, raw[name], lines) for name in columns}).dropna()

    def lookup(self, geography: str, needed: Sequence[str] = ()) -> pd.DataFrame:
        """The lookup of a geography: indexed by code; a column a parent geography, and ``name`` if it has one.

        Parents' names stand in ``<geography>_name``. PackError if the pack has no such lookup, or if it lacks
        one of the ``needed`` parents.
        """
        entry = self.spec["lookups"].get(geography)
        if entry is None:
            raise PackError(f"{self.name}: lookups.{geography} is missing; it is needed to convert figures.")
        for parent in needed:
            if parent not in entry.get("parents", {}):
                raise PackError(f"{self.name}: lookups.{geography}.parents.{parent} is missing; figures need it.")
        columns = {"name": entry["name"]} if "name" in entry else {}
        for parent, source in entry.get("parents", {}).items():
            columns[parent] = source["code"]
            if "name" in source:
                columns[f"{parent}_name"] = source["name"]
        table = self.table(entry["file"], entry["code"], list(dict.fromkeys(columns.values())))
        for column in columns.values():
            if table[column].isna().any():
                area = table.index[table[column].isna().to_numpy().argmax()]
                raise PackError(f"{entry['file']}: column '{column}' is empty for {area}.")
        return pd.DataFrame({name: table[column] for name, column in columns.items()}, index=table.index)

    def exact_fit(self) -> pd.DataFrame:
        """The pairs of the LSOA11 to LSOA21 lookup: columns source, target."""
        entry = self.spec["lookups"].get("LSOA11")
        if entry is None or "exact_fit" not in entry:
            lacking = "lookups.LSOA11" if entry is None else "lookups.LSOA11.exact_fit"
            raise PackError(f"{self.name}: {lacking} is missing; it is needed to convert figures for LSOAs of 2011.")
        columns = [entry["code"], entry["exact_fit"]["LSOA21"]]
        pairs = self.read_columns(entry["file"], columns, texts=columns).dropna()
        return pd.DataFrame({"source": pairs[columns[0]].to_numpy(), "target": pairs[columns[1]].to_numpy()})

    def population(self, geography: str = "LSOA21") -> Any:
        """Usual residents by area code; None where the pack has no population for that geography."""
        entry = self.spec["population"]
        entry = entry if geography == "LSOA21" else entry.get(geography)
        if entry is None:
            return None
        return self.table(entry["file"], entry["code"], numbers=[entry["column"]])[entry["column"]]

    def files(self) -> Tuple[str, ...]:
        """Every file that pack.json names, each once, in order of first mention."""
        return tuple(dict.fromkeys(pack_format.files(self.spec)))


def _numbers(file: str, column: str, values: pd.Series, codes: pd.Series) -> Array:
    """Float64, or PackError naming the first cell that is no finite number."""
    if values.dtype == object or pd.api.types.is_bool_dtype(values) or not pd.api.types.is_numeric_dtype(values):
        numbers = pd.to_numeric(values, errors="coerce")
        wrong = numbers.isna() & values.notna()
        if wrong.any():
            place = int(np.argmax(wrong))
            raise PackError(
                f"{file}: column '{column}' holds '{values.iloc[place]}' for {_where(codes, place)}; "
                "a number is needed."
            )
        values = numbers
    numbers = values.to_numpy(dtype=float)
    if np.isinf(numbers).any():
        raise PackError(
            f"{file}: column '{column}' is infinite for {_where(codes, int(np.argmax(np.isinf(numbers))))}."
        )
    return numbers


def _where(codes: pd.Series, place: int) -> str:
    """The area's code; or the line, in a table that has no codes."""
    code = codes.iloc[place]
    return code if isinstance(code, str) else f"line {code}"


def unpack(path: Path) -> tempfile.TemporaryDirectory[str]:
    """A zip's files in a temporary folder; PackError for what is no zip, too large, or points outside."""
    try:
        with zipfile.ZipFile(path) as archive:
            fault = zip_guard.fault(archive.infolist(), most_bytes=MOST_BYTES, most_bytes_of_one=MOST_BYTES)
            if fault:
                raise PackError(f"{path.name}: {fault}")
            target = tempfile.TemporaryDirectory(prefix="hyperlocal-need-pack-")
            archive.extractall(target.name)
            return target
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise PackError(f"{path.name}: not a zip that can be read ({error}).") from error


def _manifest_folder(folder: Path, path: Path) -> Path:
    """The unpacked folder that holds pack.json: the top, or the only folder in it."""
    if (folder / MANIFEST).is_file():
        return folder
    inner = [child for child in folder.iterdir() if child.is_dir() and (child / MANIFEST).is_file()]
    return inner[0] if len(inner) == 1 else folder
