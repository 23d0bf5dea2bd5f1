"""Drafts of the rulebook: begin one, edit it, have it approved; every write is a service."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.models import Centre, User
from accounts.rules import require
from decisions import services
from decisions.models import RulebookDraft, RulebookProfile, RulebookVersion
from decisions.pages import draft_approval as approval
from decisions.pages import drafts as page
from decisions.pages.impact_page import Asked, impact_context
from decisions.rulebooks import thresholds_of
from decisions.views.common import signed_in
from patients.wording import day

State = RulebookDraft.State
Errors = Mapping[str, Sequence[str]]


def get_draft(request: HttpRequest, pk: int) -> RulebookDraft:
    """The draft, for anybody who may read the rulebook. Raises `Http404`, `PermissionDenied`."""
    require(signed_in(request), "decisions.view_rulebook")
    drafts = RulebookDraft.objects.select_related("base", "profile", "author", "approved_by", "version")
    return get_object_or_404(drafts, pk=pk)


# ------------------------------------------------------------------------------------------------------ a new one
@login_required
def draft_new(request: HttpRequest) -> HttpResponse:
    """Begin a draft: title, layer and day; `?threshold=` is changed first, `?back_to=` rolls back to that version."""
    user = signed_in(request)
    require(user, "decisions.draft_rulebook")
    number = request.GET.get("back_to", "")
    if number:
        return _roll_back(request, user, number)
    threshold = request.GET.get("threshold", "")
    typed = {
        "title": request.POST.get("title", ""),
        "layer": request.POST.get("layer", request.GET.get("profile", "")),
        "holds_from": request.POST.get("holds_from", timezone.localdate().isoformat()),
    }
    errors: Errors = {}
    if request.method == "POST":
        profile = RulebookProfile.objects.filter(code=typed["layer"]).first()
        holds_from = page.Typed(holds_from=typed["holds_from"]).day
        try:
            if typed["layer"] and profile is None:
                raise ValidationError(
                    {"layer": [f"layer: {typed['layer']!r} is no profile; allowed: one of the list."]}
                )
            if holds_from is None:
                raise ValidationError(
                    {"holds_from": ["holds_from: no date given; allowed: a date, such as 2026-05-01."]}
                )
            draft = services.start_draft(
                by=user, title=typed["title"], holds_from=holds_from, profile=profile
            )
        except ValidationError as error:
            errors = error.message_dict
        else:
            answer = redirect("decisions:draft", draft.pk)
            if threshold:
                answer["Location"] += f"?threshold={threshold}"
            return answer
    context = {
        **typed,
        "threshold": threshold,
        "layers": page.layer_choices(),
        "errors": {name: " ".join(texts) for name, texts in errors.items()},
        "problems": _problems(errors),
    }
    return render(request, "decisions/rulebook/draft_new.html", context, status=422 if errors else 200)


def _roll_back(request: HttpRequest, user: User, number: str) -> HttpResponse:
    version = get_object_or_404(
        RulebookVersion.objects.select_related("profile"), number=int(number) if number.isdigit() else 0
    )
    errors: Errors = {}
    reason = request.POST.get("reason", "")
    if request.method == "POST":
        try:
            draft = services.draft_roll_back(by=user, version=version, reason=reason)
        except ValidationError as error:
            errors = error.message_dict
        else:
            messages.success(request, f"The draft returns to the numbers of version {version.number}.")
            return redirect("decisions:draft", draft.pk)
    context = {
        "version": version,
        "reason": reason,
        "errors": {name: " ".join(texts) for name, texts in errors.items()},
        "problems": _problems(errors),
    }
    return render(request, "decisions/rulebook/roll_back.html", context, status=422 if errors else 200)


# ------------------------------------------------------------------------------------------------------- the page
@login_required
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """The workbench of one draft. A post does one `action`; what was typed is never lost over an error."""
    found = get_draft(request, pk)
    if request.method != "POST":
        return _page(request, found)
    name = request.POST.get("add") or request.POST.get("remove")
    if name:
        return _rows_changed(request, found, name)
    action = ACTIONS.get(request.POST.get("action", ""))
    if action is None:
        raise Http404("There is no such action.")
    try:
        said = action(request, signed_in(request), found, _revision(request))
    except ValidationError as error:
        return _refused(request, pk, error.message_dict)
    messages.success(request, said)
    return redirect("decisions:draft", pk)


def _revision(request: HttpRequest) -> int:
    text = request.POST.get("revision", "")
    return int(text) if text.isdigit() else 0


def _save(request: HttpRequest, user: User, draft: RulebookDraft, revision: int) -> str:
    services.save_draft(by=user, draft=draft, revision=revision, **_form(request))
    return "The draft is saved."


def _submit(request: HttpRequest, user: User, draft: RulebookDraft, revision: int) -> str:
    services.save_and_submit(
        by=user,
        draft=draft,
        revision=revision,
        comment=request.POST.get("comment", ""),
        **_form(request),
    )
    return "The draft is sent for approval. Nothing of it changes until a second person has looked at it."


def _form(request: HttpRequest) -> dict[str, Any]:
    typed = page.typed_of(request.POST)
    return {
        "title": typed.title,
        "holds_from": typed.day,
        "centres": typed.centres,
        "changes": typed.changes,
    }


def _withdraw(request: HttpRequest, user: User, draft: RulebookDraft, revision: int) -> str:
    services.withdraw_draft(
        by=user, draft=draft, revision=revision, comment=request.POST.get("withdraw_comment", "")
    )
    return "The draft is withdrawn; its trail stays."


def _rebase(request: HttpRequest, user: User, draft: RulebookDraft, revision: int) -> str:
    done = services.rebase_draft(by=user, draft=draft, revision=revision)
    return f"The draft stands on version {done.base.number} now."


def _send_back(request: HttpRequest, user: User, draft: RulebookDraft, revision: int) -> str:
    services.send_back(by=user, draft=draft, revision=revision, comment=request.POST.get("back_comment", ""))
    return f"The draft went back to {draft.author} with your comment."


def _approve(request: HttpRequest, user: User, draft: RulebookDraft, revision: int) -> str:
    done = services.approve_draft(
        by=user,
        draft=draft,
        revision=revision,
        typed=_confirmed(request),
        comment=request.POST.get("approve_comment", ""),
    )
    if done.version is None:
        return f"Approved. It comes into force on {day(done.holds_from)}."
    return f"Approved, and in force as version {done.version.number}. Open cases are assessed again."


def _confirmed(request: HttpRequest) -> dict[str, str]:
    return {
        key.removeprefix("confirm-"): text
        for key, text in request.POST.items()
        if key.startswith("confirm-") and isinstance(text, str)
    }


ACTIONS: Mapping[str, Callable[[HttpRequest, User, RulebookDraft, int], str]] = {
    "save": _save,
    "submit": _submit,
    "withdraw": _withdraw,
    "rebase": _rebase,
    "send_back": _send_back,
    "approve": _approve,
}


def _rows_changed(request: HttpRequest, draft: RulebookDraft, name: str) -> HttpResponse:
    """One more threshold in the form, or one less; nothing is saved by that."""
    typed = page.typed_of(request.POST)
    base = thresholds_of(draft.base)
    if request.POST.get("remove"):
        typed.rows.pop(name, None)
    elif name in base.numbers:
        typed.rows.setdefault(name, page.blank_row(base, name))
    if request.htmx:  # type: ignore[attr-defined]
        context = _context(request, draft, typed, {}, revision=_revision(request))
        context |= {"changed_row": name, "swapped": True}
        answer = render(request, "decisions/rulebook/draft_form.html", context)
        answer["HX-Trigger-After-Swap"] = "draft:rows"
        return answer
    return _page(request, draft, typed=typed, revision=_revision(request))


def _refused(request: HttpRequest, pk: int, errors: Errors) -> HttpResponse:
    """The page as it is saved now, with what was typed and what is wrong with it."""
    draft = get_draft(request, pk)
    if "comment" in errors:
        place = {"withdraw": "withdraw_comment", "send_back": "back_comment"}
        named = place.get(request.POST.get("action", ""), "comment")
        errors = {named if name == "comment" else name: texts for name, texts in errors.items()}
    typed = page.typed_of(request.POST) if "title" in request.POST else None
    return _page(request, draft, typed=typed, errors=errors, status=422)


def _page(
    request: HttpRequest,
    draft: RulebookDraft,
    *,
    typed: page.Typed | None = None,
    errors: Errors | None = None,
    revision: int | None = None,
    status: int = 200,
) -> HttpResponse:
    form = typed or page.saved_form(draft, request.GET.getlist("threshold"))
    if request.htmx and request.htmx.target == "threshold-list":  # type: ignore[attr-defined]
        if request.GET.get("live"):
            form = page.typed_of(request.GET)
        context = _context(request, draft, form, {}, revision=revision)
        return render(request, "decisions/rulebook/threshold_list.html", context)
    context = _context(request, draft, form, errors or {}, revision=revision)
    context |= _impact(request, draft, typed)
    return render(request, "decisions/rulebook/draft.html", context, status=status)


def _impact(request: HttpRequest, draft: RulebookDraft, typed: page.Typed | None) -> dict[str, Any]:
    """The impact of the saved draft, or of the numbers in a form that could not be saved; a look is kept."""
    if draft.state not in page.OPEN_STATES:
        return {"closed": True, "trail": approval.trail_rows(draft)}
    from decisions.views.impact import note, unsaved

    user = signed_in(request)
    asked = unsaved(draft, typed) if typed is not None and draft.state == State.DRAFT else Asked(draft)
    context = impact_context(asked, user)
    note(user, asked, context)
    return context


def _context(
    request: HttpRequest, draft: RulebookDraft, typed: page.Typed, errors: Errors, *, revision: int | None
) -> dict[str, Any]:
    user = signed_in(request)
    author = user.pk == draft.author_id and user.has_perm("decisions.draft_rulebook")
    approver = user.has_perm("decisions.approve_rulebook")
    is_open = draft.state in page.OPEN_STATES
    between = approval.in_between(draft)
    post = request.POST
    listed = post if "topic" in post else request.GET
    return {
        "draft": draft,
        "form": typed,
        "revision": draft.revision if revision is None else revision,
        "editable": author and draft.state == State.DRAFT,
        "author": author,
        "rows": page.form_rows(draft, typed, errors, fresh="revision" not in errors),
        "changes": page.read_only_rows(draft),
        "centres": page.centre_choices(draft, typed.centres),
        "following": Centre.objects.filter(pk__in=draft.centres).order_by("name"),
        "errors": {name: " ".join(texts) for name, texts in errors.items()},
        "problems": _problems(errors),
        "between": between,
        "newer": between[-1]["version"] if between else None,
        "may_rebase": author and is_open and bool(between),
        "may_withdraw": is_open and (author or approver),
        "may_send_back": approver and not author and draft.state in (State.SUBMITTED, State.APPROVED),
        "may_approve": approver and not author and draft.state == State.SUBMITTED and not between,
        "own_approver": approver and author and draft.state == State.SUBMITTED,
        "confirmations": approval.confirmations(draft, _confirmed(request), errors),
        "comments": {
            name: post.get(name, "")
            for name in ("withdraw_comment", "back_comment", "approve_comment", "comment")
        },
        "steps": approval.approval_steps(draft),
        "agreement_url": _address("meetings:draft_agreement", draft.pk),
        "beside": page.beside(
            draft,
            typed,
            query=" ".join(listed.get("q", "").split()),
            topic=listed.get("topic", ""),
        ),
    }


def _address(name: str, pk: int) -> str:
    """The address of a page of an app above this one; '' while there is none."""
    try:
        return reverse(name, args=[pk])
    except NoReverseMatch:
        return ""


def _problems(errors: Errors) -> list[dict[str, str]]:
    """For the error summary: each message linked to its input."""
    found = []
    for name, texts in errors.items():
        threshold, _, part = name.rpartition(".")
        place = (
            f"{part}-{threshold}"
            if threshold
            else FIELDS.get(name, f"confirm-{name}" if name.isupper() else "")
        )
        found += [{"field": place, "message": text} for text in texts]
    return found


FIELDS = {
    name: name
    for name in ("title", "holds_from", "layer", "reason", "comment", "withdraw_comment", "back_comment")
}
"""The inputs of fields that are not those of one threshold."""


@login_required
@require_GET
def trail(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole way of a draft, to be printed for an audit."""
    found = get_draft(request, pk)
    context = {
        "draft": found,
        "trail": approval.trail_rows(found),
        "changes": page.read_only_rows(found),
        "following": Centre.objects.filter(pk__in=found.centres).order_by("name"),
        "printed": timezone.now(),
    }
    return render(request, "decisions/rulebook/trail.html", context)
