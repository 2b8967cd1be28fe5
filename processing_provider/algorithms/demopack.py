"""The data pack of an invented country, to try everything with where no data is at hand."""

from ..runs import demo


def compute(values):
    options = values.options()
    asked = options["AREAS"], options["SEED"], values.feedback, options["LOW_COVERAGE_INDICATOR"]
    demo.write(values.path("OUTPUT"), *asked)
    return values.paths("OUTPUT")
