"""What published figures are like: withheld cells, absent areas, a count above its population, a partial release."""

from __future__ import annotations

from typing import Dict, Mapping

import numpy as np
import pandas as pd

from ..arrays import Array
from .geography import Members

GAP_SHARE = 0.03
IMPOSSIBLE_RATIO = 2.114
PARTIAL = "gp_appointments"
_ENERGY = "indicators/energy_lsoa21.csv.gz"


def make_awkward(tables: Dict[str, pd.DataFrame], members: Mapping[str, Members], sparse: Array, partial: bool) -> None:
    """Spoil the tables as publishers' rules and mistakes do, without a draw, so that all else stays as it is.

    Blank: two figures of the ``sparse`` Output Areas (each under a twentieth of its LSOA, so within the tolerance);
    low_energy_efficiency where certificates are fewest (3 % of LSOAs). Absent: household_income of one MSOA in
    33. Impossible: fuel_poverty in the LSOA with the most households, 2.114 times as many.
    With ``partial``, gp_appointments is there for the smallest district alone.
    """
    _blank(tables["indicators/children_oa21.csv.gz"], "children_low_income", sparse)
    _blank(tables["indicators/broadband_oa21.csv.gz"], "broadband_speed", sparse)
    energy = tables[_ENERGY]
    fewest = np.argsort(energy["certificates"].to_numpy(), kind="stable")
    _blank(energy, "low_energy_efficiency", fewest[: _number(len(energy))])
    most = energy["households"].idxmax()
    energy.loc[most, "fuel_poverty"] = int(IMPOSSIBLE_RATIO * energy.loc[most, "households"])
    incomes = "indicators/income_msoa11.csv.gz"
    count = len(tables[incomes])
    gone = np.linspace(0, count - 1, _number(count) + 2)[1:-1].astype(int)
    tables[incomes] = tables[incomes].drop(index=gone).reset_index(drop=True)
    if partial:
        lsoas = pd.Series(members["LTLA23"].number).groupby(members["LSOA21"].number).first()
        table = tables["indicators/access_lsoa21.csv.gz"]
        _blank(table, PARTIAL, np.flatnonzero(lsoas != lsoas.value_counts(sort=False).idxmin()))


def _number(count: int) -> int:
    """3 %, at least one."""
    return max(1, int(round(GAP_SHARE * count)))


def _blank(table: pd.DataFrame, column: str, rows: Array) -> None:
    whole = table[column].dtype.kind == "i"
    table[column] = table[column].astype("Int64") if whole else table[column]
    table.loc[rows, column] = pd.NA if whole else np.nan
