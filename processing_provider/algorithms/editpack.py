"""A data pack with indicators added, replaced and taken out, and checked as a whole."""

from ..runs import edit_pack


def compute(values):
    changed = edit_pack.run(values)
    values.say(f"{what}: {', '.join(names)}" for what, names in changed.items() if names)
    return values.paths("OUTPUT", "METHODOLOGY_OUT")
