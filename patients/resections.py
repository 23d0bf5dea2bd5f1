"""Which segments a named liver resection removes (Brisbane 2000 terminology, Strasberg 2005)."""

import re

SEGMENTS = ("I", "II", "III", "IVa", "IVb", "V", "VI", "VII", "VIII")

_LEFT, _RIGHT = ("II", "III", "IVa", "IVb"), ("V", "VI", "VII", "VIII")
_NAMED: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        r"right trisectionectomy|extended right (hemi)?hepatectomy|right trisegmentectomy",
        ("IVa", "IVb", *_RIGHT),
    ),
    (r"left trisectionectomy|extended left (hemi)?hepatectomy|left trisegmentectomy", (*_LEFT, "V", "VIII")),
    (r"right (hemi)?hepatectomy", _RIGHT),
    (r"left lateral (bi)?s(ection|egment)ectomy", ("II", "III")),
    (r"left medial sectionectomy", ("IVa", "IVb")),
    (r"left (hemi)?hepatectomy", _LEFT),
    (r"right anterior sectionectomy", ("V", "VIII")),
    (r"right posterior sectionectomy", ("VI", "VII")),
    (r"central hepatectomy|mesohepatectomy", ("IVa", "IVb", "V", "VIII")),
)
"""What a name means, the longer names first: an extended right hepatectomy is no right hepatectomy."""

_NUMERAL = {"1": "I", "2": "II", "3": "III", "4": "IV", "5": "V", "6": "VI", "7": "VII", "8": "VIII"}
_ONE = r"(?:VIII|VII|VI|IV[ab]?|V|III|II|I|4[ab]|[1-8])"
_LIST = rf"{_ONE}(?:\s*(?:,|/|\+|-|–|to|and|&)\s*{_ONE})*"
_SEGMENTAL = re.compile(
    rf"(?:segment(?:s|al|ectomy|ectomies)?|bisegmentectomy|s)\s*(?:of\s+)?({_LIST})(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_PARTS = re.compile(
    r"(wedge|partial|atypical|non-?anatomic(al)?|limited|local|metastasectom(y|ies)|enucleation|ablation|embolisation)"
    rf"[a-z ]*?((of|in)\s+)?(segments?\s+|s)({_LIST})(?![A-Za-z0-9])",
    re.IGNORECASE,
)
"""What takes a part of a segment only, or nothing of it."""
_WITHOUT = re.compile(r"\b(no|not|without|instead of|or|versus|vs)\b", re.IGNORECASE)


def resected_segments(name: str) -> tuple[str, ...]:
    """The segments that a resection of this name removes, in their order; () when the name does not say.

    'right hepatectomy' is V, VI, VII, VIII; 'segments II and III' those two; 'segments V-VII' all three. Several
    names add up; a wedge or an ablation removes no whole segment. A name that leaves a choice ('right or left
    hepatectomy') says nothing.
    """
    if _WITHOUT.search(name):
        return ()
    rest = _PARTS.sub(" ", name.lower())
    found: set[str] = set()
    for pattern, segments in _NAMED:
        rest, times = re.subn(pattern, " ", rest)
        if times:
            found.update(segments)
    for match in _SEGMENTAL.finditer(rest):
        found.update(_listed(match[1]))
    return tuple(segment for segment in SEGMENTS if segment in found)


def _listed(text: str) -> set[str]:
    """The segments of 'ii, iii and iv', 'v-vii' or '4b'."""
    found: set[str] = set()
    parts = re.findall(rf"{_ONE}|-|–|to", text, re.IGNORECASE)
    for place, part in enumerate(parts):
        if part in ("-", "–", "to"):
            first, last = (_plain(parts[side]) for side in (place - 1, place + 1))
            inside = SEGMENTS[SEGMENTS.index(first[0]) : SEGMENTS.index(last[-1]) + 1]
            found.update(inside)
        else:
            found.update(_plain(part))
    return found


def _plain(part: str) -> tuple[str, ...]:
    """'4b' and 'ivb' are IVb; '4' and 'iv' are both halves."""
    name = part.upper()
    for figure, numeral in _NUMERAL.items():
        name = name.replace(figure, numeral)
    if name == "IV":
        return ("IVa", "IVb")
    return (name.replace("IVA", "IVa").replace("IVB", "IVb"),)
