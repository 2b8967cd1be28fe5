"""The texts of the dock's widgets as Qt's translation files: ``python tools/translations.py`` after a text has changed.

Reads ``ui/widgets/declared.json``, keeps what ``resources/i18n/*.ts`` already say, lists new texts as unfinished, drops
those that are gone, and compiles each with Qt's lrelease (Debian: qttools5-dev-tools).
"""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Dict, List

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "resources" / "i18n"
CONTEXT = "declared"
# What says how a widget is, and not what stands on it.
NO_WORDS = ("kind", "icon")


def texts() -> List[str]:
    """Every text of a declared widget, once, in the order of the file."""
    widgets = json.loads((ROOT / "ui" / "widgets" / "declared.json").read_text(encoding="utf-8"))["widgets"]
    found = [
        value
        for page in widgets.values()
        for properties in page.values()
        for name, value in properties.items()
        if isinstance(value, str) and value and name not in NO_WORDS
    ]
    return list(dict.fromkeys(found))


def known(path: Path) -> Dict[str, ElementTree.Element]:
    """The translations that a file has, by their text."""
    messages = ElementTree.parse(path).getroot().iter("message")
    return {one.findtext("source", ""): one.find("translation") for one in messages}


def write(path: Path) -> None:
    """The file anew, with all texts that there are."""
    held = known(path)
    root = ElementTree.Element("TS", version="2.1", language=path.stem.rpartition("_")[2], sourcelanguage="en")
    context = ElementTree.SubElement(root, "context")
    ElementTree.SubElement(context, "name").text = CONTEXT
    for text in texts():
        message = ElementTree.SubElement(context, "message")
        ElementTree.SubElement(message, "source").text = text
        if held.get(text) is None:
            ElementTree.SubElement(message, "translation", type="unfinished")
        else:
            message.append(held[text])
    for element in root.iter():
        element.tail = "\n"
    root.text = context.text = "\n"
    for message in root.iter("message"):
        message.text = "\n"
    body = ElementTree.tostring(root, encoding="unicode")
    path.write_text(f'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n{body}', encoding="utf-8")


def main() -> int:
    for path in sorted(FOLDER.glob("*.ts")):
        write(path)
        subprocess.run(["lrelease", "-silent", str(path), "-qm", str(path.with_suffix(".qm"))], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
