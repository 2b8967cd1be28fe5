"""The area that docs/method.md works out, from its figure to its rank: every number of the table, by its formula."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtri
from test_demo import locate

from hyperlocal_need.core import index, methodology
from hyperlocal_need.core.demo import make_demo, write_tables
from hyperlocal_need.core.indicators import convert_pack
from hyperlocal_need.core.pack import Pack
from hyperlocal_need.core.steps.overlap import count_pairs

AREA, FIGURE = "X01000549", "worklessness_benefits"


@pytest.fixture(scope="module")
def result(tmp_path_factory, repository):
    demo, folder = make_demo(600, 2025), tmp_path_factory.mktemp("demo")
    write_tables(demo.tables, demo.pack, folder)
    postcodes = demo.tables["postcodes.csv.gz"]
    points = postcodes[["easting", "northing"]].to_numpy(dtype=float) + 1e-3
    pairs = count_pairs(*(locate(points, demo.polygons[one]) for one in ("OA11", "LSOA21")), postcodes["live"])
    definition = methodology.load(repository / "resources" / "methodologies" / "hyper_local_need_2025.json")
    with Pack.open(folder) as pack:
        return index.run(definition, convert_pack(pack, definition, pairs))


def x_of(share):
    return -23 * np.log(1 - share * (1 - np.exp(-100 / 23)))


def place_of(values, area=AREA):
    """(its place from the lowest, how many have a value); it ties with none."""
    return int((values < values[area]).sum()) + 1, int(values.notna().sum())


def number(value, digits=2):
    return f"{value:.{digits}f}".replace("-", "−")


def test_every_number_of_the_worked_area(result, repository):
    need, figures, sums = result.need, result.indicators, result.sub_dimensions
    r, n = figures[f"{FIGURE}_num"], figures[f"{FIGURE}_den"]
    mates = need.index[need["district_code"] == need.at[AREA, "district_code"]]
    m = np.log((r + 0.5) / (n - r + 0.5))
    events, total = r[mates].sum(), n[mates].sum()
    pooled = np.log((events + 0.5) / (total - events + 0.5))
    between = ((m[mates] - pooled) ** 2).sum() / (len(mates) - 1)
    size = n[AREA]
    sampling = (size + 1) * (size + 2) / (size * (r[AREA] + 1) * (size - r[AREA] + 1))
    weight = between / (between + sampling)
    estimate = weight * m[AREA] + (1 - weight) * pooled
    share = 1 / (1 + np.exp(-estimate))
    assert share == pytest.approx(result.shrunk.at[AREA, f"{FIGURE}_shrunk"], rel=1e-12)

    place, known = place_of(result.shrunk[f"{FIGURE}_need"])
    z = ndtri(place / (known + 1))
    assert z == pytest.approx(result.normal_scores.at[AREA, f"{FIGURE}_z"], rel=1e-12)
    own = sums.loc[AREA]
    employment = x_of(place / min(known + 1, 600))
    growth = employment + own["quality_jobs_exp"] + own["infrastructure_exp"]
    assert (employment, growth) == pytest.approx((own["employment_exp"], own["growth_sum"]), rel=1e-12)
    above, compared = place_of(sums["growth_sum"])
    x = {name: own[f"{name}_exp"] for name in ("streets", "opportunity", "health", "energy")}
    x["growth"] = x_of(above / min(compared + 1, 600))
    composite = 0.1 * x["energy"] + 0.225 * sum(x[name] for name in x if name != "energy")
    last, ranked = place_of(need["composite"])
    score = x_of(last / min(ranked + 1, 600))
    assert (composite, score) == pytest.approx((need.at[AREA, "composite"], need.at[AREA, "need_score"]), rel=1e-12)
    assert need.at[AREA, "need_rank"] == ranked + 1 - last and need.at[AREA, "hotspot"] == 1

    text = (repository / "docs" / "method.md").read_text(encoding="utf-8")
    rows = [
        (f"{r[AREA]:.0f} of {size:.0f}", number(r[AREA] / size, 4)),
        (f"ln({r[AREA] + 0.5} / {size - r[AREA] + 0.5})", f"{number(m[AREA], 4)}, {number(sampling, 4)}"),
        (f"{events:,.0f} of {total:,.0f} in {len(mates)} areas", number(pooled, 4)),
        ("t² / (t² + s²)", f"{number(between, 4)}, {number(weight, 4)}"),
        (f"= {number(estimate, 4)}, as a share", number(share, 4)),
        (f"{place}nd of {known} from the lowest: Φ⁻¹({place} / {known + 1})", number(z, 4)),
        (f"R = {place} / {known}", number(employment)),
        (f"{number(employment)} + {number(own['quality_jobs_exp'])} (quality jobs)", number(growth)),
        (f"{above}rd of {compared}, for {600 - compared} areas lack a figure", number(x["growth"])),
        (
            f"0.225 × ({' + '.join(number(x[one]) for one in ('growth', 'streets', 'opportunity', 'health'))})",
            number(composite),
        ),
        (f"{last}th of the {ranked} that have all five: R = {last} / {ranked + 1}", number(score)),
        (f"{ranked} + 1 − {last}", f"{ranked + 1 - last}"),
    ]
    for computed, value in rows:
        assert any(computed in line and line.endswith(f"| {value} |") for line in text.splitlines()), (computed, value)
    assert f"the {need['hotspot'].sum()} of the neediest fifth" in text
