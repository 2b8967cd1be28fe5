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
from qgis.core import QgsApplication, QgsDataSourceUri, QgsProcessingContext, QgsProcessingFeedback, QgsVectorLayer

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
    finished = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


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


# A server's process that ends itself, as pg_terminate_backend from elsewhere does: at a row of a new table, or at the
# statement by which that takes its place. {row} and {words} say when.
ENDING = """
CREATE OR REPLACE FUNCTION end_at_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF to_jsonb(NEW) ->> 'code' = TG_ARGV[0] THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS $$ DECLARE made record; BEGIN
    FOR made IN SELECT * FROM pg_event_trigger_ddl_commands() WHERE command_tag = 'CREATE TABLE' LOOP
        EXECUTE format('CREATE TRIGGER ends BEFORE INSERT ON %s FOR EACH ROW EXECUTE FUNCTION end_at_row({row})',
            made.object_identity);
    END LOOP;
    IF current_query() LIKE '%{words}%' THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;
END $$;
CREATE EVENT TRIGGER watching ON ddl_command_end EXECUTE FUNCTION watch();
"""
NAMES = (
    "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relname ~ '^(lost|hyper)' AND relkind = 'r'"
)
SUM = "SELECT count(*), sum(claims), sum(claims_z) FROM lost"


@pytest.fixture
def rewritten(database):
    """(parameters of a run over an earlier table, what that holds)."""
    statement(database, MANY.replace("30000", "9000"))
    many = {"INPUT": QgsVectorLayer(f"{database} key='code' table=\"public\".\"many\"", "many", "postgres"),
            "FIELDS": ["claims"], "OUTPUT": f'postgres:{database} table="public"."lost"'}  # fmt: skip
    assert run("normalscores", many)
    held = statement(database, SUM)
    assert held.startswith("9000|")
    statement(database, "UPDATE many SET claims = claims + code::integer % 5")
    yield many, held
    statement(database, "DROP EVENT TRIGGER IF EXISTS watching; DROP TABLE lost")


def still_there(database, many, held, words):
    """The earlier table is whole, one line says what is wrong, nothing else is there, and the next run succeeds."""
    assert "\n" not in words and "lost" in words, words
    assert statement(database, SUM) == held
    assert statement(database, NAMES).strip() == "lost"
    statement(database, "DROP EVENT TRIGGER IF EXISTS watching")
    assert run("normalscores", many)
    assert statement(database, SUM).startswith("9000|") and statement(database, SUM) != held
    assert statement(database, NAMES).strip() == "lost"


@pytest.mark.parametrize("row", [1, 201, 4001, 9000])
def test_a_connection_that_is_dropped_while_a_row_is_written(provider, database, rewritten, row):
    """QGIS sends rows by the two hundred, and what goes wrong with the last of them it tells nobody."""
    many, held = rewritten
    statement(database, ENDING.format(row=row, words="no such words"))
    feedback = Dropped(lambda: None, 100.0)
    assert not run("normalscores", many, feedback)
    still_there(database, many, held, feedback.words)


@pytest.mark.parametrize("words", ["CREATE TABLE", "ADD COLUMN", "RENAME TO"])
def test_a_connection_that_is_dropped_at_a_statement(provider, database, rewritten, words):
    many, held = rewritten
    statement(database, ENDING.format(row=0, words=words))
    feedback = Dropped(lambda: None, 100.0)
    assert not run("normalscores", many, feedback)
    still_there(database, many, held, feedback.words)


@pytest.mark.parametrize("after", [45.0, 60.0, 79.0])
def test_connections_that_are_ended_from_elsewhere_while_a_table_is_written(provider, database, rewritten, after):
    """QGIS connects again where it can, and then the new table is whole."""
    many, held = rewritten
    feedback = Dropped(lambda: statement(database, END), after)
    if run("normalscores", many, feedback):
        held = statement(database, SUM)
        statement(database, "UPDATE many SET claims = claims + code::integer % 3")
        feedback.words = "lost"
    assert feedback.ended
    still_there(database, many, held, feedback.words)


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


def test_what_stands_in_the_way_is_said_and_the_earlier_table_stays(provider, database, rewritten):
    """A view of the table; then a name that would be a statement is one like any other."""
    many, held = rewritten
    statement(database, "CREATE VIEW seen AS SELECT * FROM lost")
    feedback = Dropped(lambda: None, 100.0)
    assert not run("normalscores", many, feedback)
    assert '"lost" cannot be written: views are made of the earlier table' in feedback.words
    statement(database, "DROP VIEW seen")
    still_there(database, many, held, feedback.words)
    uri = QgsDataSourceUri(database)
    uri.setDataSource("public", 'lost"; DROP TABLE areas; --', None)
    assert run("normalscores", {**many, "OUTPUT": f"postgres:{uri.uri(False)}"})
    assert statement(database, 'SELECT count(*) FROM areas, "lost""; DROP TABLE areas; --"').strip() == "45000"
    statement(database, 'DROP TABLE "lost""; DROP TABLE areas; --"')


def test_what_a_run_without_a_server_left_goes_a_day_later(provider, database, rewritten):
    many, held = rewritten
    for name in ("hyperlocal_need_1700000000_0123abcd", "hyperlocal_need_9700000000_0123abcd", "hyperlocal_need_mine"):
        statement(database, f"CREATE TABLE {name} (code text)")
    assert run("normalscores", many)
    kept = "hyperlocal_need_9700000000_0123abcd hyperlocal_need_mine lost"
    assert statement(database, NAMES).strip() == kept
    statement(database, "DROP TABLE hyperlocal_need_9700000000_0123abcd, hyperlocal_need_mine")
