"""A mail server that writes down what it takes, and that can be down, refuse, or lose its sender."""

import smtplib
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone


@dataclass(frozen=True, slots=True)
class Taken:
    """A mail that has arrived."""

    key: str
    address: str
    subject: str
    day: str


class Server:
    """What the server is doing; `refuse` the next so many mails, for now."""

    down = False
    refuse = 0
    taken: list[Taken] = []
    refused = 0

    @classmethod
    def reset(cls) -> None:
        cls.down, cls.refuse, cls.refused, cls.taken = False, 0, 0, []


class SimulatedBackend(BaseEmailBackend):
    """Django's mail backend of the simulation."""

    def open(self) -> bool:
        if Server.down:
            Server.refused += 1
            raise ConnectionRefusedError("the mail server is down")
        return True

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        self.open()
        for message in email_messages:
            if Server.refuse:
                Server.refuse -= 1
                Server.refused += 1
                raise smtplib.SMTPDataError(451, b"try again later")
            Server.taken.append(
                Taken(
                    key=message.extra_headers.get("Message-ID", ""),
                    address=message.to[0],
                    subject=message.subject,
                    day=timezone.localdate().isoformat(),
                )
            )
        return len(email_messages)
