"""Similar people on one agenda: who could be taken for whom, and why. Pure; works on what identifies a patient.

Two patients are marked when at least one holds:

- **surname**: the same, or a likeness of at least 0.8 (`difflib.SequenceMatcher.ratio`) once case, accents, spaces
  and hyphens are left out; or one's surname is the other's first name and the other way round;
- **birth date**: the same day;
- **hospital number**: of the same length, with one character other or two neighbours exchanged;
- **case number**: two neighbouring digits exchanged (numbers in a row are ordinary and not marked).
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from patients.models import Patient

ALIKE = 0.8
"""The board's own choice: Hartwell and Hartnell (0.88), Ferreira and Pereira (0.8), not Amsel and Marsh (0.4)."""
CRITERION = (
    "Marked are: the same or nearly the same surname (likeness of 0.8 or more), the same birth date, hospital "
    "numbers that differ in one character or by two exchanged, case numbers with two digits exchanged."
)


@dataclass(frozen=True, slots=True)
class Likeness:
    """Another patient on the agenda who could be mixed up with this one, and why."""

    other: Patient
    why: tuple[str, ...]

    @property
    def words(self) -> str:
        """'2026-043 Edith Hartwell: same surname'."""
        return f"{self.other.case_id} {self.other.name}: {', '.join(self.why)}".replace(" :", ":")


def plain(name: str) -> str:
    """A name without case, accents, spaces and marks."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in decomposed if letter.isalnum())


def exchanged(one: str, other: str) -> bool:
    """True when two neighbouring characters are exchanged and nothing else differs."""
    places = [place for place, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]]
    return (
        len(one) == len(other)
        and len(places) == 2
        and places[1] == places[0] + 1
        and one[places[0]] == other[places[1]]
        and one[places[1]] == other[places[0]]
    )


def slips_apart(one: str, other: str) -> bool:
    """True when a slip of the pen lies between: one character other, or two neighbours exchanged."""
    if len(one) != len(other):
        return False
    return sum(a != b for a, b in zip(one, other, strict=True)) == 1 or exchanged(one, other)


def likeness(one: str, other: str) -> float:
    """From 0 to 1, the same whichever name comes first."""
    first, second = sorted((one, other))
    return SequenceMatcher(None, first, second).ratio()


def why_alike(one: Patient, other: Patient) -> tuple[str, ...]:
    """Why two patients could be mixed up, in words; empty when nothing speaks for it."""
    surname, also = plain(one.family_name), plain(other.family_name)
    crossed = surname and surname == plain(other.given_name) and also == plain(one.given_name)
    number, numbered = plain(one.hospital_number), plain(other.hospital_number)
    found = []
    if surname and surname == also:
        found.append("same surname")
    elif surname and also and likeness(surname, also) >= ALIKE:
        found.append("similar surname")
    elif crossed:
        found.append("names crossed over")
    if one.birth_date is not None and one.birth_date == other.birth_date:
        found.append("same birth date")
    if number and numbered and slips_apart(number, numbered):
        found.append("hospital numbers look alike")
    if exchanged(one.case_id, other.case_id):
        found.append("case numbers look alike")
    return tuple(found)


def similar_on(patients: Sequence[Patient]) -> dict[int, list[Likeness]]:
    """By primary key: with whom of the others each patient could be mixed up. Who stands alone is not in it."""
    people = list({patient.pk: patient for patient in patients}.values())
    found: dict[int, list[Likeness]] = {}
    for place, one in enumerate(people):
        for other in people[place + 1 :]:
            if why := why_alike(one, other):
                found.setdefault(one.pk, []).append(Likeness(other, why))
                found.setdefault(other.pk, []).append(Likeness(one, why))
    return found
