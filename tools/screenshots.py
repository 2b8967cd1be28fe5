"""Pictures of the plugin in a real QGIS window, for the documentation: ``./run screenshots PACK OUT``.

``fetched`` after these takes those of *Get England* instead: a stand-in on the loopback, filled from PACK, answers in
place of the publishers. ``dark`` takes the dock in QGIS's dark theme.

Starts QGIS on an X server of its own (Xvfb) with a fresh profile into which the plugin's package is installed, drives
the dock as a user would, and writes one PNG a scene into OUT. Needs xvfb; nothing of the user's own profile is touched.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

import package

ROOT = Path(__file__).resolve().parents[1]
SCENES = ROOT / "tools" / "screenshot_scenes.py"
SCREEN = "1366x768x24"
LONGEST = 900
# QGIS takes the first Python on the path for its own; only the system's has QGIS's modules.
SYSTEM_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


def make_profile(folder: Path, dark: bool) -> None:
    """A profile in which the plugin is installed from its package, enabled, and QGIS asks nothing."""
    plugins = folder / "profiles" / "default" / "python" / "plugins"
    plugins.mkdir(parents=True)
    with zipfile.ZipFile(package.build(ROOT, folder)) as archive:
        archive.extractall(plugins)
    settings = folder / "profiles" / "default" / "QGIS"
    settings.mkdir()
    theme = "[UI]\nUITheme=Night Mapping\n" if dark else ""
    (settings / "QGIS3.ini").write_text(
        "[PythonPlugins]\nhyperlocal_need=true\nprocessing=true\n"
        "[qgis]\ncheckVersion=false\nshowTips=false\nenableMacros=Never\nnewsFeed/disabled=true\n"
        "[app]\nnews-feed\\disabled=true\n" + theme,
        encoding="utf-8",
    )


@contextmanager
def standin(pack: Path, asked: bool) -> Iterator[str]:
    """Where the stand-in for the publishers' services answers, or ''; one that runs already is in NEED_BASE."""
    if not asked or "NEED_BASE" in os.environ:
        yield os.environ.get("NEED_BASE", "") if asked else ""
        return
    sys.path.append(str(ROOT / "tests" / "standin"))
    from register import register

    register()
    from standin import StandIn
    from standin_england import AS_PUBLISHED, Shapes, tables

    from hyperlocal_need.core.sources.recipe import recipes

    served = StandIn(recipes(), tables(pack, recipes()), Shapes(pack))
    served.as_published.update({name: pack.parent / "published_formats" / file for name, file in AS_PUBLISHED.items()})
    with served:
        yield served.base


def main(arguments: list) -> int:
    pack, out = (Path(argument).absolute() for argument in arguments[:2])
    dark = "dark" in arguments[2:]
    out.mkdir(parents=True, exist_ok=True)
    fetched = "fetched" in arguments[2:]
    with tempfile.TemporaryDirectory(prefix="hyperlocal_need_") as scratch, standin(pack, fetched) as base:
        make_profile(Path(scratch), dark)
        reading, writing = os.pipe()
        server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writing), "-screen", "0", SCREEN, "-dpi", "96", "-nolisten", "tcp"],
            pass_fds=[writing],
            stderr=subprocess.DEVNULL,
        )
        os.close(writing)
        with os.fdopen(reading) as answer:
            display = answer.readline().strip()
        surroundings = {
            **os.environ,
            "PATH": SYSTEM_PATH,
            "DISPLAY": f":{display}",
            "QT_QPA_PLATFORM": "xcb",
            "XDG_RUNTIME_DIR": scratch,
            "NEED_PACK": str(pack),
            "NEED_OUT": str(out),
            "NEED_SCENES": ",".join(arguments[2:]),
            "NEED_BASE": base,
        }
        command = ["qgis", "--nologo", "--noversioncheck", "--profiles-path", scratch, "--code", str(SCENES)]
        try:
            return subprocess.run(command, env=surroundings, timeout=LONGEST, check=False).returncode
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
