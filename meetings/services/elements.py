"""What becomes of the elements of a decision: done, changed or not done."""

import datetime

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.audit import audited
from accounts.models import User
from accounts.rules import require
from meetings.models import DecisionElement
from patients.wording import day

Result, Code = DecisionElement.Result, DecisionElement.ResultCode
BEFORE_MEETING = datetime.timedelta(days=31)
"""What was under way already may have been done so long before the meeting."""


def end_element(
    *,
    by: User,
    element: DecisionElement,
    result: str,
    on: datetime.date,
    code: str = "",
    reason: str = "",
    expected_result: str | None = None,
) -> DecisionElement:
    """Note that an element was done, changed or not done, on a day.

    `code` says why it was changed or not done, `reason` in words where the code is 'other' (else it may).
    `expected_result` is the result that the form was opened on: whoever comes second is told what the first
    did. Raises `PermissionDenied`, and `ValidationError` on `result`, `on`, `code`, `reason` or `element`.
    """
    require(by, "meetings.end_element", element)
    with audited(by=by, action="end element of decision"):
        row = (
            DecisionElement.objects.select_for_update(of=("self",))
            .select_related("decision__item__meeting")
            .get(pk=element.pk)
        )
        if expected_result is not None and row.result != expected_result:
            raise ValidationError({"element": [_ended_already(row)]})
        problems = _problems(row, result, on, code, reason.strip())
        if problems:
            raise ValidationError(problems)
        row.result, row.result_on = result, on
        row.result_code = "" if result == Result.DONE else code
        row.result_reason = reason.strip() or (Code(row.result_code).label if row.result_code else "")
        row.save()
    return row


def _ended_already(row: DecisionElement) -> str:
    if row.result == Result.OPEN:
        return f"“{row.detail}” is open again since this page was shown; allowed: look at it anew."
    return (
        f"“{row.detail}” was ended in between: {row.get_result_display().lower()} on {day(row.result_on)}"
        f"{f', {row.result_reason}' if row.result_reason else ''}. Allowed: look at it anew, then correct it."
    )


def _problems(
    row: DecisionElement, result: str, on: datetime.date, code: str, reason: str
) -> dict[str, list[str]]:
    problems: dict[str, list[str]] = {}
    results = [value for value in Result.values if value != Result.OPEN]
    if result not in results:
        problems["result"] = [_one_of(result, results)]
    first = timezone.localdate(row.decision.item.meeting.starts_at) - BEFORE_MEETING
    if not first <= on <= timezone.localdate():
        problems["on"] = [f"{on.isoformat()} is not allowed; allowed: from {first.isoformat()} to today."]
    if result in (Result.CHANGED, Result.NOT_DONE):
        if code not in Code.values:
            problems["code"] = [_one_of(code, Code.values)]
        elif code == Code.OTHER and not reason:
            problems["reason"] = ["A reason is needed with 'other'; allowed: a text of 1 to 200 characters."]
    if len(reason) > 200:
        problems["reason"] = [f"{len(reason)} characters; allowed: at most 200."]
    return problems


def _one_of(value: str, allowed: list[str]) -> str:
    if not value:
        return f"A choice is needed; allowed: one of {', '.join(allowed)}."
    return f"{value!r} is not allowed; allowed: one of {', '.join(allowed)}."
