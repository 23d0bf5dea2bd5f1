"""Errors of the API as `application/problem+json` (RFC 9457)."""

from typing import Any

from django.core.exceptions import ValidationError
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.serializers import as_serializer_error
from rest_framework.views import exception_handler


def _flat(detail: Any, path: str = "") -> list[dict[str, Any]]:
    if isinstance(detail, dict):
        return [
            error
            for key, value in detail.items()
            for error in _flat(value, path if key == "non_field_errors" else f"{path}.{key}".lstrip("."))
        ]
    if isinstance(detail, list):
        if all(isinstance(item, str) for item in detail):
            return [{"path": path, "value": None, "message": str(item)} for item in detail]
        return [error for index, item in enumerate(detail) for error in _flat(item, f"{path}[{index}]")]
    return [{"path": path, "value": None, "message": str(detail)}]


def problem(status: int, title: str, errors: list[dict[str, Any]] | None = None) -> Response:
    """A problem document. `errors`: a list of `{path, value, message}`."""
    body = {"type": "about:blank", "title": title, "status": status, "errors": errors or []}
    return Response(body, status=status, content_type="application/problem+json")


def problem_json(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler; Django's `ValidationError` is the client's error too.

    An error that carries `problems` (a list of `{path, value, message}`) is shown with them.
    """
    if isinstance(error, ValidationError):
        error = exceptions.ValidationError(as_serializer_error(error))
    response = exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, exceptions.ValidationError):
        errors = getattr(error, "problems", None) or _flat(error.detail)
        answer = problem(response.status_code, "The request is not valid.", errors)
    else:
        detail = getattr(error, "detail", None) or str(error)
        answer = problem(response.status_code, str(detail))
    for key, value in response.headers.items():
        if key != "Content-Type":
            answer.headers[key] = value
    return answer
