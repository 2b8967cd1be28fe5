"""XML read as a stream, from a member of a zip, in bounded memory; documents with a DTD are refused."""

from __future__ import annotations

from typing import IO, Any, Callable, Iterator

from qgis.PyQt.QtCore import QXmlStreamReader

from ...core.errors import DataError
from ...core.published.reading.archive import BROKEN

_BLOCK = 1 << 18
_TOKENS = QXmlStreamReader.TokenType
START, END, TEXT = _TOKENS.StartElement, _TOKENS.EndElement, _TOKENS.Characters
_DTD, _INVALID, _FINISHED = _TOKENS.DTD, _TOKENS.Invalid, _TOKENS.EndDocument
# All that spreadsheets are made of; comments, processing instructions and the like are passed over.
_USUAL = (START, END, TEXT)
_MORE_NEEDED = QXmlStreamReader.Error.PrematureEndOfDocumentError


class XmlStream:
    """Hands out the tokens of a document one by one; the reader itself tells names, texts and attributes.


    A document type definition is refused, since it is what entities that expand or fetch files are made from;
    spreadsheets have none.
    """

    def __init__(
        self, stream: IO[bytes], name: str, check: Callable[[], None] = lambda: None, namespaces: bool = True
    ) -> None:
        self._stream = stream
        self._name = name
        self._check = check
        self.reader = QXmlStreamReader()
        # A part of a document lacks the declarations of prefixes that its attributes may have.
        self.reader.setNamespaceProcessing(namespaces)

    def next(self) -> Any:
        """The next token; None at the end. DataError where the document is broken, cut off or has a DTD."""
        while True:
            token = self.reader.readNext()
            if token in _USUAL:
                return token
            if token == _FINISHED:
                return None
            self._deal_with(token)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.next, None)

    def _deal_with(self, token: Any) -> None:
        """Deal with a token that is no part of the tree: more bytes are needed, or the document is unfit."""
        if token == _INVALID:
            if self.reader.error() != _MORE_NEEDED:
                raise DataError(f"{self._name}: is broken ({self.reader.errorString()}).")
            self._feed()
        elif token == _DTD:
            raise DataError(f"{self._name}: defines XML entities; such files are refused.")

    def _feed(self) -> None:
        self._check()
        try:
            block = self._stream.read(_BLOCK)
        except BROKEN as error:
            raise DataError(f"{self._name}: cannot be unfolded ({error}).") from error
        if not block:
            raise DataError(f"{self._name}: ends in the middle; the file is cut off.")
        self.reader.addData(block)

    def text(self) -> str:
        """The text up to the end of the element just started, of all elements inside it."""
        parts, depth = [], 1
        while depth:
            token = self.next()
            if token == TEXT:
                parts.append(self.reader.text())
            elif token == START:
                depth += 1
            elif token == END:
                depth -= 1
        return "".join(parts)
