"""The words of every algorithm and parameter: there, whole, and leading somewhere."""

from __future__ import annotations

import re

from qgis.core import QgsApplication, QgsProcessingParameterDefinition

from hyperlocal_need.processing_provider import compat

TAGS = re.compile(r"</?(html|body|h2|h3|p|b|i|br|code|ul|li|ol|table|tr|td|th|sup|sub|pre)\b[^>]*>")


def test_every_parameter_has_help_in_whole_words(provider):
    lacking, odd = [], []
    for algorithm in provider.algorithms():
        for one in algorithm.parameterDefinitions():
            if not one.help().strip():
                lacking.append(f"{algorithm.name()}.{one.name()}")
            if re.search(r"<[a-z]", one.help() + one.description()):
                odd.append(f"{algorithm.name()}.{one.name()}: {one.help()}")
    assert not lacking and not odd, lacking + odd


def test_every_choice_is_explained(provider):
    silent = [
        f"{algorithm.name()}.{one.name()}: {choice}"
        for algorithm in provider.algorithms()
        if hasattr(algorithm, "step")
        for one in algorithm.parameterDefinitions()
        if one.type() == "enum"
        for choice in one.options()
        if not re.search(rf"\b{re.escape(choice)}\b", one.help()) and choice != choice.upper() and "21" not in choice
    ]
    assert not silent, silent


def test_help_has_no_break_in_a_sentence_and_no_tag_that_swallows_a_word(provider):
    for algorithm in provider.algorithms():
        text = algorithm.shortHelpString()
        assert text and "\n" not in text, algorithm.name()
        assert "<" not in TAGS.sub("", text), (algorithm.name(), re.findall(r"<[^>]*>", TAGS.sub("", text)))


def test_every_algorithm_leads_to_the_guide_and_the_provider_has_a_version(provider):
    for algorithm in provider.algorithms():
        assert re.search(r"docs/[a-z]+\.md", algorithm.helpUrl()), algorithm.name()
    assert re.fullmatch(r"\d+\.\d+\.\d+\S*", provider.versionInfo())


def test_what_few_people_need_is_folded_away(provider):
    advanced = QgsProcessingParameterDefinition.Flag.FlagAdvanced
    names = {"METHODOLOGY", "REGION_FIELD", "NODE"}
    seen = [
        (bool(one.flags() & advanced), algorithm.name(), one.name())
        for algorithm in provider.algorithms()
        if hasattr(algorithm, "step")
        for one in algorithm.parameterDefinitions()
        if one.name() in names
    ]
    assert len(seen) > 15 and all(folded for folded, *_ in seen), seen


def test_the_layout_manager_is_offered_the_templates_until_the_plugin_goes(provider, tmp_path):
    before, folder = QgsApplication.layoutTemplatePaths(), str(tmp_path)
    compat.add_layout_templates(folder)
    compat.add_layout_templates(folder)
    assert QgsApplication.layoutTemplatePaths().count(folder) == 1
    compat.remove_layout_templates(folder)
    assert QgsApplication.layoutTemplatePaths() == before
