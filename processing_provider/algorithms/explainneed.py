"""Why every area of a result has its score: contributions that add up, effective weights, and needs that meet."""

from ..runs import findings


def compute(values):
    options = values.options()
    report, result = values.read_result()
    asked = [name for name in ("OUTPUT", "WEIGHTS", "COMBINED", "REPORT") if values.given(name)]
    area = values.text("AREA") or ""
    outputs = findings.explanation(result, asked, options["BASELINE"], options["UNIT"], area)
    values.record(f"Contributions in points of {options['UNIT']}, compared with: {options['BASELINE']}.")
    return values.write_frames(outputs, report)
