"""The profiles of centres, and a new one."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from accounts.rules import require
from decisions.pages.profiles import profiles_page
from decisions.services import create_profile
from decisions.views.common import signed_in


@login_required
@require_GET
def profiles(request: HttpRequest) -> HttpResponse:
    """What each profile sets itself, and which centre follows which."""
    require(signed_in(request), "decisions.view_rulebook")
    return render(request, "decisions/rulebook/profiles.html", profiles_page())


class ProfileForm(forms.Form):
    """The name of a profile; what it sets is said by its drafts."""

    name = forms.CharField(
        label="Name", required=False, help_text="For example: National profile; Transplant centres"
    )
    code = forms.CharField(
        label="Code",
        required=False,
        help_text="Short, for addresses and files: letters, digits, hyphens",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    description = forms.CharField(
        label="Description", required=False, help_text="For whom it is, and why it differs"
    )


@login_required
@require_http_methods(["GET", "POST"])
def profile_new(request: HttpRequest) -> HttpResponse:
    """A new profile: it holds nowhere before a draft of it was approved."""
    user = signed_in(request)
    require(user, "decisions.draft_rulebook")
    form = ProfileForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            profile = create_profile(by=user, **form.cleaned_data)
        except ValidationError as error:
            for name, found in error.message_dict.items():
                form.add_error(name, found)
        else:
            messages.success(
                request,
                f"The profile “{profile}” is there. It holds nowhere before a draft of it is approved.",
            )
            return redirect("decisions:profiles")
    return render(
        request, "decisions/rulebook/profile_new.html", {"form": form}, status=422 if form.errors else 200
    )
