"""The errors that a user may meet: every message names the file, column, area or setting, and what to do."""

_LONGEST = 3000


class NeedError(Exception):
    """Base of all errors this package raises on purpose; its text is fit to show to a user, however long a name is."""

    def __str__(self) -> str:
        text = super().__str__()
        return text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]} ... {text[-_LONGEST // 2 :]}"


class PackError(NeedError):
    """A data pack cannot be used: a file, table, column or code of it is missing or wrong."""


class MethodologyError(NeedError):
    """A methodology file cannot be used; the text starts with the path of the fault (``nodes[12].weight``)."""


class DataError(NeedError):
    """Values handed to a step cannot be computed with: text, infinities, negative counts, duplicate codes."""


class OptionError(NeedError):
    """An option has a value outside its choices or bounds."""


class Cancelled(NeedError):
    """The user stopped the work; nothing that was half done may look like a result."""
