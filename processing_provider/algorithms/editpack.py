"""A data pack with indicators added, replaced and taken out, and checked as a whole."""

from pathlib import Path

from ...core.errors import OptionError
from ..runs import edit_pack


def compute(values):
    entries = [Path(path) for path in values.read("FileList", "ADD") if path]
    remove = values.names("REMOVE")
    if not entries and not remove:
        raise OptionError("ADD, REMOVE: give an entry to add, or the id of an indicator to take out.")
    target, method, own = values.path("OUTPUT"), values.path("METHODOLOGY_OUT"), None
    if method:
        # What becomes of indicators that the methodology does not know.
        own = edit_pack.Own(values.methodology_path(), method, **values.settings())
    changed = edit_pack.run(values.path("PACK"), target, entries, remove, values.advance(1.0), own)
    values.say(f"{what}: {', '.join(names)}" for what, names in changed.items() if names)
    return values.paths("OUTPUT", "METHODOLOGY_OUT")
