"""The rulebook to read: what is in force, by topic, with sources; nothing is changed here."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.rules import require
from decisions.engine.assess import ENGINE_VERSION
from decisions.engine.handbook import handbook as written
from decisions.models import RulebookVersion
from decisions.pages import rulebook_page as page
from decisions.rulebooks import current_rulebook, current_thresholds, thresholds_of
from decisions.views.common import signed_in


@login_required
@require_GET
def rulebook(request: HttpRequest) -> HttpResponse:
    """The thresholds, definitions and rules in force; `q` searches all of them, `topic` picks thresholds."""
    require(signed_in(request), "decisions.view_rulebook")
    query = " ".join(request.GET.get("q", "").split())
    words = query.split()
    in_force = current_rulebook()
    thresholds = thresholds_of(in_force)
    topics = page.topics(thresholds)
    topic = request.GET.get("topic", "")
    topic = topic if topic in {code for code, _, _ in topics} else ""
    groups = page.threshold_groups(thresholds, words=words, topic=topic)
    rules = page.rule_groups(thresholds, words)
    return render(
        request,
        "decisions/rulebook.html",
        {
            "query": query,
            "topic": topic,
            "topics": topics,
            "in_force": in_force,
            "versions": RulebookVersion.objects.select_related("created_by").order_by("-number"),
            "engine_version": ENGINE_VERSION,
            "total": len(thresholds.thresholds()),
            "groups": groups,
            "shown": sum(len(group["rows"]) for group in groups),
            "definitions": page.definition_rows(words),
            "rules": rules,
            "rules_shown": sum(len(group["rows"]) for group in rules),
            **page.library(words),
        },
    )


@login_required
@require_GET
def handbook(request: HttpRequest) -> HttpResponse:
    """The handbook under the rulebook in force, as Markdown."""
    require(signed_in(request), "decisions.view_rulebook")
    return HttpResponse(written(current_thresholds()), content_type="text/markdown; charset=utf-8")
