from django.http import Http404, HttpRequest, HttpResponse


def rulebook(request: HttpRequest) -> HttpResponse:
    raise Http404
