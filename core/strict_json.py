"""JSON read strictly: no key twice, none unknown or absent, each value of its type. Standard library only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, List, Mapping, Sequence, Tuple, Type

from .errors import NeedError

NUMBER = (int, float)
_WORDS = {str: "a text", dict: "an object", list: "a list", bool: "true or false", int: "a whole number"}
_LONGEST = 60


def read_object(path: Path, what: str, error: Type[NeedError]) -> Dict[str, Any]:
    """The object that a file holds, with or without a byte order mark; ``error`` says what is wrong with ``what``."""
    try:
        parsed = json.loads(path.read_text(encoding="utf-8-sig"), object_pairs_hook=lambda pairs: _once(pairs, error))
    except OSError as fault:
        raise error(f"{what} cannot be read ({fault.strerror}).") from fault
    except ValueError as fault:
        raise error(f"{what} is not JSON ({fault}).") from fault
    if not isinstance(parsed, dict):
        raise error(f"{what} must hold an object, from {{ to }}.")
    return parsed


def _once(pairs: List[Tuple[str, Any]], error: Type[NeedError]) -> Dict[str, Any]:
    """A JSON object; a key given twice is refused, for JSON itself would keep the last in silence."""
    entry: Dict[str, Any] = {}
    for key, value in pairs:
        if key in entry:
            raise error(f"{key}: given twice in one object ({entry[key]!r} and {value!r}).")
        entry[key] = value
    return entry


def check_keys(path: str, value: Any, known: Mapping[str, Any], needed: Sequence[str], error: Type[NeedError]) -> None:
    """Raise ``error`` unless a value is an object of ``known`` keys (key -> type) that has all that are ``needed``."""
    check_type(path, value, dict, error)
    for key, inner in value.items():
        if key not in known:
            raise error(f"{path}: unknown key '{key}'; known are {', '.join(known)}.")
        check_type(f"{path}.{key}", inner, known[key], error)
    for key in needed:
        if key not in value:
            raise error(f"{path}: the key '{key}' is missing.")


def check_type(path: str, value: Any, expected: Any, error: Type[NeedError]) -> None:
    """Raise ``error`` unless a value is of the type, or one of the types; true and false are no numbers."""
    kinds = expected if isinstance(expected, tuple) else (expected,)
    if not isinstance(value, kinds) or (isinstance(value, bool) and not {bool, object} & set(kinds)):
        words = ["a number"] if kinds == NUMBER else [_WORDS[kind] for kind in kinds]
        raise error(f"{path}: must be {' or '.join(words)}, not {repr(value)[:_LONGEST]}.")
