"""Saved models and scripts depend on ids, parameters, types and defaults: all frozen in contracts.json.

Where a change is meant, HYPERLOCALNEED_ACCEPT=1 writes the file anew; parameters that are added must be optional.
"""

from __future__ import annotations

import json
import os

import pytest
from qgis.core import QgsProcessingParameterDefinition, QgsProcessingParameterEnum, QgsProcessingParameterField

from hyperlocal_need.processing_provider.base import NeedAlgorithm

ACCEPT = "HYPERLOCALNEED_ACCEPT"


def describe(definition):
    """One parameter: what a caller must know to give it a value."""
    facts = {
        "type": definition.type(),
        "default": definition.defaultValue(),
        "optional": bool(definition.flags() & QgsProcessingParameterDefinition.Flag.FlagOptional),
    }
    if isinstance(definition, QgsProcessingParameterEnum):
        assert definition.usesStaticStrings(), f"{definition.name()}: numbers for choices would change their meaning"
        facts["choices"] = definition.options()
    if isinstance(definition, QgsProcessingParameterField):
        facts.update(parent=definition.parentLayerParameterName(), multiple=definition.allowMultiple())
    return facts


def contracts(provider):
    """Every algorithm of the provider by id: its group and its parameters by name."""
    return {
        algorithm.id(): {
            "group": algorithm.groupId(),
            "parameters": {one.name(): describe(one) for one in algorithm.parameterDefinitions()},
        }
        for algorithm in sorted(provider.algorithms(), key=lambda one: one.id())
    }


@pytest.fixture
def frozen(repository, provider):
    path = repository / "tests/data/contracts.json"
    if os.environ.get(ACCEPT):
        path.write_text(json.dumps(contracts(provider), indent=1) + "\n", encoding="utf-8")
    return json.loads(path.read_text(encoding="utf-8"))


def test_nothing_that_scripts_depend_on_has_changed(provider, frozen):
    found = json.loads(json.dumps(contracts(provider)))
    changes = [f"{name} is gone" for name in frozen if name not in found]
    for name, algorithm in frozen.items():
        for parameter, facts in algorithm["parameters"].items():
            now = found.get(name, {}).get("parameters", {}).get(parameter)
            if now != facts:
                changes.append(f"{name} {parameter}: {now} instead of {facts}")
    assert not changes, "\n".join([*changes, f"If that is meant: {ACCEPT}=1 ./run test tests/qgis/test_contracts.py"])


def test_what_is_new_is_frozen_too(provider, frozen):
    found = contracts(provider)
    new = [name for name in found if name not in frozen]
    new += [
        f"{name} {parameter}"
        for name, algorithm in found.items()
        for parameter in algorithm["parameters"]
        if name in frozen and parameter not in frozen[name]["parameters"]
    ]
    assert not new, f"{', '.join(new)}: {ACCEPT}=1 ./run test tests/qgis/test_contracts.py"


def test_every_algorithm_explains_itself(provider):
    for algorithm in provider.algorithms():
        assert algorithm.shortHelpString(), algorithm.id()
        assert algorithm.displayName() != algorithm.name(), algorithm.id()
        assert algorithm.svgIconPath(), algorithm.id()
        assert algorithm.group(), algorithm.id()
        for definition in algorithm.parameterDefinitions():
            assert definition.description(), f"{algorithm.id()} {definition.name()}"


def test_every_step_explains_each_parameter_and_gives_formula_source_and_example(provider):
    groups = ("convert", "composite", "shrinkage", "orient", "standardise", "combine", "dimensions")
    single = [one for one in provider.algorithms() if isinstance(one, NeedAlgorithm)]
    steps = [one for one in single if one.groupId() in groups or one.name() == "hotspots"]
    assert len(steps) == 14
    for algorithm in steps:
        words = " ".join(algorithm.shortHelpString().split())
        for part in ("Source: the technical paper", "Example: <code>qgis_process"):
            assert part in words, f"{algorithm.id()} {part}"
        for definition in algorithm.parameterDefinitions():
            assert definition.help(), f"{algorithm.id()} {definition.name()}"
