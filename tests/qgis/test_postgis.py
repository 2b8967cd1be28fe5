"""Two steps from a PostGIS table to a PostGIS table, in a database that the test starts and ends."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest
from qgis.core import QgsApplication, QgsProcessingContext, QgsProcessingFeedback, QgsVectorLayer

TABLE = """
CREATE EXTENSION postgis;
CREATE TABLE areas (
    code text PRIMARY KEY, district integer, claims numeric(10, 2), people bigint, note text,
    geom geometry(Polygon, 27700)
);
INSERT INTO areas SELECT code, district, claims, people, 'kept',
    ST_MakeEnvelope(east, 0, east + 1, 1, 27700)
FROM (VALUES
    ('A', 1, 1.00, 10, 0), ('B', 1, 5.00, 10, 1), ('C', 2, 3.00, 30, 2), ('D', 2, NULL, 20, 3), ('E', 2, 12.00, 60, 4)
) AS rows (code, district, claims, people, east);
"""


def programs():
    """The folder of PostgreSQL's programs, or why it cannot be used."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    folders = [folder for folder in folders if (folder / "initdb").exists() and (folder / "psql").exists()]
    if not folders:
        pytest.skip("PostgreSQL is not installed (Debian: apt install postgresql postgresql-postgis)")
    if not list(Path("/usr/share/postgresql").glob("*/extension/postgis.control")):
        pytest.skip("PostGIS is not installed (Debian: apt install postgresql-postgis)")
    return folders[-1]


def as_other_user(command):
    """PostgreSQL refuses to be root's."""
    if os.getuid() != 0:
        return command
    try:
        pwd.getpwnam("postgres")
    except KeyError:
        pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *command]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def database():
    """The start of a connection string to a new database with the table ``areas``."""
    folder, port = programs(), free_port()
    place = Path(tempfile.mkdtemp(prefix="hyperlocal_need_"))
    if os.getuid() == 0:
        shutil.chown(place, "postgres")

    def call(program, *arguments):
        command = as_other_user([str(folder / program), *arguments])
        finished = subprocess.run(command, capture_output=True, text=True, check=False, cwd=place, timeout=120)
        if finished.returncode:
            pytest.skip(f"PostgreSQL cannot be started: {program}: {finished.stderr.strip()[-300:]}")

    control = ("-D", str(place / "data"), "-w", "-l", str(place / "log"))
    try:
        call("initdb", "-D", str(place / "data"), "-A", "trust", "-U", "need", "-N", "-E", "UTF8", "--locale=C")
        call("pg_ctl", *control, "-o", f"-p {port} -c listen_addresses=127.0.0.1 -k {place} -F", "start")
        connection = ("-h", "127.0.0.1", "-p", str(port), "-U", "need", "-d", "postgres")
        call("psql", *connection, "-v", "ON_ERROR_STOP=1", "-q", "-c", TABLE)
        yield f"dbname='postgres' host=127.0.0.1 port={port} user='need' sslmode=disable"
    finally:
        if (place / "data" / "postmaster.pid").exists():
            call("pg_ctl", *control, "-m", "immediate", "stop")
        shutil.rmtree(place, ignore_errors=True)


END = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = 'postgres'"


def statement(database, text):
    """What psql answers."""
    command = [str(programs() / "psql"), database.partition(" sslmode")[0], "-v", "ON_ERROR_STOP=1", "-qtAc", text]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


def table(database, name):
    layer = QgsVectorLayer(f'{database} key=\'code\' table="public"."{name}" (geom)', name, "postgres")
    assert layer.isValid(), layer.error().message()
    return layer


def destination(database, name):
    return f'postgres:{database} table="public"."{name}" (geom)'


class Cancelled(QgsProcessingFeedback):
    """Cancels as soon as anything is done."""

    def __init__(self):
        super().__init__(False)
        self.progressChanged.connect(lambda done: done > 0 and self.cancel())


def run(name, parameters, feedback=None):
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(f"hyperlocalneed:{name}")
    return algorithm.run(parameters, QgsProcessingContext(), feedback or QgsProcessingFeedback(False), {}, True)[1]


def test_from_table_to_table(provider, database):
    """Shrinkage, then hot spots: the second reads what the first wrote; the values are those of the golden cases."""
    shrinkage = {"INPUT": table(database, "areas"), "NUMERATOR_FIELD": "claims", "DENOMINATOR_FIELD": "people",
                 "DISTRICT_FIELD": "district", "OUTPUT": destination(database, "shrunk")}  # fmt: skip
    assert run("shrinkage", shrinkage)
    shrunk = table(database, "shrunk")
    # QGIS gives a new table a key of its own.
    assert [field.name() for field in shrunk.fields()][1:] == [
        "code", "district", "claims", "people", "note", "claims_shrunk", "claims_w"
    ]  # fmt: skip
    spots = {"INPUT": shrunk, "FIELDS": ["claims_shrunk"], "DISTRICT_FIELD": "district", "SHARE": 0.25,
             "OUTPUT": destination(database, "spots")}  # fmt: skip
    assert run("hotspots", spots)
    found = {feature["code"]: feature for feature in table(database, "spots").getFeatures()}
    assert found["A"]["claims_shrunk"] == pytest.approx(0.17393620468276236)
    assert found["B"]["claims_shrunk_rank"] == 1
    assert found["B"]["claims_shrunk_hotspot"] == 1
    assert found["A"]["claims_shrunk_rank_district"] == 2
    for column in ("claims", "claims_shrunk", "claims_shrunk_rank", "claims_shrunk_hotspot"):
        value = found["D"][column]
        assert value is None or value.isNull(), f"{column} is NULL where nothing is known"
    assert {feature["note"] for feature in found.values()} == {"kept"}
    assert found["C"].geometry().area() == pytest.approx(1.0)


def test_a_cancelled_step_makes_no_table(provider, database):
    parameters = {"INPUT": table(database, "areas"), "FIELDS": ["people"], "OUTPUT": destination(database, "half")}
    assert not run("normalscores", parameters, Cancelled())
    layer = QgsVectorLayer(f'{database} key=\'code\' table="public"."half" (geom)', "half", "postgres")
    assert not layer.isValid()


MANY = """
DROP TABLE IF EXISTS many;
CREATE TABLE many AS
    SELECT i::text AS code, i % 9 AS district, i % 7 AS claims, 10 AS people FROM generate_series(1, 30000) AS i;
ALTER TABLE many ADD PRIMARY KEY (code);
"""


class Dropped(QgsProcessingFeedback):
    """Ends every connection to the database once a share of the run is done."""

    def __init__(self, end, after):
        super().__init__(False)
        self.words, self.ended = "", False
        self._end, self._after = end, after
        self.progressChanged.connect(self._hear)

    def _hear(self, done):
        if done > self._after and not self.ended:
            self.ended = True
            self._end()

    def reportError(self, error, fatalError=False):
        self.words += error


@pytest.mark.parametrize("after", [2.0, 12.0, 20.0])
def test_a_connection_that_is_dropped_while_a_table_is_read(provider, database, tmp_path, after):
    """Half a table must not pass for a whole one; the earlier file stays, and the next run succeeds."""
    statement(database, MANY)

    def fresh():
        return QgsVectorLayer(f'{database} key=\'code\' table="public"."many"', "many", "postgres")

    many = {"INPUT": fresh(), "FIELDS": ["claims"], "OUTPUT": str(tmp_path / "scores.gpkg")}
    assert run("normalscores", many)
    before = (tmp_path / "scores.gpkg").read_bytes()
    feedback = Dropped(lambda: statement(database, END), after)
    done = run("normalscores", many, feedback)
    assert feedback.ended and not done
    assert "many: only" in feedback.words and "of 30,000 features could be read" in feedback.words
    assert (tmp_path / "scores.gpkg").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["scores.gpkg"]
    assert run("normalscores", {**many, "INPUT": fresh()})


def test_a_connection_that_is_dropped_before_a_table_is_written(provider, database):
    """QGIS connects again, or what cannot be written is said: never a part of the table and a success."""
    statement(database, MANY)
    many = {"INPUT": QgsVectorLayer(f"{database} key='code' table=\"public\".\"many\"", "many", "postgres"),
            "FIELDS": ["claims"], "OUTPUT": f'postgres:{database} table="public"."lost"'}  # fmt: skip
    feedback = Dropped(lambda: statement(database, END), 29.0)
    done = run("normalscores", many, feedback)
    assert feedback.ended
    if done:
        assert statement(database, "SELECT count(*) FROM lost").strip() == "30000"
    else:
        assert "OUTPUT cannot be written" in feedback.words
