"""Sentences on areas: their numbers are cells, their claims follow certainty, and they are easy to read."""

from __future__ import annotations

import itertools
import re
from types import SimpleNamespace

import pandas as pd
import pytest

from hyperlocal_need.core import methodology
from hyperlocal_need.core.findings import sentences

METHODOLOGY = methodology.load(
    {
        "format": 1,
        "id": "two",
        "title": "Two",
        "nodes": [
            {"id": "need", "level": "index", "title": "Need", "weighting": "given"},
            *(
                {"id": name, "level": "dimension", "title": name.title(), "parent": "need", "weight": 0.5}
                for name in ("work", "health")
            ),
            *(
                {"id": f"{name}_rate", "level": "indicator", "title": "Rate", "parent": name}
                for name in ("work", "health")
            ),
        ],
    }
)
AREAS = 100
# Rank, chance of being a hot spot, word, and the ends of the interval: the tenth ends at 10, the fifth at 20.
CERTAINTIES = [
    (rank, chance, word, low, high)
    for rank, (chance, word), (low, high) in itertools.product(
        (1, 10, 11, 20, 21, 100),
        (
            (0.0, "sure"),
            (0.04, "sure"),
            (0.3, "open"),
            (0.2, "likely"),
            (0.5, "open"),
            (0.8, "likely"),
            (0.999, "sure"),
        ),
        ((1, 5), (1, 10), (3, 15), (5, 40), (80, 100)),
    )
]


def result(sure=True):
    """A hundred areas by rank, the last ones of three kinds of gaps."""
    rank = pd.Series(range(1, AREAS + 1), dtype="Int64")
    need = pd.DataFrame(
        {
            "area_name": [f"Hill {'abcdefghij'[place % 10]}" for place in range(AREAS)],
            "district_code": ["D1", "D2"] * (AREAS // 2),
            "district_name": ["Alder", "Birch"] * (AREAS // 2),
            "need_score": 100.0 - rank.astype(float),
            "need_rank": rank,
            "need_rank_district": (rank + 1) // 2,
            "work_score": 99.0 - rank.astype(float),
            "health_score": rank.astype(float) / 2,
            "hotspot": (rank <= 20).astype("Int64"),
            "mission_class": ["Mission critical"] * AREAS,
            "population": 1234 + 100 * rank,
            "imputed_count": pd.Series([0, 1, 2, 3] * (AREAS // 4), dtype="Int64"),
            "unranked_reason": [None] * AREAS,
        }
    ).set_index(pd.Index([f"E{place:03d}" for place in range(AREAS)], name="area_code"))
    certainty = pd.DataFrame(
        {
            "p_hotspot": (rank <= 20).astype(float).to_numpy(),
            "rank_low": rank.to_numpy(),
            "rank_high": rank.to_numpy(),
            "certainty": "sure",
            "tied_with": 0,
            "tied_areas": None,
        },
        index=need.index,
    )
    districts = pd.DataFrame(
        {
            "district_name": ["Alder", "Birch"],
            "population": [123456, 9876],
            **{f"{one}_average_score": [55.25, 44.5] for one in ("need", "work", "health")},
            "need_average_score_rank": pd.array([1, 2], dtype="Int64"),
            "need_proportion_10": [0.1, 0.0],
        },
        index=pd.Index(["D1", "D2"], name="district_code"),
    )
    return SimpleNamespace(
        methodology=METHODOLOGY,
        need=need,
        districts=districts,
        certainty=certainty if sure else pd.DataFrame(),
        left_out=(),
    )


def unranked(found, code="E099"):
    gaps = ["need_score", "need_rank", "need_rank_district", "hotspot", "work_score", "health_score"]
    found.need.loc[code, gaps] = pd.NA
    found.need.loc[code, "unranked_reason"] = "no value for: Rate"
    return found


def numbers(text):
    """What stands in a text as figures, without their signs and endings."""
    return [float(one.replace(",", "")) for one in re.findall(r"\d[\d,]*(?:\.\d+)?", text)]


def test_every_number_in_a_sentence_equals_its_cell():
    found = unranked(result())
    found.certainty.loc["E000", ["p_hotspot", "rank_low", "rank_high", "tied_with"]] = [0.973, 1, 1034, 12]
    found.certainty.loc["E000", "tied_areas"] = "Ash; Birch; Cedar; Elm"
    assert "is open: Ash, Birch, Cedar and others." in sentences.in_words(sentences.of_areas(found, ["E000"])["E000"])
    found.need["need_rank_all"] = found.need["need_rank"].map({1: 1234, 2: 5678}).astype("Int64")
    assert "it is 1,234th." in sentences.in_words(sentences.of_areas(found, ["E000"])["E000"])
    for code, said in sentences.of_areas(found, found.need.index).items():
        cells = {**found.need.loc[code], **found.certainty.loc[code], "ranked": AREAS - 1}
        assert 3 <= len(said) <= 7
        check(said, cells)
    rows = sentences.district_rows(found)
    for code, said in sentences.of_summaries(METHODOLOGY, rows).items():
        check(said, {**rows.loc[code], "areas": 2})
        assert 3 <= len(said) <= 7


def check(said, cells):
    for one in said:
        written = [figure.shown for figure in one.figures]
        assert numbers(one.text) == [number for text in written for number in numbers(text)], one.text
        for figure in one.figures:
            assert figure.value == float(cells[figure.column]), (one.text, figure)
            exact, scale = numbers(figure.shown)[0], 100 if "%" in figure.shown else 1
            if "over" in figure.shown or "under" in figure.shown:
                assert (figure.value > exact / scale) == ("over" in figure.shown)
                continue
            # To the thousand above ten thousand people, else to the last decimal that is shown.
            unit = 1000 if figure.value >= 10_000 else 10.0 ** -len(figure.shown.rstrip("\u00a0%").partition(".")[2])
            assert abs(exact - scale * figure.value) <= unit * 0.5000001, (one.text, figure)


def test_the_first_area_in_words_by_hand():
    said = sentences.in_words(sentences.of_areas(result(), ["E001"])["E001"])
    assert said == (
        "Hill b is in Birch and is home to 1,434 people. By need it is 2nd of 100 areas, where first is the highest "
        "need, and 1st in Birch. It is a hot spot: it is among the neediest tenth of areas. With the doubt in the "
        "figures, its rank is 2 nine times in ten, and it is a hot spot over 99\u00a0% of the time. Its "
        "class is “Mission critical”, and need is highest in “Work”, with a score of 97.0 out of a hundred. 1 of its "
        "figures was missing and is filled in."
    )


@pytest.mark.parametrize(("rank", "chance", "word", "low", "high"), CERTAINTIES)
def test_no_claim_is_made_that_the_certainty_denies(rank, chance, word, low, high):
    found, code = result(), f"E{rank - 1:03d}"
    found.certainty.loc[code, ["p_hotspot", "certainty", "rank_low", "rank_high"]] = [chance, word, low, high]
    said = sentences.of_areas(found, [code])[code]
    claims = {claim for one in said for claim in one.claims}
    assert "tenth" not in claims or (word == "sure" and rank <= 10 and high <= 10)
    assert "hotspot" not in claims or (word == "sure" and chance > 0.5 and rank <= 20)
    assert "none" not in claims or (word == "sure" and chance < 0.5 and rank > 20)
    text = sentences.in_words(said)
    assert ("not sure" in text) != bool(claims) or claims == {"hotspot"}
    assert ("It is a hot spot" in text) == ("hotspot" in claims)


def test_without_certainty_that_is_said_and_the_ranks_are_told():
    said = sentences.of_areas(result(sure=False), ["E000", "E014", "E050"])
    assert [[claim for one in each for claim in one.claims] for each in said.values()] == [
        ["tenth", "hotspot"],
        ["hotspot"],
        ["none"],
    ]
    assert all("has not been worked out" in sentences.in_words(each) for each in said.values())
    rows = sentences.district_rows(result(sure=False))
    assert all(
        "has not been worked out" in sentences.in_words(each)
        for each in sentences.of_summaries(METHODOLOGY, rows).values()
    )


def test_an_area_without_a_rank_says_why_and_nothing_of_hot_spots():
    said = sentences.in_words(sentences.of_areas(unranked(result()), ["E099"])["E099"])
    assert "It has no rank: no value for: Rate." in said and "cannot say" in said and "It is a hot spot" not in said


def test_a_name_turns_no_sentence_round():
    found = result()
    found.need.loc["E001", "area_name"] = "\u0634\u0627\u0631\u0639 \u202eabc\u2066"
    said = sentences.in_words(sentences.of_areas(found, ["E001"])["E001"])
    assert said.startswith("\u0634\u0627\u0631\u0639 abc is in Birch") and "\u202e" not in said


def test_districts_count_what_lies_in_them():
    found = result()
    found.certainty.loc["E018", "certainty"] = "open"
    rows = sentences.district_rows(found)
    # Odd ranks lie in D1: ten of the hot spots, 1, 3, ... 19, with 1234 + 100 x rank people each.
    assert rows.loc["D1", ["hot", "hot_sure", "need_hotspot_population"]].tolist() == [10, 9, 12340 + 100 * 100]
    assert "Of its 10 hot spots 9 are sure; of the rest we are not sure." in sentences.in_words(
        sentences.of_summaries(METHODOLOGY, rows)["D1"]
    )


def test_a_share_of_the_ranked_is_not_said_to_be_one_of_all():
    """E098 of D1, rank 99, loses its rank: the share of the people of hot spots is one of those who are left."""
    found = unranked(result(), "E098")
    rows = sentences.district_rows(found)
    said = sentences.in_words(sentences.of_summaries(METHODOLOGY, rows)["D1"])
    ranked = found.need[found.need["district_code"].eq("D1") & found.need["need_rank"].notna()]["population"].sum()
    share = round(100 * rows.loc["D1", "need_hotspot_population"] / ranked)
    assert f"With 1 area without a rank left out, 22,000 people ({share}\u00a0%) live in hot spots" in said
    assert "of its ranked areas are among the neediest tenth" in said and "of them (" not in said


def test_an_area_without_any_small_area_has_no_figures():
    table = sentences.district_rows(result()).assign(need_average_score=float("nan"), imputed=0)
    assert sentences.in_words(sentences.of_summaries(METHODOLOGY, table)["D1"]).startswith(
        "Alder holds no ranked neighbourhood (LSOA), so it has no figures of its own. So we cannot say"
    )


def test_the_result_names_the_leading_district_and_the_neediest_area():
    said = [one.text for one in sentences.of_result(result())]
    assert said[0].startswith("Alder has the highest average score of 2 ranked districts (55.2)")
    assert said[1] == "The area with the highest need is Hill a, with a score of 99.00 out of a hundred."
    without = result()
    without.districts = without.districts.iloc[:0]
    assert sentences.of_result(without)[0].text == said[1], "a result without districts leads with its area"


def test_every_pattern_is_known_and_can_be_said():
    """Formats and comparisons exist; only the last pattern of a place may lack conditions."""
    for kind, places in sentences.PATTERNS.items():
        for place in places:
            for number, pattern in enumerate(place):
                assert number == len(place) - 1 or pattern.get("when"), (kind, pattern)
                for name, comparison, *other in pattern.get("when", ()):
                    assert comparison in ("missing", "known") or comparison in sentences._COMPARISONS, name
                    assert len(other) == (comparison not in ("missing", "known"))
                assert set(re.findall(r"\{\w+:(\w+)\}", pattern["say"])) <= set(sentences.FORMATS)
                assert not numbers(re.sub(r"\{[^}]*\}", "", pattern["say"])), "numbers come from cells alone"


def syllables(word):
    return max(1, len(re.findall(r"[aeiouy]+", re.sub(r"(?<![l])e$", "", word.lower()))))


def reading_age(text):
    """Flesch and Kincaid's grade, and five years: 0.39 words a sentence + 11.8 syllables a word - 15.59 + 5."""
    parts = [one for one in re.split(r"(?<=[.!?])\s+", text) if one]
    found = re.findall(r"[A-Za-z]+", text)
    return 0.39 * len(found) / len(parts) + 11.8 * sum(map(syllables, found)) / len(found) - 15.59 + 5


def test_the_sentences_are_easy_to_read():
    """A child of eleven can read them; the measure itself is held against a plain and a stilted sentence."""
    assert (
        reading_age("The cat sat on the mat.")
        < 6
        < 16
        < reading_age(
            "Notwithstanding considerable methodological uncertainties, prioritisation necessitates deliberation."
        )
    )
    found = result()
    texts = [sentences.in_words(each) for each in sentences.of_areas(found, found.need.index).values()]
    rows = sentences.district_rows(found)
    texts += [sentences.in_words(each) for each in sentences.of_summaries(METHODOLOGY, rows).values()]
    assert max(map(reading_age, texts)) <= 11
