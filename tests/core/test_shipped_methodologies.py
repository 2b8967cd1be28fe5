"""The shipped methodologies: the paper's 42 indicators and weights, and the Index of Multiple Deprivation."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pandas
import pytest

from hyperlocal_need.core import methodology
from hyperlocal_need.core.catalogue import AUTHORITY_GEOGRAPHIES
from hyperlocal_need.core.steps import standardise

SHIPPED = Path(methodology.__file__).parents[1] / "resources" / "methodologies"
IDS = ("hyper_local_need_2025", "indices_of_deprivation_2025")


@pytest.fixture(scope="module")
def need():
    """The paper's methodology."""
    return methodology.load(SHIPPED / "hyper_local_need_2025.json")


@pytest.fixture(scope="module")
def deprivation():
    """The Index of Multiple Deprivation, from domain ranks."""
    return methodology.load(SHIPPED / "indices_of_deprivation_2025.json")


class TestShipped:
    @pytest.mark.parametrize("name", IDS)
    def test_file_is_named_for_its_id_and_written_as_dump_writes_it(self, name):
        path = SHIPPED / f"{name}.json"
        definition = methodology.load(path)
        assert definition.id == name
        written = json.dumps(definition.dump(), indent=1, ensure_ascii=False) + "\n"
        assert path.read_text(encoding="utf-8") == written

    def test_every_shipped_file_is_tested_here(self):
        assert sorted(path.stem for path in SHIPPED.glob("*.json")) == sorted(IDS)

    @pytest.mark.parametrize("name", IDS)
    def test_dump_loads_to_an_equal_methodology(self, name):
        definition = methodology.load(SHIPPED / f"{name}.json")
        again = methodology.load(json.loads(json.dumps(definition.dump())))
        assert again == definition
        assert again.digest() == definition.digest()

    @pytest.mark.parametrize("name", IDS)
    def test_texts_are_complete(self, name):
        definition = methodology.load(SHIPPED / f"{name}.json")
        for text in ("title", "summary", "warning", "reference"):
            assert getattr(definition, text), text
        for node in definition.nodes:
            needed = ["title", "description", "reference"]
            if node.level in ("indicator", "composite"):
                needed += ["reason", "source", "date", "unit"]
            if node.level == "indicator":
                needed += ["geography"]
            if node.kind == "count" and node.level in ("indicator", "composite"):
                needed += ["denominator"]
            missing = [name for name in needed if not getattr(node, name)]
            assert not missing, f"{node.id} lacks {missing}"

    @pytest.mark.parametrize("name", IDS)
    def test_texts_are_single_tidy_lines(self, name):
        definition = methodology.load(SHIPPED / f"{name}.json")
        for node in definition.nodes:
            for field in ("title", "description", "reason", "source", "caveats", "reference"):
                text = getattr(node, field)
                assert text == " ".join(text.split()), f"{node.id}.{field}"


class TestHyperLocalNeed:
    def test_counts(self, need):
        leaves = [node for node in need.nodes if node.level == "indicator"]
        composites = {node.id: len(need.children(node.id)) for node in need.nodes if node.level == "composite"}
        assert len(leaves) == 42
        assert composites == {"worklessness_benefits": 9, "disability_benefits": 3}
        assert len(need.indicators) == 42 - 12 + 2 == 32
        assert len(need.sub_dimensions) == 9
        assert len(need.dimensions) == 5

    def test_the_papers_weights(self, need):
        assert {node.id: node.weight for node in need.dimensions} == {
            "growth": 0.225,
            "energy": 0.1,
            "streets": 0.225,
            "opportunity": 0.225,
            "health": 0.225,
        }
        assert need.index.weighting == "given"
        # Step 7: below the dimensions everything weighs the same.
        assert {node.weighting for node in need.nodes if node.level != "index"} == {"equal"}

    def test_indicators_in_each_part(self, need):
        parts = {node.id: len(need.children(node.id)) for node in need.sub_dimensions}
        assert parts == {
            "employment": 1,
            "quality_jobs": 8,
            "infrastructure": 3,
            "child_education": 3,
            "education_opportunities": 4,
            "disability_social_care": 2,
            "general_health": 1,
            "access": 3,
            "mortality": 3,
        }
        assert len(need.children("energy")) == 3
        assert len(need.children("streets")) == 1

    def test_high_value_of_these_means_less_need(self, need):
        assert {node.id for node in need.nodes if node.direction == "less"} == {
            "jobs_density",
            "gva_per_head",
            "gva_per_head_change",
            "high_growth_jobs",
            "household_income",
            "higher_managerial_occupations",
            "level_3_qualifications",
            "broadband_speed",
            "digital_propensity",
            "jobs_access",
            "crime_rank",
            "childcare_accessibility",
            "children_young_people_rank",
            "ks2_attainment",
            "ks4_attainment",
            "progress_8",
            "good_schools",
            "life_expectancy_male",
            "life_expectancy_female",
        }

    def test_counts_alone_are_shrunk(self, need):
        for node in need.nodes:
            if node.level in ("indicator", "composite"):
                assert node.shrinkage == ("logit" if node.kind == "count" else "none"), node.id
            if node.geography in AUTHORITY_GEOGRAPHIES:
                assert node.shrinkage == "none", node.id

    def test_published_geographies(self, need):
        published = {}
        for node in need.nodes:
            if node.level == "indicator":
                published.setdefault(node.geography, []).append(node.id)
        assert {geography: len(ids) for geography, ids in published.items()} == {
            "OA21": 12,
            "LSOA21": 20,
            "LSOA11": 2,
            "MSOA11": 4,
            "LTLA23": 3,
            "UTLA23": 1,
        }
        assert published["LSOA11"] == ["crime_rank", "children_young_people_rank"]

    def test_appendix_d_has_165_industries(self, need):
        codes = need.node("high_growth_jobs").codes
        assert len(codes) == len(set(codes)) == 165
        assert all(len(code) == 5 and code.isdigit() for code in codes)
        # The paper prints these five without their last digit.
        assert {"71111", "71112", "71121", "71122", "71129"} <= set(codes)

    def test_appendix_a_names_dimensions(self, need):
        dimensions = [entry.dimension for entry in need.considered]
        assert {name: dimensions.count(name) for name in dimensions} == {
            "growth": 7,
            "energy": 3,
            "streets": 5,
            "opportunity": 5,
            "health": 3,
        }
        assert all(entry.measure and entry.reason for entry in need.considered)

    def test_warning_names_the_other_index(self, need):
        assert "proof of concept" in need.warning
        assert "Indices of Deprivation" in need.warning

    def test_known_doubts_are_told(self, need):
        assert "net" in need.node("incapacity_benefit").caveats
        assert "per 1,000 patients" in need.node("gp_appointments").caveats
        assert "two thirds" in need.node("life_expectancy_male").caveats
        assert "upper-tier" in need.node("ks2_attainment").caveats
        assert "7111" in need.node("high_growth_jobs").caveats

    def test_scaling_constant(self, need):
        assert need.options("exponentialtransform") == {"CONSTANT": 23.0, "DIVISOR": "ranked"}


class TestIndicesOfDeprivation:
    def test_seven_domains_of_one_rank_each(self, deprivation):
        assert len(deprivation.dimensions) == 7
        for domain in deprivation.dimensions:
            (rank,) = deprivation.children(domain.id)
            assert (rank.id, rank.kind, rank.direction) == (f"{domain.id}_rank", "rank", "less")
            assert (rank.geography, rank.shrinkage) == ("LSOA21", "none")

    def test_weights_are_the_published_percentages_over_their_sum(self, deprivation):
        # 22.5 + 22.5 + 13.5 + 13.5 + 9.3 + 9.3 + 9.3 = 99.9 %
        weights = [domain.weight for domain in deprivation.dimensions]
        assert weights == [part / 999 for part in (225, 225, 135, 135, 93, 93, 93)]
        assert abs(sum(weights) - 1.0) < 1e-12

    def test_published_score_follows_from_published_ranks(self, deprivation, fixtures_folder):
        published = pandas.read_csv(Path(fixtures_folder) / "iod2025_lsoa.csv.gz")
        columns = {"housing": "Housing_and_Services_rank"}
        areas = len(published)
        composite = np.zeros(areas)
        for domain in deprivation.dimensions:
            ranks = published[columns.get(domain.id, f"{domain.id.capitalize()}_rank")].to_numpy()
            composite += domain.weight * standardise.exponential(areas + 1 - ranks, areas=areas)
        assert areas == 33755
        # The publisher's weights add up to 0.999; scores are published to three decimals.
        assert np.abs(0.999 * composite - published["IMD_score"]).max() < 0.001
        # The publisher rounds on the way: two neighbours, 0.00007 apart here, change places.
        differences = np.abs(standardise.published_ranks(composite) - published["IMD_rank"])
        assert differences.max() <= 1
        assert np.count_nonzero(differences) <= 2


class TestDocumentation:
    """What docs/ says of methodologies holds."""

    DOCS = Path(methodology.__file__).parents[1] / "docs"

    def test_method_lists_every_indicator_with_its_geography_and_direction(self, need):
        rows = [line.split("|") for line in (self.DOCS / "method.md").read_text(encoding="utf-8").splitlines()]
        listed = [tuple(cell.strip(" `*") for cell in row[2:6]) for row in rows if len(row) == 7 and "`" in row[2]]
        leaves = [node for node in need.nodes if node.level == "indicator"]
        assert listed == [(node.id, node.title, node.geography, node.direction) for node in leaves]

    def test_extend_explains_every_key(self):
        text = (self.DOCS / "extend.md").read_text(encoding="utf-8")
        kinds = (methodology.Methodology, methodology.Node, methodology.Considered)
        keys = {field.name for kind in kinds for field in dataclasses.fields(kind)}
        assert [key for key in sorted(keys | {"format"}) if f"`{key}`" not in text] == []

    def test_extends_example_can_be_added(self, need):
        text = (self.DOCS / "extend.md").read_text(encoding="utf-8")
        example = json.loads(text.split("```json")[1].split("```")[0])
        changed = need.dump()
        changed["nodes"].append(example)
        assert len(methodology.load(changed).indicators) == 33
