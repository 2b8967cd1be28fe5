"""How sure the ranks of a finished result are: chances of being a hot spot, and intervals of ranks."""

from ..runs import findings


def compute(values):
    report, result = values.read_result()
    certain = findings.certainty(result, values.options(), values.path("PACK"), report.part(0.9))
    values.record(*certain.sentences)
    values.say(certain.sentences, warnings=certain.warnings)
    return findings.write_certainty(values, certain, report.part(0.1))
