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
from meetings.views.common import show_refusal, signed_in


@login_required
@require_http_methods(["GET", "POST"])
def board_settings(request: HttpRequest) -> HttpResponse:
    """The choices of the board of all centres and of each centre's; POST saves those of `centre` ('' for all)."""
    user = signed_in(request)
    require(user, "meetings.change_boardsettings")
    stored = {row.centre_id: row for row in BoardSettings.objects.all()}
    boards = [
        Board(centre, stored.get(centre.pk if centre else None) or BoardSettings(centre=centre))
        for centre in (None, *visible_centres(user))
    ]
    refused = False
    if request.method == "POST":
        key = request.POST.get("centre", "")
        board = next((board for board in boards if board.key == key), None)
        if board is None:
            messages.error(request, f"centre: {key!r} is not allowed; allowed: one of your centres.")
        elif _saved(request, board):
            messages.success(request, "The settings are saved; they hold from now on.")
            return redirect("meetings:settings")
        refused = True
    return render(request, "meetings/settings.html", {"boards": boards}, status=422 if refused else 200)


class Board:
    """One board on the page: its centre (None: all), the key that its form sends, and the form."""

    def __init__(self, centre: Centre | None, row: BoardSettings) -> None:
        self.centre, self.row = centre, row
        self.key = str(centre.pk) if centre else ""
        self.prefix = f"board-{self.key or 'all'}"
        self.form = BoardSettingsForm(instance=row, prefix=self.prefix)


def _saved(request: HttpRequest, board: Board) -> bool:
    board.form = BoardSettingsForm(request.POST, instance=board.row, prefix=board.prefix)
    if not board.form.is_valid():
        return False
    try:
        services.change_board_settings(by=signed_in(request), centre=board.centre, **board.form.given)
    except ValidationError as error:
        show_refusal(board.form, error)
        return False
    return True
