"""The rulebook to read: what is in force, by topic, with sources, its history, and the drafts that are open."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.models import Centre
from accounts.rules import require
from decisions.engine.assess import ENGINE_VERSION
from decisions.engine.handbook import handbook as written
from decisions.models import RulebookProfile, RulebookVersion
from decisions.pages import rulebook_page as page
from decisions.pages.drafts import open_drafts
from decisions.pages.rulebook_history import history_rows, last_changes
from decisions.rulebooks import InForce, current_thresholds, thresholds_of
from decisions.views.common import signed_in


@login_required
@require_GET
def rulebook(request: HttpRequest) -> HttpResponse:
    """The thresholds, definitions and rules in force; `q` searches all of them, `topic` picks thresholds.

    `profile` shows the numbers of that profile, with what it sets itself marked.
    """
    user = signed_in(request)
    require(user, "decisions.view_rulebook")
    query = " ".join(request.GET.get("q", "").split())
    words = query.split()
    held = InForce()
    profile = RulebookProfile.objects.filter(code=request.GET.get("profile", "")).first()
    in_force = next((item for item in held.versions if profile and item.profile_id == profile.pk), held.board)
    thresholds = thresholds_of(in_force)
    topics = page.topics(thresholds)
    topic = request.GET.get("topic", "")
    topic = topic if topic in {code for code, _, _ in topics} else ""
    versions = list(RulebookVersion.objects.select_related("created_by", "profile").order_by("number"))
    groups = page.threshold_groups(thresholds, words=words, topic=topic)
    last = last_changes(version for version in versions if version.profile_id == in_force.profile_id)
    for row in (row for group in groups for row in group["rows"]):
        row["last"] = last.get(row["name"])
        row["own"] = in_force.profile_id is not None and row["name"] in in_force.changes
    rules = page.rule_groups(thresholds, words)
    drafts = open_drafts(user)
    return render(
        request,
        "decisions/rulebook.html",
        {
            "query": query,
            "topic": topic,
            "topics": topics,
            "in_force": in_force,
            "profile": profile,
            "profile_silent": profile is not None and in_force.profile_id is None,
            "profiles": RulebookProfile.objects.order_by("name"),
            "followers": Centre.objects.filter(pk__in=held.followers(in_force)).order_by("name"),
            "own": len(in_force.changes) if in_force.profile_id else 0,
            "history": history_rows(versions, held),
            "drafts": drafts,
            "waiting": sum(item["for_me"] for item in drafts),
            "may_draft": user.has_perm("decisions.draft_rulebook"),
            "may_approve": user.has_perm("decisions.approve_rulebook"),
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
