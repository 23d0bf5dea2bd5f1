"""What each board chooses for itself."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.models import Centre
from accounts.rules import require, visible_centres
from meetings import services
from meetings.forms.settings import BoardSettingsForm
from meetings.models import BoardSettings
from meetings.views.common import sentences, signed_in


@login_required
@require_http_methods(["GET", "POST"])
def board_settings(request: HttpRequest) -> HttpResponse:
    """The switches of the board of all centres and of each centre's; POST saves those of `centre` ('' for all)."""
    user = signed_in(request)
    require(user, "meetings.change_boardsettings")
    boards: list[Centre | None] = [None, *visible_centres(user)]
    refused = False
    if request.method == "POST":
        try:
            _save(request, boards)
        except ValidationError as error:
            refused = True
            for text in sentences(error):
                messages.error(request, text)
        else:
            messages.success(request, "The settings are saved; they hold from now on.")
            return redirect("meetings:settings")
    stored = {row.centre_id: row for row in BoardSettings.objects.all()}
    rows = []
    for centre in boards:
        key = centre.pk if centre else None
        row = stored.get(key) or BoardSettings(centre=centre)
        rows.append(
            {"centre": centre, "form": BoardSettingsForm(instance=row, prefix=f"board-{key or 'all'}")}
        )
    return render(request, "meetings/settings.html", {"boards": rows}, status=422 if refused else 200)


def _save(request: HttpRequest, boards: list[Centre | None]) -> None:
    key = request.POST.get("centre", "")
    centre = next((board for board in boards if board is not None and str(board.pk) == key), None)
    if key and centre is None:
        raise ValidationError({"centre": [f"{key!r} is not allowed; allowed: one of your centres."]})
    form = BoardSettingsForm(request.POST, prefix=f"board-{centre.pk if centre else 'all'}")
    form.is_valid()
    services.change_board_settings(by=signed_in(request), centre=centre, **form.cleaned_data)
