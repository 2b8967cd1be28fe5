"""Local boundaries over a country of twelve squares; then England's wards, and the published district figures."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeature,
    QgsFeatureRequest,
    QgsGeometry,
    QgsProcessingException,
    QgsProject,
    QgsVectorLayer,
)

from hyperlocal_need.processing_provider import compat
from hyperlocal_need.processing_provider.geometry import polygons_over_polygons as overlay
from hyperlocal_need.processing_provider.io import frames

SIDE = 1000.0
# The published districts count this LSOA in West Northamptonshire; the published list of LSOAs, in Cherwell.
MOVED = ("E01027305", "E06000062")


def square(column, row, width=1.0, height=1.0):
    west, south = 400_000 + column * SIDE, 300_000 + row * SIDE
    east, north = west + width * SIDE, south + height * SIDE
    return f"(({west} {south}, {east} {south}, {east} {north}, {west} {north}, {west} {south}))"


def layer(fields, rows, kind="MultiPolygon", crs="EPSG:27700"):
    """A memory layer; rows are (wkt or None, attributes)."""
    made = QgsVectorLayer(f"{kind}?crs={crs}&{'&'.join(f'field={one}' for one in fields)}", "made", "memory")
    for wkt, attributes in rows:
        feature = QgsFeature(made.fields())
        feature.setAttributes(list(attributes))
        if wkt:
            feature.setGeometry(QgsGeometry.fromWkt(wkt))
        made.dataProvider().addFeature(feature)
    made.updateExtents()
    return made


@pytest.fixture(scope="module")
def need(provider):
    """Four columns by three rows of LSOAs, 100 people each; rank 1 in the south-west, then eastwards and up."""
    fields = (
        "area_code:string",
        "area_name:string",
        "district_code:string",
        "district_name:string",
        "need_score:double",
        "need_rank:integer",
        "population:integer",
    )
    rows = []
    for place in range(12):
        row, column = divmod(place, 4)
        district = ("D1", "West") if column < 2 else ("D2", "East")
        rows.append(
            (
                f"MULTIPOLYGON({square(column, row)})",
                (f"L{place + 1:02}", f"Place {place + 1}", *district, 100.0 - 8 * place, place + 1, 100),
            )
        )
    return layer(fields, rows)


@pytest.fixture
def run(provider, qgis_processing):
    import processing
    from qgis.core import QgsProcessingFeedback

    class Feedback(QgsProcessingFeedback):
        said = ""

        def pushInfo(self, text):
            self.said += text + "\n"

    def summarise(**parameters):
        feedback = Feedback()
        outputs = processing.run(
            "hyperlocalneed:summarisebyarea", {"OUTPUT": "memory:", "LSOAS": "memory:", **parameters}, feedback=feedback
        )
        return table(outputs["OUTPUT"]), table(outputs["LSOAS"]), feedback.said

    return summarise


def table(source):
    names = [field.name() for field in source.fields()]
    rows = [[None if compat.is_null(value) else value for value in one.attributes()] for one in source.getFeatures()]
    return pd.DataFrame(rows, columns=names).set_index("boundary_code")


def areas(*rows, crs="EPSG:27700"):
    return layer(("code:string", "label:string"), rows, crs=crs)


WEST = f"MULTIPOLYGON({square(0, 0, 2, 3)})"
EAST = f"MULTIPOLYGON({square(2, 0, 2, 3)})"
# The two westerly columns and half of the third.
WIDE = f"MULTIPOLYGON({square(0, 0, 2.5, 3)})"


@pytest.fixture(params=["shapely", "qgis"])
def way(request, monkeypatch):
    """Each way of laying polygons over polygons."""
    if request.param == "qgis":
        monkeypatch.setattr(compat, "vectorised_shapely", lambda: None)
    elif compat.vectorised_shapely() is None:
        pytest.skip("shapely 2 is not installed")
    return request.param


def test_by_centroid_every_area_gets_its_figures(run, need, way):
    found, members, said = run(
        INPUT=need, AREAS=areas((WEST, ("W", "West")), (EAST, ("E", "East"))), CODE_FIELD="code", NAME_FIELD="label"
    )
    west = found.loc["W"]
    assert (west["boundary_name"], west["lsoas"], west["population"], west["population_split"]) == ("West", 6, 600, 0)
    # Ranks 1, 2, 5, 6, 9, 10 with equal populations, N = 12.
    assert west["need_average_rank"] == pytest.approx(13 - np.mean([1, 2, 5, 6, 9, 10]))
    assert west["need_average_score"] == pytest.approx(np.mean([100, 92, 68, 60, 36, 28]))
    # ceil(5 r / 12) = 1 for r = 1 and 2.
    assert (west["need_hotspot_population"], west["need_hotspot_share"]) == (200, pytest.approx(1 / 3))
    assert (west["need_neediest_code"], west["need_neediest_rank"]) == ("L01", 1)
    assert (west["need_average_score_rank"], found.loc["E", "need_average_score_rank"]) == (1, 2)
    # Scores over 80 and over 40.
    assert west[["lsoas_mission_critical", "lsoas_mission_priority", "lsoas_mission_support"]].tolist() == [2, 2, 2]
    assert members.loc["W", "area_code"].tolist() == ["L01", "L02", "L05", "L06", "L09", "L10"]
    assert "by centroid (a point inside each LSOA)" in said


def test_share_of_area_splits_the_third_column(run, need, way):
    found, members, said = run(INPUT=need, AREAS=areas((WIDE, ("W", "Wide"))), CODE_FIELD="code", METHOD="area_share")
    assert found.loc["W", "population"] == pytest.approx(750)
    assert found.loc["W", "population_split"] == pytest.approx(150 / 750)
    half = members[members["area_code"] == "L03"]
    assert half["share"].tolist() == pytest.approx([0.5, 0.5])
    assert half["boundary_name"].tolist() == ["W", "outside all areas"]
    assert "6 LSOAs lie outside all areas, wholly or in part (450 people)" in said


def test_centroid_says_how_much_is_split(run, need, way):
    slanted = f"MULTIPOLYGON({square(0, 0, 1.7, 3)})"
    found, _, _ = run(INPUT=need, AREAS=areas((slanted, ("S", "S"))), CODE_FIELD="code")
    assert (found.loc["S", "lsoas"], found.loc["S", "lsoas_split"], found.loc["S", "population_split"]) == (6, 3, 0.5)
    unmeasured, _, _ = run(INPUT=need, AREAS=areas((slanted, ("S", "S"))), CODE_FIELD="code", MEASURE_FIT=False)
    assert unmeasured.loc["S", "population_split"] is None


def test_any_reference_system_gives_the_same(run, need):
    west = QgsGeometry.fromWkt(WEST)
    west.transform(
        QgsCoordinateTransform(
            QgsCoordinateReferenceSystem("EPSG:27700"), QgsCoordinateReferenceSystem("EPSG:4326"), QgsProject.instance()
        )
    )
    found, _, _ = run(INPUT=need, AREAS=areas((west.asWkt(12), ("W", "West")), crs="EPSG:4326"), METHOD="area_share")
    assert found.loc["1", "population"] == pytest.approx(600)


def test_overlapping_areas_are_counted_in_each_and_said(run, need, way):
    found, _, said = run(INPUT=need, AREAS=areas((WEST, ("W", "West")), (WEST, ("X", "Again"))), CODE_FIELD="code")
    assert found["population"].tolist() == [600, 600]
    assert found["lsoas_shared"].tolist() == [6, 6]
    assert found["boundary_note"].tolist() == ["overlaps other areas"] * 2
    assert "6 LSOAs count in more than one of them, and 600 people more than once: L01" in said


def test_nothing_is_dropped(run, need):
    """A bow-tie, no name, one name twice, no polygon, an area in the sea, and one in two parts."""
    bow_tie = "MULTIPOLYGON(((400000 300000, 402000 302000, 402000 300000, 400000 302000, 400000 300000)))"
    parts = f"MULTIPOLYGON({square(3, 0)}, {square(3, 2)})"
    sea = f"MULTIPOLYGON({square(20, 20)})"
    rows = (
        (bow_tie, (None, "Bow")),
        (WEST, (None, None)),
        (EAST, (None, "Twice")),
        (sea, (None, "Twice")),
        (None, (None, "Nowhere")),
        (parts, (None, "Parts")),
    )
    found, _, said = run(INPUT=need, AREAS=areas(*rows), NAME_FIELD="label")
    assert found["boundary_name"].tolist() == ["Bow", "Area 2 (no name)", "Twice", "Twice", "Nowhere", "Parts"]
    assert found.index.is_unique
    assert found.loc["1", "boundary_note"].startswith("polygon repaired")
    assert found.loc["2", "boundary_note"].startswith("no name")
    assert found.loc["4", "boundary_note"] == "one of 2 areas of this name; no LSOA"
    assert found.loc["5", "boundary_note"] == "no polygon; no LSOA"
    assert found.loc["6", "lsoas"] == 2
    assert found.loc["4", "need_average_score"] is None or np.isnan(found.loc["4", "need_average_score"])
    assert "2 areas hold no LSOA and have no figures: Twice, Nowhere" in said
    assert "LSOAs were assigned to 4 of 6 areas" in said


@pytest.mark.parametrize(
    ("kind", "wkt", "crs", "words"),
    [
        ("LineString", "LINESTRING(400000 300000, 401000 301000)", "EPSG:27700", "holds line geometries"),
        ("MultiPolygon", WEST, "", "no coordinate reference system"),
        ("MultiPolygon", f"MULTIPOLYGON({square(50, 50)})", "EPSG:27700", "no LSOA of made lies in any of its 1 areas"),
    ],
)
def test_what_cannot_be_laid_over_is_refused_in_words(run, need, kind, wkt, crs, words):
    unfit = layer(("code:string", "label:string"), [(wkt, ("A", "A"))], kind=kind, crs=crs or "EPSG:27700")
    if not crs:
        unfit.setCrs(QgsCoordinateReferenceSystem())
    with pytest.raises(QgsProcessingException, match=words):
        run(INPUT=need, AREAS=unfit)


def test_a_method_without_its_inputs_is_refused(run, need):
    with pytest.raises(QgsProcessingException, match="AREAS: give a layer of polygons"):
        run(INPUT=need)
    with pytest.raises(QgsProcessingException, match="'area_name' must hold numbers; one cell holds 'Place 1'"):
        run(INPUT=need, AREAS=areas((WEST, ("W", "West"))), POPULATION_FIELD="area_name")
    with pytest.raises(QgsProcessingException, match="needs a data pack with postcodes"):
        run(INPUT=need, AREAS=areas((WEST, ("W", "West"))), METHOD="postcode_share")
    with pytest.raises(QgsProcessingException, match="needs a table, LOOKUP_LSOA and LOOKUP_AREA"):
        run(INPUT=need, METHOD="lookup")


def test_a_field_of_the_need_layer_makes_areas(run, need):
    found, _, _ = run(INPUT=need, AREA_FIELD="district_code")
    assert found["boundary_name"].tolist() == ["West", "East"]
    assert found["population"].tolist() == [600, 600]


def test_a_lookup_needs_no_polygons(run, need):
    rows = [(None, (f"L{place:02}", "one" if place < 4 else "two")) for place in range(1, 12)] + [
        (None, ("L99", "two"))
    ]
    lookup = layer(("lsoa:string", "patch:string"), rows, kind="NoGeometry")
    found, _, said = run(INPUT=need, LOOKUP=lookup, LOOKUP_LSOA="lsoa", LOOKUP_AREA="patch", METHOD="lookup")
    assert found["lsoas"].tolist() == [3, 8]
    assert "1 LSOAs of the lookup are not among the LSOAs given: L99" in said
    assert "1 LSOAs lie outside all areas" in said


def test_a_layer_cut_to_a_part_is_told_by_its_ranks(run, need):
    need.selectByExpression("need_rank > 6")
    cut = need.materialize(QgsFeatureRequest(need.selectedFeatureIds()))
    need.removeSelection()
    _, _, said = run(INPUT=cut, AREAS=areas((WEST, ("W", "West"))))
    assert "6 ranked areas with ranks up to 12; 12 is taken for N" in said


def test_both_ways_measure_the_same_ground():
    shapely = compat.vectorised_shapely()
    if shapely is None:
        pytest.skip("shapely 2 is not installed")
    generator = np.random.default_rng(3)
    boxes = [
        QgsGeometry.fromWkt(f"MULTIPOLYGON({square(*place, 1.3, 0.8)})") for place in generator.uniform(0, 5, (40, 2))
    ]
    ours, theirs = overlay.Shapes(boxes), overlay.ShapelyShapes(boxes, shapely)
    pairs = [one.overlaps(one) for one in (ours, theirs)]
    (found, ground), (expected, expected_ground) = ((list(zip(small, large)), size) for small, large, size in pairs)
    order, expected_order = (sorted(range(len(each)), key=each.__getitem__) for each in (found, expected))
    assert [found[place] for place in order] == [expected[place] for place in expected_order]
    assert ground[order] == pytest.approx(expected_ground[expected_order], abs=0.01)
    x, y = ours.points()
    points = (sorted(zip(*map(np.ndarray.tolist, one.holders(x, y)))) for one in (ours, theirs))
    assert next(points) == next(points)


@pytest.fixture(scope="module")
def published(fixtures_folder, tmp_path_factory):
    """The Indices of Deprivation 2025 by LSOA as a table, and their published district figures."""
    lsoas = pd.read_csv(fixtures_folder / "iod2025_lsoa.csv.gz")
    lsoas.loc[lsoas["lsoa21cd"] == MOVED[0], "lad24cd"] = MOVED[1]
    path = tmp_path_factory.mktemp("iod") / "lsoas.csv"
    lsoas[["lsoa21cd", "lad24cd", "pop_mid2022", "IMD_score", "IMD_rank"]].to_csv(path, index=False)
    districts = pd.read_csv(fixtures_folder / "iod2025_lad.csv").set_index("ltla24_code")
    return str(path), districts


def test_the_district_figures_of_the_indices_of_deprivation_2025(run, published):
    """Every district's five summaries as printed, to half of the last digit, and their ranks."""
    lsoas, districts = published
    found, _, _ = run(
        INPUT=lsoas,
        AREA_FIELD="lad24cd",
        LSOA_FIELD="lsoa21cd",
        SCORE_FIELD="IMD_score",
        RANK_FIELD="IMD_rank",
        POPULATION_FIELD="pop_mid2022",
    )
    found = found.loc[districts.index]
    assert len(found) == 296
    tenth = "proportion_of_lso_as_in_most_deprived_10_percent_nationally"
    for ours, theirs, half_digit, rank in (
        # The scores of LSOAs are printed with three decimals too, so both sides are rounded.
        ("average_score", "imd_average_score", 0.001, "imd_rank_of_average_score"),
        ("average_rank", "imd_average_rank", 0.0051, "imd_rank_of_average_rank"),
        ("proportion_10", f"imd_{tenth}", 0.000051, f"imd_rank_of_{tenth}"),
        ("extent", "imd25_extent", 0.000051, "imd25_rank_of_extent"),
        ("concentration", "imd25_local_concentration", 0.01, "imd25_rank_of_local_concentration"),
    ):
        assert found[f"need_{ours}"].to_numpy() == pytest.approx(districts[theirs].to_numpy(), abs=half_digit)
        assert found[f"need_{ours}_rank"].tolist() == districts[rank].tolist()


@pytest.fixture(scope="module")
def england_lsoas(england, qgis_app, tmp_path_factory):
    """England's LSOAs with their residents and a rank; the figures are not the index's, the places are."""
    polygons = QgsVectorLayer(f"{england / 'boundaries' / 'lsoa21.gpkg'}", "lsoa21", "ogr")
    people = pd.read_csv(england / "population" / "lsoa21.csv.gz").set_index("LSOA21CD")["usual_residents"]
    table = people.rename("population").rename_axis("area_code").to_frame()
    table["need_rank"] = np.arange(1, len(table) + 1)
    shapes = frames.read_geometries(polygons, "LSOA21CD", table.index, lambda part: None)
    path = tmp_path_factory.mktemp("england") / "lsoas.gpkg"
    frames.GeoPackageWriter(str(path), lambda part: None).write("need", table, shapes, polygons.crs())
    return str(path), float(people.sum())


def test_wards_hold_englands_population(run, england, england_lsoas):
    need, residents = england_lsoas
    found, members, said = run(
        INPUT=need,
        AREAS=str(england / "boundaries" / "wards2025.gpkg"),
        CODE_FIELD="WD25CD",
        NAME_FIELD="WD25NM",
        RANK_FIELD="need_rank",
        MEASURE_FIT=False,
    )
    assert len(found) == 6826
    assert members["population"].sum() == pytest.approx(residents), "in an area or outside all: nobody is lost"
    assert found["population"].sum() == pytest.approx(residents)
    assert "overlap" not in said
