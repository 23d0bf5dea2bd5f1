"""What every page needs to know about the installation."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def installation(request: HttpRequest) -> dict[str, Any]:
    """`demo`: this is a demonstration with invented patients; `demo_password` only then."""
    return {"demo": settings.DEMO, "demo_password": settings.DEMO_PASSWORD if settings.DEMO else ""}
