"""Maps, legends and styles, by sampling pixels at points inside areas."""

from __future__ import annotations

import threading

import pandas as pd
import pytest
from qgis.core import QgsFeedback, QgsRectangle, QgsVectorFileWriter, QgsVectorLayer
from qgis.PyQt.QtGui import QColor, QImage, qGray

from hyperlocal_need.core.errors import Cancelled, DataError, NeedError
from hyperlocal_need.processing_provider.maps import maps
from hyperlocal_need.processing_provider.maps import render as rendering
from hyperlocal_need.processing_provider.maps import sheet as drawing
from hyperlocal_need.processing_provider.style import legend, palettes
from hyperlocal_need.processing_provider.style import renderers as styling


def styled(country, layer, measure, kind):
    maps.style_measure(country.result(), layer, measure, kind)
    return layer


def colours_at_centres(country, layer):
    """The colour in the middle of each square, drawn at 100 pixels a square."""
    extent = QgsRectangle(0, 0, 3 * country.side, 2 * country.side)
    image = rendering.render(rendering.map_settings([layer], extent, (300, 200), 96))
    return {code: image.pixelColor(50 + 100 * x, 50 + 100 * (1 - y)).name() for code, (x, y) in country.squares.items()}


def test_deciles_are_drawn_in_their_colours(country, need):
    # ceil(10 rank / 5) = 2, 4, 6, 8, 10
    colours = colours_at_centres(country, styled(country, need, "need", "deciles"))
    expected = {code: palettes.DECILE_BLUES[2 * rank - 1] for code, rank in country.ranks.items() if rank}
    assert {code: colours[code] for code in expected} == expected


def test_a_dimension_is_classed_by_its_rank(country, need):
    assert colours_at_centres(country, styled(country, need, "growth", "deciles"))["A1"] == palettes.DECILE_BLUES[1]


def test_hot_spots_are_the_top_fifth_and_all_else_is_grey(country, need):
    # rank 1 of 5 is the top 20 %: exactly the last of the four bands of 5 %.
    colours = colours_at_centres(country, styled(country, need, "need", "hotspots"))
    assert colours["A1"] == palettes.HOT_SPOT_BANDS[3]
    assert {colours[code] for code in ("A2", "A3", "B1", "B2")} == {palettes.RANKED_ELSEWHERE}


@pytest.mark.parametrize("kind", ["deciles", "hotspots", "mission", "local_deciles", "local_hotspots"])
def test_an_unranked_area_has_a_class_of_its_own(country, need, kind):
    colour = colours_at_centres(country, styled(country, need, "need", kind))["B3"]
    assert colour in (palettes.UNRANKED_FILL, palettes.UNRANKED_HATCH) or QColor(colour).saturation() < 12
    entries = legend.legend_entries(need)
    assert (entries[-1].label, entries[-1].count, entries[-1].hatched) == ("Not ranked", 1, True)


def test_the_legend_counts_areas_and_people(country, need):
    entries = legend.legend_entries(styled(country, need, "need", "mission"))
    assert [(entry.count, entry.population) for entry in entries] == [(1, 1000), (2, 2000), (2, 2000), (1, 1000)]
    assert entries[1].in_words() == "2 areas, 2,000 people"


def test_a_legend_needs_a_style_of_the_plugin(need):
    with pytest.raises(DataError, match="'need' has no classes"):
        legend.legend_entries(need)


def test_an_unknown_style_is_refused_with_what_there_is(country, need):
    with pytest.raises(NeedError, match="growth/fifths.*need/deciles"):
        styled(country, need, "growth", "fifths")


def test_darker_always_means_higher_need():
    for ramp in (palettes.DECILE_BLUES, palettes.LOCAL_GREENS, palettes.HOT_SPOT_BANDS, palettes.MISSION_PURPLES):
        greys = [qGray(QColor(colour).rgb()) for colour in ramp]
        assert greys == sorted(greys)


def test_fields_and_tips_are_in_words(country, need):
    methodology = country.methodology()
    styling.name_fields(need, methodology)
    assert need.attributeAlias(need.fields().indexOf("growth_rank")) == "Economic growth: rank (1 = highest need)"
    assert need.attributeAlias(need.fields().indexOf("unranked_reason")) == "Why it is not ranked"
    tip = styled(country, need, "growth", "deciles").mapTipTemplate()
    assert all(part in tip for part in ('"area_name"', "Economic growth", '"need_score"', '"unranked_reason"'))


def test_styles_travel_in_the_geopackage(country, need, districts, tmp_path):
    path = tmp_path / "need.gpkg"
    for layer in (need, districts):
        options = QgsVectorFileWriter.SaveVectorOptions()
        options.layerName = layer.name()
        if path.exists():
            options.actionOnExistingFile = QgsVectorFileWriter.ActionOnExistingFile.CreateOrOverwriteLayer
        QgsVectorFileWriter.writeAsVectorFormatV3(layer, str(path), layer.transformContext(), options)
    frames = {"need": country.need(), "districts": country.districts(country.need())}
    # need: 3 measures x (deciles, hot spots) + classes and two local styles; districts: 3 x (fifths, hot spots)
    assert styling.embed_styles(path, country.methodology(), frames) == 15
    reopened = QgsVectorLayer(f"{path}|layername=need", "any name", "ogr")
    assert reopened.renderer().classAttribute() == '"need_decile"'
    alias = reopened.attributeAlias(reopened.fields().indexOf("need_rank"))
    assert alias == "Hyper-local Need: rank (1 = highest need)"
    assert colours_at_centres(country, reopened)["A2"] == palettes.DECILE_BLUES[3]
    names = reopened.listStylesInDatabase()[2]
    assert {"Need: deciles", "Need: hot spots", "Growth: hot spots", "Need: deciles in district"} <= set(names)
    assert all(len(name) <= 30 for name in names)
    assert reopened.renderer().categories()[0].label() == "1  highest need"


def test_a_map_sheet_holds_map_legend_and_texts(country, need, districts, tmp_path):
    path = tmp_path / "map.png"
    before = need.renderer().dump()
    result, ground = country.result(left_out=("health_rate",)), maps.map_ground(need, districts)
    maps.save_picture(maps.measure_map(result, need, "need", "deciles", ground=ground), path)
    image = QImage(str(path))
    assert (image.width(), image.height()) == maps.UPRIGHT.size
    assert image.text("Title") == "Hyper-local Need by decile (1 of 2 indicators)"
    assert image.text("Description") == "A proof of concept."
    seen = {image.pixelColor(x, y).name() for x in range(0, 2000, 20) for y in range(0, 2400, 20)}
    assert set(palettes.DECILE_BLUES[1::2]) <= seen and palettes.WARNING_FILL in seen
    assert need.renderer().dump() == before
    assert [file.name for file in tmp_path.iterdir()] == ["map.png"]


def test_what_was_left_out_is_counted_in_its_own_dimension(country, need):
    """Health has lost its one indicator of two; growth has all of its own, and its map does not speak of others'."""
    result = country.result(left_out=("health_rate",))
    titles = [maps.style_measure(result, need.clone(), one, "deciles").title for one in ("need", "growth", "health")]
    assert [title.partition("(")[2] for title in titles] == ["1 of 2 indicators)", "", "0 of 1 indicators)"]


def test_maps_are_drawn_in_a_worker_thread(country, need, districts, tmp_path):
    path, failures = tmp_path / "hotspots.png", []

    def work():
        try:
            own = need.clone()
            maps.save_picture(maps.measure_map(country.result(), own, "need", "hotspots"), path)
        except NeedError as error:
            failures.append(error)

    worker = threading.Thread(target=work)
    worker.start()
    worker.join(30)
    assert not worker.is_alive() and not failures
    assert not QImage(str(path)).isNull()


def test_a_cancelled_map_leaves_nothing_behind(country, need, tmp_path):
    feedback = QgsFeedback()
    feedback.cancel()
    with pytest.raises(Cancelled):
        picture = maps.measure_map(country.result(), need, "need", "deciles", feedback=feedback)
        maps.save_picture(picture, tmp_path / "map.png")
    assert not list(tmp_path.iterdir())


def test_a_map_that_cannot_be_written_says_so(country, need, tmp_path):
    picture = maps.measure_map(country.result(), need, "need", "deciles")
    with pytest.raises(NeedError, match="the map cannot be written"):
        maps.save_picture(picture, tmp_path / "absent" / "map.png")


def test_furniture_goes_where_the_map_is_empty(qgis_app):
    # A picture 800 x 800 whose left half is covered: the legend finds its place at the right.
    image = QImage(800, 800, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    for x in range(400):
        for y in range(0, 800, 4):
            image.setPixelColor(x, y, QColor("black"))
    space = drawing.FreeSpace(image)
    assert space.is_cropped
    assert space.take(200, 100, "top left", 8, in_corner=True) is None
    place = space.take(200, 100, "top left", 8)
    assert (place.x(), place.y()) == (600, 0)
    assert space.take(200, 100, "top right", 8).y() > 100
    assert space.take(500, 100, "top right", 8) is None


def test_a_scale_bar_has_a_round_length():
    bar = drawing.ScaleBar.fitting(metres_per_pixel=300.0, longest_pixels=320)
    assert (bar.metres, round(bar.pixels, 1)) == (50_000.0, 166.7)


def test_the_densest_region_is_enlarged(need, districts):
    # All districts have 1,000 people a square: no region stands out, so there is no inset.
    ground = maps.map_ground(need, districts)
    assert ground.inset is None and len(ground.outlines) == 2
    regions = rendering.regions_of(need, districts)
    assert [(region.name, region.geometry.area()) for region in regions] == [("Northtown", 3e6), ("Southtown", 3e6)]


def test_a_region_three_times_as_dense_as_the_whole_has_an_inset(country, qgis_app):
    # Ten squares in a row, each a region; the sixth holds half of all people, five times the mean.
    codes = [f"A{place}" for place in range(10)]
    need = pd.concat([country.need().iloc[[1]]] * 10).set_axis(pd.Index(codes, name="area_code"))
    need["district_code"] = need["region_code"] = need["region_name"] = codes
    districts = pd.DataFrame({"district_name": codes, "population": 1000}, index=pd.Index(codes, name="district_code"))
    districts.loc["A5", "population"] = 9000
    row = {code: [(place, 0)] for place, code in enumerate(codes)}
    layer = country.layer_of(need, row, "need")
    ground = maps.map_ground(layer, country.layer_of(districts, row, "districts"))
    assert ground.inset.name == "A5"
    image = maps.measure_map(country.result(need=need), layer, "need", "deciles", ground=ground)
    # The row of squares is under 200 pixels high; the same blue much further up is the inset.
    blue = palettes.DECILE_BLUES[3]
    in_row = {y: [image.pixelColor(x, y).name() for x in range(200, 1900, 10)].count(blue) for y in range(0, 2400, 10)}
    rows = [y for y, count in in_row.items() if count > 20]
    assert max(rows) - min(rows) > 400


def test_a_map_that_fills_its_frame_cedes_a_column_to_the_legend(country, need):
    styled(country, need, "need", "deciles")
    text, shown = maps.MapText("Title", "Subtitle", "Source", "Warning"), (need, maps.legend_of(need, "Tenths"))
    image = maps.draw_sheet(text, [shown], maps.SMALL, extent=QgsRectangle(100, 1100, 900, 1900))
    blue = palettes.DECILE_BLUES[1]
    middle = [image.pixelColor(x, 600).name() for x in range(1000)]
    assert middle[300] == blue and blue not in middle[700:]


def test_districts_are_mapped_by_fifths_of_their_average_score(country, districts):
    # Two districts: ceil(5 x 1 / 2) = 3 and ceil(5 x 2 / 2) = 5
    image = maps.measure_map(country.result(), districts, "need", "fifths")
    assert image.text("Title") == "Hyper-local Need: districts by average score"
    seen = {image.pixelColor(x, y).name() for x in range(0, 2000, 20) for y in range(0, 2400, 20)}
    assert {palettes.DECILE_BLUES[5], palettes.DECILE_BLUES[9]} <= seen


def test_a_layer_that_basemaps_show_through_leaves_the_rest_of_the_sheet_free(country, need):
    """The squares take the lower left quarter: legend and inset go beside them, and no frame is drawn."""
    styled(country, need, "need", "deciles").setBlendMode(styling.THROUGH)
    extent = QgsRectangle(-country.side, -country.side, 7 * country.side, 7 * country.side)
    image = rendering.render(rendering.map_settings([need], extent, (400, 400), 96))
    space = drawing.FreeSpace(image)
    assert not space.is_cropped
    assert space.take(200, 150, "top right", 5.0, in_corner=True) is not None
