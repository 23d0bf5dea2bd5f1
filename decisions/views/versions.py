"""Single thresholds, versions of the rulebook, their files, and the re-assessments that followed them."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from accounts.rules import require
from decisions.engine.thresholds import default
from decisions.models import RulebookActivation, RulebookProfile, RulebookVersion
from decisions.pages.thresholds import threshold_page
from decisions.pages.versions import activation_page, all_versions, version_page, versus
from decisions.services import draft_from_set
from decisions.threshold_sets import LARGEST, near_names, set_text, too_large
from decisions.views.common import draft_address, signed_in


@login_required
@require_GET
def threshold(request: HttpRequest, name: str) -> HttpResponse:
    """Everything known of one threshold; a name that does not exist gets those that are most like it."""
    require(signed_in(request), "decisions.view_rulebook")
    if name not in default().numbers:
        near = [default().get(other) for other in near_names(name[:60])]
        return render(
            request, "decisions/rulebook/no_threshold.html", {"name": name[:60], "near": near}, status=404
        )
    return render(request, "decisions/rulebook/threshold_page.html", threshold_page(name))


@login_required
@require_GET
def version(request: HttpRequest, number: int) -> HttpResponse:
    """One version: its whole set, or with `?against=<number>` what it says otherwise than another."""
    require(signed_in(request), "decisions.view_rulebook")
    found, wanted = version_of(number), request.GET.get("against", "")
    other = version_of(wanted) if wanted else None
    context: dict[str, Any] = {
        **version_page(found),
        "others": [item for item in all_versions() if item.pk != found.pk],
        "against": other,
    }
    if other is not None:
        context["differing"] = versus(found, other)
        context["differences"] = sum(len(topic["rows"]) for topic in context["differing"])
    return render(request, "decisions/rulebook/version.html", context)


def version_of(number: int | str) -> RulebookVersion:
    """The version with this number; raises `Http404`."""
    versions = RulebookVersion.objects.select_related(
        "profile", "created_by", "draft__approved_by", "draft__author"
    )
    text = str(number)
    found = versions.filter(number=int(text)).first() if text.isdecimal() and len(text) < 10 else None
    if found is None:
        raise Http404(f"There is no version {text[:20]} of the rulebook.")
    return found


@login_required
@require_GET
def version_set(request: HttpRequest, number: int) -> HttpResponse:
    """The version as a file (`crlm-thresholds/1`)."""
    require(signed_in(request), "decisions.view_rulebook")
    answer = HttpResponse(set_text(version_of(number)), content_type="application/json; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="rulebook-{number}.json"'
    return answer


@login_required
@require_GET
def activation(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the re-assessment after a version is; asked again each second until it is over."""
    require(signed_in(request), "decisions.view_rulebook")
    activations = RulebookActivation.objects.select_related("version__profile", "by")
    context = activation_page(get_object_or_404(activations, pk=pk))
    part = "decisions/rulebook/activation_progress.html"
    whole = "decisions/rulebook/activation.html"
    return render(request, part if request.htmx else whole, context)  # type: ignore[attr-defined]


class SetForm(forms.Form):
    """A file, and the draft that it becomes."""

    file = forms.FileField(
        label="File",
        help_text=f"A set that was exported here or by another board, at most {LARGEST:,} bytes.",
    )
    title = forms.CharField(label="Title of the draft", required=False, max_length=120)
    profile = forms.ModelChoiceField(
        label="Draft for",
        queryset=RulebookProfile.objects.all(),
        required=False,
        empty_label="the board's own rulebook",
        to_field_name="code",
    )
    take = forms.ChoiceField(
        label="What is taken",
        choices=[
            ("all", "Every number of the file"),
            ("changes", "Only what the file's profile sets itself"),
        ],
        required=False,
        help_text="What the file does not name stays as it is in force.",
    )
    reason = forms.CharField(label="Reason", required=False, max_length=300)
    reference = forms.CharField(
        label="Reference", required=False, max_length=300, help_text="Where the set comes from."
    )

    def refuse(self, error: ValidationError) -> None:
        """Show what the service refused, each message at its field."""
        for name, found in error.message_dict.items():
            self.add_error(name if name in self.fields else "file", found)


@login_required
@require_http_methods(["GET", "POST"])
def set_import(request: HttpRequest) -> HttpResponse:
    """A set from a file becomes a draft; nothing holds before a second person has approved it."""
    user = signed_in(request)
    require(user, "decisions.draft_rulebook")
    posted = request.method == "POST"
    form = SetForm(
        request.POST if posted else None,
        request.FILES if posted else None,
        initial={"profile": request.GET.get("profile", "")},
    )
    if posted and form.is_valid():
        chosen = form.cleaned_data
        try:
            if chosen["file"].size > LARGEST:
                raise too_large(chosen["file"].size)
            draft = draft_from_set(
                by=user,
                content=chosen["file"].read(),
                title=chosen["title"],
                profile=chosen["profile"],
                only_changes=chosen["take"] == "changes",
                reason=chosen["reason"],
                reference=chosen["reference"],
            )
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"The file is in the draft “{draft.title}”. Nothing of it holds yet.")
            return redirect(draft_address(draft.pk))
    return render(
        request, "decisions/rulebook/set_import.html", {"form": form}, status=422 if form.errors else 200
    )
