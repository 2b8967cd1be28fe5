"""Write the print layouts of resources/layouts from the code that makes them: python tools/build_layouts.py

They are templates without layers, for QGIS's layout manager ("Create from template"); the plugin itself makes its
layouts in code, with layers and an atlas. A test tells when they differ.
"""

from __future__ import annotations

import os
import re
import sys
import uuid
from pathlib import Path
from typing import Dict

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "resources" / "layouts"
# Qt draws them anew each time.
_DRAWN = re.compile(r"\{[0-9a-f]{8}-[0-9a-f-]{27}\}")


def layouts() -> Dict[str, object]:
    """Each template by its file's name."""
    from qgis.core import QgsProject

    from hyperlocal_need.core import methodology as methodologies
    from hyperlocal_need.processing_provider.face import DEFAULT_METHODOLOGY
    from hyperlocal_need.processing_provider.layouts import layouts as made
    from hyperlocal_need.processing_provider.maps.maps import MapText
    from hyperlocal_need.processing_provider.style.renderers import measure_titles

    methodology = methodologies.load(DEFAULT_METHODOLOGY)
    text = MapText(methodology.index.title, "Say what the map shows", "Name the sources", methodology.warning)
    project = QgsProject.instance()
    found = {}
    for paper in ("A4", "A3"):
        found[f"map_{paper.lower()}"] = made.map_layout(project, f"Map {paper}", text, [], paper)
        found[f"pair_{paper.lower()}"] = made.pair_layout(project, f"Pair of maps {paper}", text, paper=paper)
        found[f"atlas_{paper.lower()}"] = made.atlas_layout(
            project, None, measure_titles(methodology), text, "Say where the figures come from", paper
        )
    return found


def write(folder: Path = FOLDER) -> None:
    """Every template into ``folder``, with the same bytes each time."""
    from qgis.core import QgsReadWriteContext

    folder.mkdir(parents=True, exist_ok=True)
    for name, layout in layouts().items():
        place = folder / f"{name}.qpt"
        layout.saveAsTemplate(str(place), QgsReadWriteContext())
        text = place.read_text(encoding="utf-8")
        for number, drawn in enumerate(dict.fromkeys(_DRAWN.findall(text))):
            text = text.replace(drawn, f"{{{uuid.uuid5(uuid.NAMESPACE_URL, f'hyperlocalneed:{name}:{number}')}}}")
        place.write_text(text, encoding="utf-8", newline="\n")


def main() -> int:
    sys.path.insert(0, str(ROOT / "tools"))
    from register import register

    register()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    # Else Qt writes attributes in an order that it draws anew each time.
    os.environ["QT_HASH_SEED"] = "0"
    from hyperlocal_need.tools.qgis_session import qgis_session

    with qgis_session():
        write()
    return 0


if __name__ == "__main__":
    sys.exit(main())
