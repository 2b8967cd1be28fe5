"""The words and patterns by which published files are recognised: ``resources/patterns.json``, by module.

A pattern's ``@name@`` stands for one of the ``parts``; ``about`` says why an entry is as it is.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Dict, Mapping

WORDS: Mapping[str, Any] = json.loads(
    (Path(__file__).resolve().parents[1] / "resources" / "patterns.json").read_text(encoding="utf-8")
)


def patterns(module: str) -> Dict[str, re.Pattern[str]]:
    """The patterns of a module by name, compiled, in the order of the file."""
    return {name: re.compile(_whole(text)) for name, text in WORDS[module].items() if isinstance(text, str)}


def _whole(text: str) -> str:
    return re.sub(r"@(\w+)@", lambda part: _whole(WORDS["parts"][part[1]]), text)
