"""Rows of a result as a CSV that spreadsheets open safely."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Sequence

import pandas as pd

from ...core.findings.selection import export_rows
from ...core.steps.classify import whole_numbers
from ...core.texts import safe_for_spreadsheets


def write_csv(need: pd.DataFrame, codes: Sequence[str], path: Path) -> str:
    """Write the full rows of these areas aside and move them into place; gives '' or why that failed."""
    aside = path.with_name(f"{path.name}.part")
    try:
        safe_for_spreadsheets(whole_numbers(export_rows(need, list(codes)))).to_csv(
            aside, encoding="utf-8-sig", lineterminator="\n"
        )
        os.replace(aside, path)
    except OSError as error:
        return f"{path}: cannot be written ({error.strerror}); choose another place, or close what has it open."
    finally:
        aside.unlink(missing_ok=True)
    return ""
