"""`/metrics`: the board's state for a monitor, in the text format of Prometheus."""

import ipaddress

from django.conf import settings
from django.db import Error
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from meetings.metrics import REGISTRY


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """The metrics, for whoever sends METRICS_TOKEN as bearer; without a token, for this machine only.

    401 for a wrong token. Without a token in the settings, 404 for any request that did not begin here: one
    from another address, or one that a proxy has passed on. 503 when the database does not answer.
    """
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        if not constant_time_compare(given, f"Bearer {settings.METRICS_TOKEN}"):
            return HttpResponse(
                "A bearer token is needed.\n",
                status=401,
                content_type="text/plain; charset=utf-8",
                headers={"WWW-Authenticate": 'Bearer realm="metrics"'},
            )
    elif not _from_here(request):
        raise Http404
    try:
        body = generate_latest(REGISTRY)
    except Error:
        text = "The database does not answer.\n"
        return HttpResponse(text, status=503, content_type="text/plain; charset=utf-8")
    return HttpResponse(body, content_type=CONTENT_TYPE_LATEST)


def _from_here(request: HttpRequest) -> bool:
    """True for a request of this machine itself; behind a proxy every address is this machine's."""
    passed_on = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    if passed_on or settings.SECURE_PROXY_SSL_HEADER:
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
