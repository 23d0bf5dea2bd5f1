"""What a board chooses for itself."""

from collections.abc import Mapping

from django.core.exceptions import ValidationError

from accounts.audit import audited
from accounts.models import Centre, User
from accounts.rules import require, sees_centre
from meetings.models import BoardSettings
from meetings.standard import HABITS, habits_of


def change_board_settings(
    *,
    by: User,
    centre: Centre | None,
    advice_after_vote: bool,
    confirm_without_discussion: bool,
    habits: Mapping[str, int] | None = None,
) -> BoardSettings:
    """Set the choices of one centre's board, or (`centre` None) of the board of all centres.

    `habits` are terms in days by name (`standard.HABITS`); those not named stay as they are. Raises
    `PermissionDenied`, and `ValidationError` on `centre` when it is not one of the person's, or by the name of a term.
    """
    require(by, "meetings.change_boardsettings")
    if centre is not None and not sees_centre(by, centre.pk):
        raise ValidationError({"centre": [f"{centre} is not one of your centres; allowed: one of yours."]})
    _check(habits or {})
    with audited(by=by, action="change board settings"):
        row = BoardSettings.objects.select_for_update(of=("self",)).filter(centre=centre).first()
        row = row or BoardSettings(centre=centre)
        row.advice_after_vote = advice_after_vote
        row.confirm_without_discussion = confirm_without_discussion
        terms = {**habits_of(row), **(habits or {})}
        # What the program offers is not stored: a board that chose nothing follows it.
        row.habits = {name: days for name, days in terms.items() if days != HABITS[name].days}
        row.save()
    return row


def _check(habits: Mapping[str, int]) -> None:
    problems: dict[str, list[str]] = {}
    for name, days in habits.items():
        habit = HABITS.get(name)
        if habit is None:
            problems[name] = [f"{name!r} is no term; allowed: {', '.join(HABITS)}."]
        elif isinstance(days, bool) or not isinstance(days, int) or not habit.least <= days <= habit.most:
            problems[name] = [f"{days} is not allowed; allowed: {habit.least} to {habit.most} days."]
    if problems:
        raise ValidationError(problems)
