"""The plugin as QGIS holds it: built, taken down, built again.

In a Python of its own: the other tests have registered the provider, and two copies in one process end Python.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import sys
sys.path.insert(0, {tools!r})
from register import register
from qgis.core import QgsApplication

application = QgsApplication([], True)
application.initQgis()
plugin = register().classFactory({iface})
known = lambda: QgsApplication.processingRegistry().providerById("hyperlocalneed") is not None
states = [plugin.provider is None, not known()]
for built in (plugin.{build}, plugin.{build}):
    built()
    states.append(known())
    plugin.unload()
    states += [plugin.provider is None, not known()]
plugin.{build}()
plugin.{build}()
states.append(known())
plugin.unload()
plugin.unload()
states.append(not known())
print(states)
application.exitQgis()
"""


@pytest.mark.parametrize("build", ["initGui", "initProcessing"])
def test_it_can_be_built_and_taken_down_again_without_a_window(repository, tmp_path, build):
    program = PROGRAM.format(tools=str(repository / "tools"), iface=None, build=build)
    finished = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.splitlines()[-1] == str([True] * 10)


def test_looking_at_the_package_loads_no_qgis(repository):
    program = f"import sys; sys.path.insert(0, {str(repository / 'tools')!r}); import register; register.register(); "
    program += "print('qgis' in sys.modules)"
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert finished.stdout.strip() == "False", finished.stderr
