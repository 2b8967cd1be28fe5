"""Build the shipped models (resources/models/*.model3) from the algorithms, the catalogue and the methodology.

    .venv/bin/python tools/build_models.py

Run it with the oldest QGIS that is supported: newer ones read what it writes.
"""

from __future__ import annotations

import os
import sys
import uuid
from pathlib import Path
from typing import Any, Dict, Tuple

sys.path.insert(0, str(Path(__file__).resolve().parent))

from register import ROOT, register  # noqa: E402

register()

from hyperlocal_need.tools.model_plans import Child, Input, Output, Plan, plans  # noqa: E402
from hyperlocal_need.tools.qgis_session import qgis_session  # noqa: E402

MODELS = ROOT / "resources" / "models"
GROUP = "Models"
WIDTH, HEIGHT = 220.0, 60.0
STEP_X, ROW_Y, BOX_HEIGHT = 290.0, 260.0, 220.0
FIRST_X, CHAIN_Y, INPUT_Y = 320.0, 400.0, 150.0
PALE = ("#e8f1fa", "#eef7ea", "#fdf3e1", "#f4ecf7", "#e9f6f5", "#fbeceb", "#f1f1f1")


def build(plan: Plan):
    """The model of a plan, laid out to be read as a page is: inputs on top, then the steps in rows, in boxes."""
    from qgis.core import QgsProcessingModelAlgorithm, QgsProcessingModelOutput
    from qgis.PyQt.QtCore import QPointF

    model = QgsProcessingModelAlgorithm(plan.name, GROUP)
    titles = {definition.name(): definition.help() for definition in plan.inputs}
    model.setHelpContent({"ALG_DESC": plan.summary, **titles, "OUTPUT": "", "ALG_VERSION": "1"})
    _add_inputs(model, plan)
    for place, child in enumerate(plan.chain):
        position = QPointF(*_place(plan, place))
        step = _make_step(child, position)
        if child.id in plan.outputs:
            output = QgsProcessingModelOutput("OUTPUT", plan.outputs[child.id])
            output.setChildId(child.id)
            output.setChildOutputName("OUTPUT")
            output.setMandatory(True)
            output.setPosition(position + QPointF(0.0, 145.0))
            step.setModelOutputs({"OUTPUT": output})
        model.addChildAlgorithm(step)
    for number, box in enumerate(plan.boxes):
        model.addGroupBox(_make_box(plan, number, *box))
    return model


def _place(plan: Plan, number: int) -> Tuple[float, float]:
    """The middle of a step: steps stand in one row, or in two where the plan begins a second one."""
    second = bool(plan.second_row) and number >= plan.second_row
    return FIRST_X + (number - second * plan.second_row) * STEP_X, CHAIN_Y + second * ROW_Y


def _add_inputs(model, plan: Plan) -> None:
    from qgis.core import QgsProcessingModelParameter
    from qgis.PyQt.QtCore import QPointF, QSizeF

    for place, definition in enumerate(plan.inputs):
        component = QgsProcessingModelParameter(definition.name())
        component.setPosition(QPointF(FIRST_X + place * STEP_X, INPUT_Y))
        component.setSize(QSizeF(WIDTH, HEIGHT))
        model.addModelParameter(definition.clone(), component)
    model.setParameterOrder([definition.name() for definition in plan.inputs])


def _make_step(child: Child, position):
    from qgis.core import QgsProcessingModelChildAlgorithm
    from qgis.PyQt.QtCore import QPointF, QSizeF

    step = QgsProcessingModelChildAlgorithm(f"hyperlocalneed:{child.algorithm}")
    step.setChildId(child.id)
    step.setDescription(child.title)
    step.setPosition(position)
    step.setSize(QSizeF(WIDTH, HEIGHT))
    for name, source in {**_defaults(child.algorithm), **child.sources}.items():
        step.addParameterSources(name, [_make_source(source)])
    if child.note:
        comment = step.comment()
        comment.setDescription(child.note)
        comment.setPosition(position + QPointF(0.0, -95.0))
        comment.setSize(QSizeF(WIDTH, 54.0))
    return step


def _defaults(algorithm: str) -> Dict[str, Any]:
    """Mandatory parameters at their defaults: a model that leaves one unsaid is not valid."""
    from qgis.core import QgsApplication, QgsProcessingParameterDefinition

    optional = QgsProcessingParameterDefinition.Flag.FlagOptional
    found = QgsApplication.processingRegistry().algorithmById(f"hyperlocalneed:{algorithm}")
    return {
        definition.name(): definition.defaultValue()
        for definition in found.parameterDefinitions()
        if not definition.flags() & optional
        and not definition.isDestination()
        and definition.defaultValue() is not None
    }


def _make_source(source: Any):
    from qgis.core import QgsProcessingModelChildParameterSource as Source

    if isinstance(source, Input):
        return Source.fromModelParameter(source.name)
    if isinstance(source, Output):
        return Source.fromChildOutput(source.child, source.name)
    return Source.fromStaticValue(source)


def _make_box(plan: Plan, number: int, title: str, first: int, last: int):
    from qgis.core import QgsProcessingModelGroupBox
    from qgis.PyQt.QtCore import QPointF, QSizeF
    from qgis.PyQt.QtGui import QColor

    box = QgsProcessingModelGroupBox(title)
    (left, row), (right, _) = _place(plan, first), _place(plan, last)
    box.setPosition(QPointF((left + right) / 2.0, row - 35.0))
    box.setSize(QSizeF(right - left + WIDTH + 50.0, BOX_HEIGHT))
    box.setColor(QColor(PALE[number % len(PALE)]))
    return box


def write(model, path: Path) -> None:
    """The model as QGIS itself writes it, but for boxes: QGIS draws their ids, and so their order, anew each time."""
    from qgis.core import QgsXmlUtils
    from qgis.PyQt.QtXml import QDomDocument

    content = model.toVariant()
    content["groupBoxes"] = sorted(
        content["groupBoxes"], key=lambda box: (box["component_pos_y"], box["component_pos_x"])
    )
    for number, box in enumerate(content["groupBoxes"]):
        box["uuid"] = f"{{{uuid.uuid5(uuid.NAMESPACE_URL, f'hyperlocalneed:{path.stem}:{number}')}}}"
    document = QDomDocument("model")
    document.appendChild(QgsXmlUtils.writeVariant(content, document))
    path.write_text(document.toString(2), encoding="utf-8")


def main() -> int:
    # Qt writes attributes in an order that it draws anew each time, unless told not to.
    os.environ["QT_HASH_SEED"] = "0"
    with qgis_session():
        MODELS.mkdir(exist_ok=True)
        for plan in plans():
            model = build(plan)
            valid, faults = model.validate()
            if not valid:
                print(f"{plan.name}: {'; '.join(faults)}", file=sys.stderr)
                return 1
            write(model, MODELS / f"{plan.name}.model3")
            print(f"{plan.name}: {len(plan.chain)} steps")
    return 0


if __name__ == "__main__":
    sys.exit(main())
