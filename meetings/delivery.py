"""Handing a mail to the mail server, and what its errors mean: not sent, or not known whether sent."""

import smtplib
import socket
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection

from meetings.models import Notice


class NotSentError(Exception):
    """The mail has certainly not left. `final`: trying again would not help. The text is for people."""

    def __init__(self, words: str, *, final: bool = False) -> None:
        super().__init__(words)
        self.final = final


class UnclearError(Exception):
    """The mail was handed over, and nobody said whether it was taken. The text is for people."""


def message_id(notice: Notice) -> str:
    """The same for the same notice, however often it is sent: mail programs show such mails once."""
    host = settings.SITE_URL.partition("://")[2].partition(":")[0].strip("[]") or "localhost"
    return f"<{notice.key.replace(':', '.')}@{host}>"


def open_connection() -> Any:
    """A connection to the mail server. Raises `NotSentError`."""
    connection = get_connection()
    try:
        connection.open()
    except Exception as error:
        # Nothing was handed over yet, whatever went wrong.
        raise NotSentError(_in_words(error)) from error
    return connection


def hand_over(notice: Notice, connection: Any) -> None:
    """Send one mail. Raises `NotSentError` when the server refused it, `UnclearError` when it went silent."""
    message = EmailMultiAlternatives(
        subject=notice.subject,
        body=notice.text,
        to=[notice.address],
        headers={
            "Message-ID": message_id(notice),
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
        },
        connection=connection,
    )
    message.attach_alternative(notice.html, "text/html")
    try:
        taken = connection.send_messages([message])
    except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused, ConnectionRefusedError) as error:
        raise NotSentError(_in_words(error), final=_is_final(error)) from error
    except socket.gaierror as error:
        raise NotSentError(_in_words(error)) from error
    except ValueError as error:
        # The mail could not even be put together, such as from an address that is none.
        raise NotSentError(_in_words(error), final=True) from error
    except Exception as error:
        raise UnclearError(f"{_in_words(error)} Whether the mail had left is not known.") from error
    if not taken:
        raise NotSentError("The mail server took no mail.")


def _is_final(error: Exception) -> bool:
    """A refusal with a code of 500 and more of this address or this mail; not of our own login."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500


def _in_words(error: Exception) -> str:
    match error:
        case smtplib.SMTPRecipientsRefused():
            refusals = "; ".join(f"{code} {_text(reason)}" for code, reason in error.recipients.values())
            return f"The mail server refused the address ({refusals})."
        case smtplib.SMTPAuthenticationError():
            return f"The mail server refused our login ({error.smtp_code})."
        case smtplib.SMTPResponseException():
            return f"The mail server refused the mail ({error.smtp_code} {_text(error.smtp_error)})."
        case smtplib.SMTPServerDisconnected():
            return "The mail server closed the connection."
        case ConnectionRefusedError():
            return "The mail server does not answer (connection refused)."
        case TimeoutError():
            return "The mail server did not answer in time."
        case socket.gaierror():
            return "The mail server is not found by its name."
        case _:
            return f"The mail could not be sent ({type(error).__name__}: {error})."


def _text(reason: bytes | str) -> str:
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else reason
