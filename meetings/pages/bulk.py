"""What is done for several patients at once: who was chosen, what will happen, and what became of each."""

import datetime
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import User
from meetings.bookings import Booked, Offer, Offers, booked_for, offers_for
from meetings.clock import ClockEntry, clock_rows, visible_reassessments
from meetings.drawings.clock import ClockAxis, draw_axis
from meetings.pages.clock import pair_strip
from meetings.services import BookedMeanwhileError
from patients.drawings.shapes import Figure

MOST = 100
"""So many patients are done at once at most."""
SUGGESTED = 3
LEAVE = "none"
"""The choice that leaves a patient as they are."""


@dataclass(slots=True)
class Chosen:
    """One patient who was chosen. `done` says what was done, `refused` why nothing was; both are '' before."""

    entry: ClockEntry
    booked: Booked
    offers: Offers | None = None
    strip: list[Figure] = field(default_factory=list)
    picked: str = ""
    modality: str = ""
    done: str = ""
    refused: str = ""
    left_out: bool = False

    @property
    def key(self) -> int:
        return self.entry.reassessment.pk

    @property
    def is_booked(self) -> bool:
        """True when scan and board have their days: several at once change nothing of that by themselves."""
        return not self.entry.nothing_booked and self.entry.board is not None

    @property
    def suggested(self) -> list[Offer]:
        """The pairs that are offered; none before day 1 is confirmed."""
        return self.offers.offers[:SUGGESTED] if self.offers else []


def chosen_entries(user: User, keys: Iterable[str], today: datetime.date) -> tuple[list[ClockEntry], int]:
    """The open reassessments among `keys` that the user may see, in the order of the clock; and how many not."""
    wanted = {int(key) for key in keys if key.isascii() and key.isdigit() and len(key) < 19}
    rows = list(visible_reassessments(user).filter(pk__in=wanted)[:MOST])
    return clock_rows(user, today, reassessments=rows), len(wanted) - len(rows)


def described(
    entries: Sequence[ClockEntry], today: datetime.date, *, days: bool = False
) -> tuple[list[Chosen], ClockAxis | None]:
    """The chosen patients; with `days` also the suggestions and a strip with the first of them."""
    if not entries:
        return [], None
    axis = draw_axis([entry.row for entry in entries], today)
    found = []
    for entry in entries:
        row = entry.reassessment
        chosen = Chosen(entry, booked_for(row))
        if days and row.actual_start is not None:
            chosen.offers = offers_for(row, today)
            first = chosen.offers.offers[0] if chosen.offers.offers else None
            chosen.picked = first.key if first and not chosen.is_booked else LEAVE
            chosen.modality = likely_modality(entry, chosen.booked)
            pair = first.suggestion if first else None
            chosen.strip = pair_strip(
                entry.row,
                axis,
                pair.scan if pair else None,
                pair.board if pair else None,
                prefix=f"b{row.pk}-",
            )
        found.append(chosen)
    return found, axis


def likely_modality(entry: ClockEntry, booked: Booked) -> str:
    """What is booked, else what was done last, so that the scans can be compared; '' when neither is known."""
    study = booked.study or entry.last_scan
    return str(study.modality) if study else ""


def carry_out(chosen: Sequence[Chosen], work: Callable[[Chosen], str]) -> None:
    """Do it for each, on its own: one that is refused says why, and the others are done.

    `work` returns what it did in words, '' when the patient was left out.
    """
    for item in chosen:
        try:
            item.done = work(item)
            item.left_out = not item.done
        except ValidationError as error:
            item.refused = " ".join(error.messages)
        except BookedMeanwhileError as error:
            item.refused = f"{error} Send again to change it."
            item.booked = error.current
        except PermissionDenied as error:
            item.refused = str(error)


def counts(chosen: Sequence[Chosen]) -> dict[str, Any]:
    """How many were done and how many refused."""
    return {
        "done": [item for item in chosen if item.done],
        "refused": [item for item in chosen if item.refused],
        "left_out": [item for item in chosen if item.left_out],
        "waiting": [item for item in chosen if not item.done],
    }
