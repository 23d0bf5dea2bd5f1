"""What a board chooses for itself."""

from django.core.exceptions import ValidationError

from accounts.audit import audited
from accounts.models import Centre, User
from accounts.rules import require, sees_centre
from meetings.models import BoardSettings


def change_board_settings(
    *, by: User, centre: Centre | None, advice_after_vote: bool, confirm_without_discussion: bool
) -> BoardSettings:
    """Set the choices of one centre's board, or (`centre` None) of the board of all centres.

    Raises `PermissionDenied`, and `ValidationError` on `centre` when it is not one of the person's.
    """
    require(by, "meetings.change_boardsettings")
    if centre is not None and not sees_centre(by, centre.pk):
        raise ValidationError({"centre": [f"{centre} is not one of your centres; allowed: one of yours."]})
    with audited(by=by, action="change board settings"):
        row = BoardSettings.objects.select_for_update(of=("self",)).filter(centre=centre).first()
        row = row or BoardSettings(centre=centre)
        row.advice_after_vote = advice_after_vote
        row.confirm_without_discussion = confirm_without_discussion
        row.save()
    return row
