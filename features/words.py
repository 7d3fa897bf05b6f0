"""Telling words apart as people write them: case, blanks, æøå, invisible characters."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher

_LETTERS = str.maketrans({"ø": "o", "å": "a", "æ": "ae", "ö": "o", "ä": "ae", "đ": "d"})
# People without the letters write two: "behandling_hoey", "oest".
_DIGRAPHS = (("oe", "o"), ("ae", "a"), ("aa", "a"))
_AFFIXES = re.compile(r"^(?:bufetat)?region|^bufetat|norge$|noreg$")
_CLOSE = 0.5
_LONGEST = 40  # a longer text is no misspelt code


def tidy(text: str) -> str:
    """The text in NFKC without invisible characters, with single blanks and none at the ends."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        text = "".join(c for c in text if unicodedata.category(c) != "Cf")
    return " ".join(text.split())


def fold(text: str) -> str:
    """The text as bare letters and digits: one form for all spellings of a word."""
    bare = tidy(text).casefold().translate(_LETTERS)
    bare = unicodedata.normalize("NFD", bare)
    bare = "".join(c for c in bare if c.isalnum())
    for two, one in _DIGRAPHS:
        bare = bare.replace(two, one)
    return bare


@dataclass(frozen=True)
class Vocabulary:
    """The words that a code column may hold: code -> every name it goes by, label first."""

    names: Mapping[str, tuple[str, ...]]
    _codes: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        codes: dict[str, str] = {}
        for code, names in self.names.items():
            for name in (code, *names):
                codes.setdefault(fold(name), code)
        # "Midt-Norge" is known as "midt" too, unless that is another code's own name.
        for key, code in list(codes.items()):
            codes.setdefault(_AFFIXES.sub("", key) or key, code)
        object.__setattr__(self, "_codes", codes)

    def code(self, text: str) -> str | None:
        """The code that the text means, or None."""
        key = fold(text)
        return self._codes.get(key) or self._codes.get(_AFFIXES.sub("", key))

    def label(self, code: str) -> str:
        """The name shown to people."""
        return self.names[code][0] if self.names[code] else code

    def nearest(self, text: str, *, most: int = 2, close: float = _CLOSE) -> tuple[str, ...]:
        """Labels of the codes that the text resembles, best first; empty if it resembles none.

        `close` is the likeness asked for (difflib's ratio of matching letters).
        """
        key = _AFFIXES.sub("", fold(text)) or fold(text)
        if len(key) > _LONGEST:
            return ()
        best: dict[str, float] = {}
        matcher = SequenceMatcher(b=key)
        for name, code in self._codes.items():
            likeness = _likeness(matcher, name, key)
            if likeness >= close:
                best[code] = max(likeness, best.get(code, 0.0))
        ranked = sorted(best, key=lambda code: (-best[code], code))[:most]
        return tuple(self.label(code) for code in ranked)

    def labels(self) -> tuple[str, ...]:
        """All names shown to people."""
        return tuple(self.label(code) for code in self.names)


def _likeness(matcher: "SequenceMatcher[str]", name: str, key: str) -> float:
    """Likeness of a name and a key, 0 where a cheap upper bound says that they are unlike."""
    # «Sørvest» holds the whole words «sør» and «vest»: both are meant before «øst».
    bonus = 0.5 if len(name) >= 3 and (name in key or key in name) else 0.0
    matcher.set_seq1(name)
    if bonus == 0 and (matcher.real_quick_ratio() < _CLOSE or matcher.quick_ratio() < _CLOSE):
        return 0.0
    return matcher.ratio() + bonus
