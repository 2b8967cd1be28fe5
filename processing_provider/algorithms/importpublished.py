"""A file as its publisher ships it, made a clean table; every guess is reported and can be overruled."""

import json

from ..runs import importing


def compute(values):
    imported = importing.run(values)
    guesses = imported.guesses
    _tell(guesses, values)
    given = {
        **values.paths("OUTPUT", "ENTRY"),
        "GUESSES": json.dumps(guesses, ensure_ascii=False),
        "GEOGRAPHY": str(guesses.get("geography", "")),
        "AREAS": guesses.get("areas", len(imported.table)),
        "WARNINGS": "\n".join(guesses["warnings"]),
    }
    return {name: value for name, value in given.items() if value != ""}


def _tell(guesses, values):
    """What was found, in a few lines."""
    if guesses["kind"] == "areas":
        covered = f"{guesses['areas']:,} of {guesses['areas_there_are']:,} areas of {guesses['geography']}"
        rows = ", ".join(map(str, guesses["header_rows"])) or "none"
        values.say([f"{covered} ({guesses['vintage']['reason']}); sheet '{guesses['sheet']}', header in row {rows}."])
    entries = (f"Entry for {name}: {json.dumps(one, ensure_ascii=False)}" for name, one in guesses["entries"].items())
    values.say(entries, warnings=guesses["warnings"])
