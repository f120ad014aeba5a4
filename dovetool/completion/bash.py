"""A line as bash has it: taken apart into words, and the quoting that what is put in needs.

Readline replaces what stands behind the last character that breaks words, or behind a quote that is open. So that is
what a reply has, quoted as the place needs it.
"""

from __future__ import annotations

import re
from typing import Self

from dovetool.values import dataclass

_NEEDS_NONE = re.compile(r"[\w@%+=:,./-]")
_IN_DOUBLE = re.compile(r'(["$`\\])')


@dataclass(frozen=True, slots=True)
class Line:
    """A line up to the cursor.

    Attributes:
        words: what its words mean; the last one ends at the cursor.
        quote: the quote that is open there.
        before_quote: how much the last word means before that quote.
        plain: the last word, character by character: each with whether it stands there as it is, in no quotes.
    """

    words: list[str]
    quote: str
    before_quote: int
    plain: list[tuple[str, bool]]

    @classmethod
    def parsed(cls, text: str) -> Self:
        """Take a line apart."""
        words: list[str] = []
        word: list[tuple[str, bool]] = []
        quote, before, begun, characters = "", 0, False, iter(text)
        for character in characters:
            if character == "\\" and quote != "'":
                following = next(characters, "")
                kept = "\\" if quote and following not in '"$`\\\n' else ""
                word += ((each, False) for each in kept + following)
            elif character == quote:
                quote = ""
            elif character in "\"'" and not quote:
                quote, before = character, len(word)
            elif character.isspace() and not quote:
                if begun:
                    words.append("".join(each for each, _ in word))
                word, begun = [], False
                continue
            else:
                word.append((character, not quote))
            begun = True
        words.append("".join(each for each, _ in word))
        return cls(words, quote, before, word)

    def reply(self, value: str, breaks: str) -> str | None:
        """What takes the place of what readline replaces, so that the last word means a value.

        Args:
            value: what the whole word is to mean; it begins with what is there.
            breaks: characters that break words, `COMP_WORDBREAKS`.

        Returns:
            None: it cannot be written there.
        """
        if self.quote == '"':  # where nothing quotes the character that recalls a command
            return None if "!" in value else _IN_DOUBLE.sub(r"\\\1", value[self.before_quote :])
        if self.quote:
            return value[self.before_quote :].replace("'", "'\\''")
        ends = [place for place, (each, is_plain) in enumerate(self.plain, 1) if is_plain and each in breaks]
        return escaped(value[ends[-1] if ends else 0 :])


def escaped(text: str) -> str:
    """A word for a shell, with a backslash before what means something to it."""
    return "".join(each if _NEEDS_NONE.match(each) else f"\\{each}" for each in text)
