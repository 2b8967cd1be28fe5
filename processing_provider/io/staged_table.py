"""A table of PostgreSQL, filled under a name of its own; in one transaction it takes its place when it is whole."""

from __future__ import annotations

import re
import secrets
import time
from contextlib import suppress
from typing import Any, Optional

from qgis.core import QgsDataSourceUri, QgsException, QgsProviderConnectionException, QgsProviderRegistry

from ...core.errors import NeedError
from . import formats

_SERVERS = re.compile(r"(postgres|postgis):")
# What a run leaves whose server was gone for good goes with a later run; the name has the second in which it was made.
_SWEEP = """
DO $$ DECLARE one regclass; BEGIN
    FOR one IN SELECT oid::regclass FROM pg_class
        WHERE relkind = 'r' AND relname ~ '^hyperlocal_need_[0-9]{{10}}_[0-9a-f]{{8}}$'
        AND substring(relname, 17, 10)::bigint < extract(epoch FROM now()) - 86400 AND pg_has_role(relowner, 'USAGE')
    LOOP EXECUTE format('DROP TABLE %s', one); END LOOP;
END $$
"""
_SWAP = "SET LOCAL lock_timeout = '20s'; DROP TABLE IF EXISTS {place}; ALTER TABLE {aside} RENAME TO {name}"
_COUNT, _DROP = "SELECT count(*) FROM {aside}", "DROP TABLE IF EXISTS {aside}"


class StagedTable:
    """The output ``result``, as QGIS writes it, leads to a table; ``aside`` is where its ``sink`` leads instead."""

    def __init__(self, result: str) -> None:
        provider, _, rest = result.partition(":")
        uri = QgsDataSourceUri(rest)
        aside, schema = f"hyperlocal_need_{int(time.time())}_{secrets.token_hex(4)}", uri.schema()
        # As PostgreSQL quotes names, which may be anything.
        before, name = ('"' + one.replace('"', '""') + '"' for one in (schema, uri.table()))
        before = f"{before}." if schema else ""
        self._names = {"place": before + name, "aside": before + aside, "name": name}
        metadata = QgsProviderRegistry.instance().providerMetadata("postgres")
        self._server = metadata.createConnection(uri.connectionInfo(False), {})
        uri.setDataSource(schema, aside, uri.geometryColumn(), uri.sql(), uri.keyColumn())
        self.result, self.aside, self.sink = result, f"{provider}:{uri.uri(False)}", None
        self._ask(_SWEEP)

    @classmethod
    def of(cls, text: str) -> Optional[StagedTable]:
        """None where an output leads elsewhere."""
        return cls(text) if _SERVERS.match(text) else None

    def settle(self) -> None:
        """Take the place of the earlier table; NeedError, which leaves that as it was, where rows are missing."""
        ((held,),) = self._ask(_COUNT)
        if held != self.sink.written:
            raise NeedError(f"{self._names['name']}: {held:,} of {self.sink.written:,} rows were written; run again.")
        self._ask(_SWAP)

    def discard(self) -> None:
        """Drop what has not taken its place."""
        with suppress(NeedError):
            self._ask(_DROP)

    def _ask(self, query: str) -> Any:
        try:
            return self._server.executeSql(query.format(**self._names))
        except (QgsException, QgsProviderConnectionException) as error:
            raise NeedError(f"{self._names['name']} cannot be written: {formats.in_words(str(error))}.") from error
