"""What the views of meetings share."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest

from accounts.models import User


def signed_in(request: HttpRequest) -> User:
    """The user behind a request that `login_required` let through."""
    assert isinstance(request.user, User)
    return request.user


def sentences(error: ValidationError) -> list[str]:
    """Every message of a refusal, without the names of fields."""
    if hasattr(error, "error_dict"):
        return [message for messages in error.message_dict.values() for message in messages]
    return list(error.messages)


def show_refusal(form: Any, error: ValidationError) -> None:
    """Put a service's messages beside the inputs that they are about; the others above the form."""
    for name, messages in error.message_dict.items():
        form.add_error(name if name in form.fields else None, messages)
