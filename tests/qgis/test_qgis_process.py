"""The demonstration through ``qgis_process``, the way that scripts use the plugin: no window, no interface."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

# Debian's wrapper of 3.22 passes a flag that the program refuses; the program itself takes all.
PROGRAM = shutil.which("qgis_process.bin") or shutil.which("qgis_process")


@pytest.fixture
def run(repository, tmp_path):
    """Run ``qgis_process`` in a fresh profile that has the plugin."""
    if PROGRAM is None:
        pytest.skip("qgis_process is not installed")
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    (plugins / "hyperlocal_need").symlink_to(repository, target_is_directory=True)
    surroundings = {
        **os.environ,
        "QGIS_PLUGINPATH": str(plugins),
        "QGIS_CUSTOM_CONFIG_PATH": str(tmp_path / "profile"),
        "QT_QPA_PLATFORM": "offscreen",
    }

    def call(*arguments):
        command = [PROGRAM, *map(str, arguments)]
        return subprocess.run(command, env=surroundings, capture_output=True, text=True, check=False, timeout=300)

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
    assert "120 areas, 120 ranked" in computed.stdout
    assert (tmp_path / "need.gpkg").stat().st_size > 100_000


def test_a_mistake_ends_in_a_message_and_a_status(run, tmp_path):
    failed = run("run", "hyperlocalneed:computeindex", "--", f"PACK={tmp_path}", f"OUTPUT={tmp_path / 'need.gpkg'}")
    assert failed.returncode != 0
    assert "there is no pack.json in it" in failed.stdout + failed.stderr
    assert not (tmp_path / "need.gpkg").exists()
