"""How sure the ranks of a finished result are: chances of being a hot spot, and intervals of ranks."""

from ..runs import findings


def compute(values):
    report = values.advance(1.0)
    report(0.0, "reading the result")
    certain = findings.certainty(values.result(), values.options(), values.path("PACK"), report.part(0.9))
    values.record(*certain.sentences)
    values.say(certain.sentences, warnings=certain.warnings)
    return findings.write_certainty(values, certain, report.part(0.1))
