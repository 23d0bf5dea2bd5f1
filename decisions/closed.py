"""Advice that a page keeps from a reader for the time being, because the rest of the program asks for it."""

from dataclasses import dataclass
from typing import Any

from accounts.models import User
from decisions.signals import advice_asked
from patients.models import Staging


@dataclass(frozen=True, slots=True)
class Closed:
    """`why` it is closed, in sentences; a POST to `address` opens it for the reader, and that is kept."""

    why: str
    address: str


def closed_for(user: User, staging: Staging) -> Closed | None:
    """What keeps the advice on `staging` from `user`; None when nothing does."""
    answers: list[tuple[Any, Any]] = advice_asked.send(sender=Staging, staging=staging, user=user)
    return next((closed for _, closed in answers if closed is not None), None)
