"""What is given to an algorithm is used or refused, for every parameter of every algorithm that the provider has."""

from __future__ import annotations

import pytest
from qgis.core import (
    QgsApplication,
    QgsFeature,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
    QgsVectorLayer,
)

from hyperlocal_need.processing_provider import arguments
from hyperlocal_need.processing_provider.base import NeedAlgorithm


class Feedback(QgsProcessingFeedback):
    """Keeps the errors."""

    def __init__(self):
        super().__init__(False)
        self.errors = []

    def reportError(self, error, fatalError=False):
        self.errors.append(error)


@pytest.fixture
def table(qgis_app):
    """Two areas in one district."""
    fields = "&".join(f"field={name}" for name in ("area_code:string", "district_code:string", "x:double", "y:double"))
    layer = QgsVectorLayer(f"None?{fields}", "table", "memory")
    features = []
    for row in (["E1", "D", 1.0, 2.0], ["E2", "D", 2.0, 4.0]):
        feature = QgsFeature(layer.fields())
        feature.setAttributes(row)
        features.append(feature)
    layer.dataProvider().addFeatures(features)
    return layer


def attempt(name, parameters):
    """What went wrong in a run that nothing has checked before, as when a model runs its steps; '' if nothing did."""
    feedback = Feedback()
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(f"hyperlocalneed:{name}")
    done = algorithm.run({"OUTPUT": "memory:", **parameters}, QgsProcessingContext(), feedback, {}, True)[1]
    return "" if done else " ".join(feedback.errors)


def bad_values(definition):
    """Values of the right sort that the parameter must refuse, with words that the refusal must hold."""
    if definition.type() == "enum":
        return [
            (value, ", ".join(definition.options())) for value in (1, "1", "Guess", definition.options()[0].swapcase())
        ]
    if definition.type() == "number":
        values = [("many", "number")]
        if definition.maximum() < 1e8:
            values.append((definition.maximum() + 1, f"to {definition.maximum():.12g}"))
        if definition.dataType() == QgsProcessingParameterNumber.Type.Integer:
            values.append((definition.minimum() + 0.5, "whole"))
        return values
    return [("maybe", "true, false")] if definition.type() == "boolean" else []


def test_every_choice_number_and_boolean_is_refused_with_what_it_may_be(provider):
    tried = set()
    for algorithm in provider.algorithms():
        if not algorithm.canExecute()[0]:
            continue  # A package that it needs is missing, which it says first.
        for definition in algorithm.parameterDefinitions():
            for value, words in bad_values(definition):
                able, message = algorithm.checkParameterValues({definition.name(): value}, QgsProcessingContext())
                assert not able and message.startswith(f"{definition.name()}: ") and words in message, message
                assert "\n" not in message
                tried.add(f"{algorithm.name()} {definition.name()}")
    assert {"computeindex MISSING", "full_index MISSING", "hotspots SHARE", "computeindex STAGES"} <= tried


def test_steps_refuse_the_same_where_nobody_has_checked(provider, table):
    for name, parameter, value, words in (
        ("hotspots", "SHARE", "20", "SHARE: 20 is not a number from 0.001 to 1."),
        ("normalscores", "MISSING", "District", "'District' is not known; choose from exclude, district, median."),
        ("shrinkage", "METHOD", "1", "METHOD: '1' is not known; choose from logit, rate, mean, none."),
    ):  # fmt: skip
        assert words in attempt(name, {"INPUT": table, "FIELDS": ["x"], parameter: value})


def test_an_emptied_parameter_is_an_absent_one(provider, table):
    """Every parameter that can be absent can be empty: '' or None take nothing away from what is there without them."""
    for algorithm in provider.algorithms():
        optional = {
            one.name(): ""
            for one in algorithm.parameterDefinitions()
            if one.flags() & one.Flag.FlagOptional or one.defaultValue() is not None
        }
        assert arguments.settle(algorithm, optional) == {}, algorithm.id()
    assert attempt("exponentialtransform", {"INPUT": table, "FIELDS": ["x"], "CONSTANT": "", "TOTAL": None}) == ""
    assert attempt("combineindicators", {"INPUT": table, "FIELDS": ["x", "y"], "NAME": "", "METHODOLOGY": ""}) == ""
    assert attempt("hotspots", {"INPUT": table, "FIELDS": ["x"], "DISTRICT_FIELD": "", "SHARE": ""}) == ""


def test_a_field_or_a_file_that_is_not_there_is_refused_by_the_name_of_its_parameter(provider, table, tmp_path):
    tried = 0
    for algorithm in provider.algorithms():
        if not isinstance(algorithm, NeedAlgorithm):
            continue
        for definition in algorithm.parameterDefinitions():
            name, kind = definition.name(), definition.type()
            values = {name: str(tmp_path / "nowhere.json")} if kind == "file" else {name: "nowhere"}
            if kind == "field":
                values[definition.parentLayerParameterName()] = table
            if kind in ("file", "field"):
                with pytest.raises(arguments.OptionError, match=f"^{name}: .*nowhere"):
                    arguments.refuse_places(algorithm, values, QgsProcessingContext())
                tried += 1
    assert tried > 60


def test_what_would_not_be_read_is_refused(provider, table):
    """Every parameter that is declared to have a part only with, or only without, another."""
    samples = {"source": table, "vector": table, "file": "x", "field": "x", "string": "x"}
    for algorithm in provider.algorithms():
        if not isinstance(algorithm, NeedAlgorithm):
            continue
        names = {one.name(): one for one in algorithm.parameterDefinitions()}

        def sample(name, names=names):
            one = names[name]
            others = {"enum": lambda: next(choice for choice in one.options() if choice != one.defaultValue()),
                      "number": lambda: one.defaultValue() / 2, "boolean": lambda: not one.defaultValue()}  # fmt: skip
            return others[one.type()]() if one.type() in others else samples.get(one.type(), "x")

        for name, conditions in algorithm.only_with.items():
            values = {}
            for switch, choices in (one.partition("=")[::2] for one in arguments.listed(conditions) if "=" in one):
                values[switch] = next(one for one in names[switch].options() if one not in choices.split("|"))
            with pytest.raises(arguments.OptionError, match=f"^{name}: has no part without"):
                arguments.refuse_unread(algorithm, {**values, name: sample(name)})
        for name, condition in (
            (key, one) for key, some in algorithm.not_with.items() for one in arguments.listed(some)
        ):
            switch, _, choices = condition.partition("=")
            switch = switch.split("|")[0]
            # What the switch itself asks for, and no more.
            asked = [algorithm.only_with.get(one, ()) for one in (switch, name)]
            needed = {one.partition("=")[0].split("|")[0] for some in asked for one in arguments.listed(some)}
            values = {one: sample(one) for one in needed - {"METHOD"}}
            if name in ("TOLERANCE", "PACK") and "METHOD" in needed:
                values["METHOD"] = "postcode_share"
            with pytest.raises(arguments.OptionError, match=rf"^({name}|METHOD): has no part where"):
                value = choices.split("|")[0] if choices else sample(switch)
                arguments.refuse_unread(algorithm, {**values, name: sample(name), switch: value})


# Each way in which a step runs, as far as it needs to go for all that it reads to be read.
WAYS = {
    "compositeindicator": [{}, {"NUMERATOR_FIELDS": ["x"], "DENOMINATOR_FIELDS": ["y"]}],
    "shrinkage": [{}, {"NUMERATOR_FIELD": "x", "DENOMINATOR_FIELD": "y"},
                  {"NUMERATOR_FIELD": "x", "METHOD": "mean", "STANDARD_ERROR_FIELD": "y"}],
    "orient": [{}, {"FIELDS": ["x"]}],
    "normalscores": [{}, {"FIELDS": ["x"]}],
    "indicatorweights": [{}, {"FIELDS": ["x", "y"]}],
    "combineindicators": [{}, {"FIELDS": ["x", "y"]}],
    "exponentialtransform": [{}, {"FIELDS": ["x"]}],
    "combinedimensions": [{}, {"FIELDS": ["x", "y"]}],
    "hotspots": [{}, {"FIELDS": ["x"]}],
}  # fmt: skip


@pytest.mark.parametrize("step", WAYS)
def test_no_parameter_is_there_for_nothing(provider, table, monkeypatch, step):
    """In every way of running a step, a parameter is read, or declared to have no part and so refused."""
    reads = set()
    for reader in ("parameterAsString", "parameterAsEnumString", "parameterAsDouble", "parameterAsInt",
                   "parameterAsBoolean", "parameterAsFile", "parameterAsFields", "parameterAsStrings",
                   "parameterAsSource", "parameterAsSink"):  # fmt: skip
        original = getattr(NeedAlgorithm, reader, None)
        if original is None:  # parameterAsStrings is younger than 3.22
            continue

        def record(self, parameters, name, context, *more, original=original):
            reads.add(name)
            return original(self, parameters, name, context, *more)

        monkeypatch.setattr(NeedAlgorithm, reader, record, raising=False)
    from hyperlocal_need.processing_provider.values import Values

    for reader in ("given", "option"):
        read = getattr(Values, reader)
        monkeypatch.setattr(Values, reader, lambda self, name, *of, read=read: reads.add(name) or read(self, name, *of))
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(f"hyperlocalneed:{step}")
    for way in WAYS[step]:
        reads.clear()
        attempt(step, {"INPUT": table, **way})
        for definition in algorithm.parameterDefinitions():
            name = definition.name()
            declared = name in algorithm.only_with or name in algorithm.not_with
            assert name in reads or declared or name == "OUTPUT", f"{step} {way}: nothing reads {name}"


@pytest.mark.parametrize(
    "parameters, message, blamed",
    [
        ({"INPUT": "a.csv", "NODE": "growth"}, "'growth' is not known.", "NODE"),
        ({"NODE": "growth", "FIELDS": "growth"}, "'growth' is not known.", "NODE, FIELDS"),
        ({"NODE": "growth", "FIELDS": "x"}, "Nothing is known of it.", ""),
        ({"NODE": "growth", "FIELDS": "x"}, "FIELDS: 'growth' is not known.", "FIELDS"),
        ({"OUTPUT": "out/pack"}, "no pack can be made without its areas.", ""),
        ({"OUTPUT": "out/need.gpkg"}, "the disk that holds need.gpkg is full.", "OUTPUT"),
    ],
)
def test_an_error_is_put_to_every_parameter_that_holds_what_it_quotes(parameters, message, blamed):
    """Where two hold the same text either may be wrong: both are named, never one of them by chance."""

    class Asked:
        def parameterDefinitions(self):
            return [QgsProcessingParameterString(name) for name in parameters]

    told = arguments.blamed(Asked(), parameters, message)
    assert told == (message if not blamed or message.startswith(blamed) else f"{blamed}: {message}")
