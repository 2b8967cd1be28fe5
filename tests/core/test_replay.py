"""A log gives its run again, to equal frames, in a process of its own; or says why it cannot."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from tiny_pack import OA11

from hyperlocal_need.core.errors import DataError, PackError
from hyperlocal_need.core.index import pairs_digest, replay

ROOT = Path(__file__).resolve().parents[2]
AGAIN = """
import json, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from tools import register
register.register()
import pandas as pd
from hyperlocal_need.core.index import replay
from hyperlocal_need.core.pack import Pack
result = replay(Path(sys.argv[2]), Pack.open(sys.argv[3]), pd.read_csv(sys.argv[4]))
print(json.dumps(result.log["results"]))
"""


@pytest.fixture
def gap(tiny):
    tiny.column("distance.csv", "km", [9, 1, 4, 2.5, "", 3])
    return tiny


OPTIONS = [
    {},
    {"missing": "district", "shrink_by": "RGN23", "report_by": "UTLA23"},
    {"missing": "median", "left_out": ["jobs", "claims"]},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_equal_frames(gap, options):
    result = gap.run(**options)
    again = replay(json.loads(json.dumps(result.log)), gap.open(), gap.pairs)
    for name, frame in result.layers().items():
        pd.testing.assert_frame_equal(again.layers()[name], frame, check_exact=True)
    assert again.log["results"] == result.log["results"]
    assert again.notes == result.notes and again.left_out == result.left_out


def test_equal_frames_in_a_fresh_process(gap, tmp_path):
    result = gap.run(**OPTIONS[1])
    (tmp_path / "log.json").write_text(json.dumps(result.log), encoding="utf-8")
    gap.pairs.to_csv(tmp_path / "pairs.csv", index=False)
    places = [str(place) for place in (ROOT, tmp_path / "log.json", gap.folder, tmp_path / "pairs.csv")]
    done = subprocess.run([sys.executable, "-c", AGAIN, *places], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == result.log["results"]


class TestRefusals:
    @pytest.mark.parametrize("file", ["distance.csv", "lsoa21.csv", "population.csv", "exact_fit.csv", "pack.json"])
    def test_a_changed_file(self, gap, file):
        log = gap.run().log
        folder = gap.write()
        (folder / file).write_text((folder / file).read_text(encoding="utf-8") + "\n", encoding="utf-8")
        from hyperlocal_need.core.pack import Pack

        with pytest.raises(PackError, match=f"^{file}: changed since the run"):
            replay(log, Pack.open(folder), gap.pairs)

    def test_a_missing_file(self, gap):
        log = gap.run().log
        pack = gap.open()
        (gap.folder / "distance.csv").unlink()
        with pytest.raises(PackError, match="'distance.csv' is missing"):
            replay(log, pack, gap.pairs)

    def test_a_changed_overlap(self, gap):
        log = gap.run().log
        changed = gap.pairs.copy()
        changed.loc[changed["source"] == OA11["17"], "postcodes"] += 1
        for pairs in (changed, None):
            with pytest.raises(PackError, match="The overlap table is not the one"):
                replay(log, gap.open(), pairs)

    def test_boundaries_may_change(self, gap):
        """They decide the overlap, which has its own digest, and nothing else."""
        log = gap.run().log
        folder = gap.write()
        (folder / "lsoa21.gpkg").write_text("other", encoding="utf-8")
        replay(log, gap.open(), gap.pairs)

    @pytest.mark.parametrize("text", ["{", "[]", "{}", '{"format": 2}', '{"format": 1, "pack": {}}'])
    def test_what_is_no_log(self, gap, tmp_path, text):
        (tmp_path / "log.json").write_text(text, encoding="utf-8")
        with pytest.raises(DataError, match="log.json: (cannot be read as a log|not the log of a run)"):
            replay(tmp_path / "log.json", gap.open(), gap.pairs)

    def test_no_file_at_all(self, gap, tmp_path):
        with pytest.raises(DataError, match="none.json: cannot be read as a log"):
            replay(tmp_path / "none.json", gap.open(), gap.pairs)

    def test_a_run_without_a_pack(self, gap):
        from hyperlocal_need.core.index import run

        with pytest.raises(DataError, match="The log: not the log of a run from a data pack"):
            replay(run(gap.definition(), gap.indicators()).log, gap.open(), gap.pairs)


def test_no_overlap_has_no_digest():
    assert pairs_digest(None) is None


def test_a_log_of_an_earlier_version_still_replays(gap, repository):
    """The file was written when the format was settled; it must be read, and give what it gave, whatever moves."""
    path = repository / "tests" / "data" / "log.json"
    again = replay(path, gap.open(), gap.pairs)
    held = json.loads(path.read_text(encoding="utf-8"))["need"]
    assert again.need["need_score"].round(9).to_dict() == pytest.approx(held)
