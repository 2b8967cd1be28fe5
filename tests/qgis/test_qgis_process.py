"""The demonstration through ``qgis_process``, the way that scripts use the plugin: no window, no interface."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

import pytest
from qgis.core import QgsVectorLayer

# Debian's wrapper of 3.22 passes a flag that the program refuses; the program itself takes all.
PROGRAM = shutil.which("qgis_process.bin") or shutil.which("qgis_process")


@pytest.fixture(scope="module")
def run(repository, tmp_path_factory):
    """Run ``qgis_process`` in a fresh profile that has the plugin."""
    home = tmp_path_factory.mktemp("home")
    plugins = home / "plugins"
    plugins.mkdir()
    (plugins / "hyperlocal_need").symlink_to(repository, target_is_directory=True)
    return caller(home, QGIS_PLUGINPATH=str(plugins))


def caller(tmp_path, **more):
    """Calls ``qgis_process`` in the profile of a folder, where the plugin is turned on."""
    if PROGRAM is None:
        pytest.skip("qgis_process is not installed")
    surroundings = {
        **os.environ,
        "QGIS_CUSTOM_CONFIG_PATH": str(tmp_path / "profile"),
        "QT_QPA_PLATFORM": "offscreen",
        **more,
    }

    def call(*arguments, program=PROGRAM):
        command = [program, *map(str, arguments)]
        return subprocess.run(
            command,
            env={**surroundings, "QGIS_PROCESS": PROGRAM},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    enabled = call("plugins", "enable", "hyperlocal_need")
    assert enabled.returncode == 0, enabled.stderr
    return call


def test_the_demonstration_is_made_and_computed(run, tmp_path):
    made = run("run", "hyperlocalneed:demopack", "--", "AREAS=120", "SEED=3", f"OUTPUT={tmp_path / 'pack'}")
    assert made.returncode == 0, made.stdout + made.stderr
    computed = run(
        "run", "hyperlocalneed:computeindex", "--", f"PACK={tmp_path / 'pack'}", f"OUTPUT={tmp_path / 'need.gpkg'}"
    )
    assert computed.returncode == 0, computed.stdout + computed.stderr
    # 4 areas (3 %) lack their energy figures, one MSOA its incomes, and one area has an impossible count.
    found = re.search(r"120 areas in 2 districts: (\d+) ranked, (\d+) not", computed.stdout)
    ranked, unranked = map(int, found.groups())
    assert ranked + unranked == 120 and 6 <= unranked <= 12
    assert (tmp_path / "need.gpkg").stat().st_size > 100_000


def test_a_mistake_ends_in_a_message_and_a_status(run, tmp_path):
    failed = run("run", "hyperlocalneed:computeindex", "--", f"PACK={tmp_path}", f"OUTPUT={tmp_path / 'need.gpkg'}")
    assert failed.returncode != 0
    assert "there is no pack.json in it" in failed.stdout + failed.stderr
    assert not (tmp_path / "need.gpkg").exists()


def test_the_example_script_of_the_guide_runs(run, repository, demo_pack, tmp_path):
    """The whole index and each dimension step by step, as docs/modeller.md has it."""
    out = tmp_path / "out"
    ended = run(demo_pack, out, program=str(repository / "docs/examples/dimensions.sh"))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    dimensions = ("growth", "energy", "streets", "opportunity", "health")
    assert {file.stem for file in out.glob("*.gpkg")} == {"indicators", "need", *dimensions}
    for name in dimensions:
        layer = QgsVectorLayer(str(out / f"{name}.gpkg"), name, "ogr")
        assert layer.featureCount() == 120 and layer.fields().indexOf(f"{name}_exp") > 0


def test_the_zip_put_into_a_fresh_profile_is_loaded_and_runs(repository, provider, tmp_path):
    """As QGIS's plugin manager unpacks it; nothing of the checkout is on the way."""
    from hyperlocal_need.tools import package

    archive = tmp_path / "plugin.zip"
    package.write_zip(repository, package.shipped_files(repository, with_new=True), archive)
    plugins = tmp_path / "profile/profiles/default/python/plugins"
    shutil.unpack_archive(archive, plugins)
    run = caller(tmp_path)
    listed = run("list")
    assert listed.returncode == 0 and "Traceback" not in listed.stderr, listed.stderr
    lost = [one.name() for one in provider.algorithms() if f"hyperlocalneed:{one.name()}" not in listed.stdout]
    assert not lost, lost
    made = run("run", "hyperlocalneed:demopack", "--", "AREAS=60", "SEED=3", f"OUTPUT={tmp_path / 'pack'}")
    assert made.returncode == 0 and (tmp_path / "pack/pack.json").is_file(), made.stderr
