"""JSON read strictly: no key twice, none unknown or absent, each value of its kind, by grammars.json.

Standard library only.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Dict, List, Mapping, Tuple, Type, Union

from .errors import NeedError

GRAMMARS: Mapping[str, Any] = json.loads(Path(__file__).with_name("grammars.json").read_text(encoding="utf-8"))
# What a kind is called, and its type.
_KINDS: Mapping[str, Tuple[str, Any]] = {
    **dict.fromkeys(("text", "pattern"), ("a text", str)),
    **dict.fromkeys(("list", "texts", "patterns"), ("a list", list)),
    "object": ("an object", dict),
    "flag": ("true or false", bool),
    "whole": ("a whole number", int),
    "number": ("a number", (int, float)),
    "any": ("anything", object),
}
_LONGEST, _MOST_LETTERS, _DEEPEST = 60, 20_000, 100
_TOO_DEEP = "it is nested too deep"


def read_object(path: Path, what: str, error: Type[NeedError]) -> Dict[str, Any]:
    """The object that a file holds, with or without a byte order mark; ``error`` says what is wrong with ``what``."""
    try:
        if path.exists() and not path.is_file():
            raise error(f"{what} is not a file.")
        found = parsed(path.read_text(encoding="utf-8-sig"), object_pairs_hook=lambda pairs: _once(pairs, error))
    except OSError as fault:
        raise error(f"{what} cannot be read ({fault.strerror}).") from fault
    except ValueError as fault:
        raise error(f"{what} is not JSON ({fault}).") from fault
    if not isinstance(found, dict):
        raise error(f"{what} must hold an object, from {{ to }}.")
    return found


def parsed(text: str, **hooks: Any) -> Any:
    """What a text of JSON that anybody may have written says; ValueError too for what nests too deep to be read."""
    try:
        found = json.loads(text, **hooks)
    except RecursionError as fault:
        raise ValueError(_TOO_DEEP) from fault
    # How deep Python itself goes differs by its version.
    level: List[Any] = [[found]]
    for _ in range(_DEEPEST + 1):
        inside = (inner for one in level for inner in (one.values() if isinstance(one, dict) else one))
        level = [inner for inner in inside if isinstance(inner, (dict, list))]
    if level:
        raise ValueError(_TOO_DEEP)
    if "\\ud" in text.lower():
        # Half a character of two can be read, and written nowhere.
        json.dumps(found, ensure_ascii=False).encode("utf-8")
    return found


def _once(pairs: List[Tuple[str, Any]], error: Type[NeedError]) -> Dict[str, Any]:
    """A JSON object; a key given twice is refused, for JSON itself would keep the last in silence."""
    entry: Dict[str, Any] = {}
    for key, value in pairs:
        if key in entry:
            raise error(f"{key}: given twice in one object ({entry[key]!r} and {value!r}).")
        entry[key] = value
    return entry


def check(path: str, value: Any, grammar: str, error: Type[NeedError]) -> None:
    """Raise ``error`` unless a value is an object of the keys of a grammar, each of its kind, and has all it needs."""
    check_kind(path, value, "object", error)
    kinds = {key.rstrip("!"): kind for key, kind in GRAMMARS[grammar].items()}
    for key, inner in value.items():
        if key not in kinds:
            raise error(f"{path}: unknown key '{key}'; known are {', '.join(kinds)}.")
        check_kind(f"{path}.{key}", inner, kinds[key], error)
    for key in GRAMMARS[grammar]:
        if key.endswith("!") and key[:-1] not in value:
            raise error(f"{path}: the key '{key[:-1]}' is missing.")


def check_kind(path: str, value: Any, kind: Union[str, List[str]], error: Type[NeedError]) -> None:
    """Raise ``error`` unless a value is of the kind, one of the kinds (``|`` between) or of the choices.

    True and false are no numbers; the kinds ``texts`` and ``patterns`` are lists of them.
    """
    words = ["text"] if isinstance(kind, list) else kind.split("|")
    types = [_KINDS[word][1] for word in words]
    if not isinstance(value, tuple(types)) or (isinstance(value, bool) and not {bool, object} & set(types)):
        found = " or ".join(_KINDS[word][0] for word in words)
        raise error(f"{path}: must be {found}, not {repr(value)[:_LONGEST]}.")
    if isinstance(value, str) and len(value) > _MOST_LETTERS:
        raise error(f"{path}: has {len(value):,} letters; {_MOST_LETTERS:,} are the most.")
    if isinstance(kind, list):
        if value not in kind:
            raise error(f"{path}: '{value}' is not known; choose from {', '.join(kind)}.")
    elif isinstance(value, list):
        for place, one in enumerate(value if words[-1] in ("texts", "patterns") else ()):
            check_kind(f"{path}[{place}]", one, words[-1][:-1], error)
    elif "pattern" in words:
        try:
            re.compile(value)
        except re.error as fault:
            raise error(f"{path}: '{value}' is no pattern ({fault}).") from fault
