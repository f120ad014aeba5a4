"""Whether what users pass is of its kind: a TypeError where it is not, a UsageError where it is out of its range."""

from __future__ import annotations

from dovetool.errors import UsageError

_MOST_OF_OPTION = 0xFFFF


def checked(**limits: tuple[int, int, int]) -> None:
    """Raise a UsageError for a value that is not between its least and its most, a TypeError for no whole number."""
    for name, (value, least, most) in limits.items():
        if not hasattr(value, "__index__"):
            raise TypeError(f"{name}={value!r}: expected a whole number")
        if not least <= value <= most:
            raise UsageError(f"{name}={value}: expected {least}..{most}")


def texts(**given: object) -> None:
    """Raise a TypeError for what is no text; None: it was not given."""
    for name, value in given.items():
        if value is not None and not isinstance(value, str):
            raise TypeError(f"{name}={value!r}: expected text, not {type(value).__name__}")


def option_text(name: str, text: str) -> str:
    """A text that an option of pcapng can hold.

    Raises:
        TypeError: it is none.
        UsageError: it has no UTF-8, or one of more than 65,535 octets.
    """
    texts(**{name: text})
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise UsageError(f"{name}: has a surrogate at {error.start}, which UTF-8 has no form for") from None
    if size > _MOST_OF_OPTION:
        raise UsageError(f"{name}: has {size:,} octets; pcapng holds {_MOST_OF_OPTION:,} at most")
    return text


def comments_of(given: object) -> tuple[str, ...]:
    """Comments of a packet.

    Raises:
        TypeError: they are no texts, or a single one.
        UsageError: as `option_text`.
    """
    if not isinstance(given, tuple | list) or not all(isinstance(each, str) for each in given):
        raise TypeError(f"comments={given!r}: expected a tuple of texts")
    return tuple(option_text("comments", each) for each in given)
