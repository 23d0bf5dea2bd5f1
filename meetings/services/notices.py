"""Every write of notices: written once, claimed before they are sent, recorded after; and what people choose.

What the program does by itself is attributed to nobody: the audit names the action and the source 'task'.
"""

import datetime
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pghistory
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.audit import audited
from accounts.models import Role, User
from accounts.rules import require, sees_centre, visible_centres
from meetings.digests import Mail
from meetings.models import Notice, NoticePreference, Reassessment
from meetings.recipients import (
    Reader,
    absences_between,
    daily_coordinators,
    stale_from,
    why_not_cover,
)
from patients.wording import day as in_words

State = Notice.State
MAX_ATTEMPTS = 16
"""With the pauses below: a good half day."""
FIRST_PAUSE, LONGEST_PAUSE = datetime.timedelta(minutes=1), datetime.timedelta(hours=1)
CLAIM_LASTS = datetime.timedelta(minutes=10)
"""Longer than a task may run: whoever claimed a notice earlier than this and has not recorded it is dead."""
NO_ADDRESS = "No mail address is known; an administrator can add one."
DIED = "The sender stopped before it could say whether the mail had left."


@contextmanager
def _by_itself(action: str) -> Iterator[None]:
    with pghistory.context(action=action, source="task"), transaction.atomic():
        yield


# ----------------------------------------------------------------------------------------------- writing
def write_notice(
    *,
    kind: str,
    person: User,
    reader: Reader,
    day: datetime.date,
    mail: Mail,
    now: datetime.datetime,
    key: str | None = None,
) -> bool:
    """Write the notice of this person and day, unless it is written; True when it was. Safe to run twice, or at once.

    The reader has a mail address: those who have none are a finding (`notice_findings`), not a failure each day.
    `key`: another one than that of the person's day, where there may be several a day. An escalation marks its
    reassessments as told in the same transaction.
    """
    with _by_itself("write notice"):
        _, created = Notice.objects.get_or_create(
            key=key or key_of(kind, person, day),
            defaults={
                "kind": kind,
                "recipient": reader.user,
                "stands_in_for": reader.stands_in_for,
                "day": day,
                "address": reader.user.email,
                "subject": mail.subject,
                "text": mail.text,
                "html": mail.html,
                "contents": mail.contents,
                "next_attempt_at": now,
                "state": State.WAITING,
            },
        )
        if created and kind == Notice.Kind.ESCALATION:
            told = Reassessment.objects.filter(
                pk__in=mail.contents["reassessments"], ended_at__isnull=True, escalated_at__isnull=True
            )
            told.update(escalated_at=now)
    return created


def key_of(kind: str, person: User, day: datetime.date) -> str:
    """'digest:7:2026-11-25': one notice of a kind, for a person, a day."""
    return f"{kind}:{person.pk}:{day.isoformat()}"


def forget_escalations(*, still_late: list[int]) -> int:
    """Forget that the chair was told of reassessments that are not long overdue any more (primary keys of
    those that are): something changed, and should they become so again the chair is told again.
    """
    with _by_itself("escalation over"):
        over = Reassessment.objects.filter(escalated_at__isnull=False, ended_at__isnull=True)
        return over.exclude(pk__in=still_late).update(escalated_at=None)


# ----------------------------------------------------------------------------------------------- sending
def mark_unclear(*, now: datetime.datetime) -> int:
    """Claims whose sender died: whether the mail left is not known, and only a person sends it again."""
    with _by_itself("lose sight of notice"):
        dead = Notice.objects.filter(state=State.SENDING, claimed_at__lt=now - CLAIM_LASTS)
        return dead.update(state=State.UNCLEAR, error=DIED)


def supersede(*, now: datetime.datetime) -> int:
    """Give up what waits from an earlier working day: today's notice stands for it, and no flood follows an outage.

    What a person asked to send again is left alone.
    """
    waiting = Notice.objects.filter(state=State.WAITING, day__lt=timezone.localdate(now))
    old = [notice for notice in waiting.exclude(contents__has_key="again") if now >= stale_from(notice.day)]
    count = 0
    for notice in old:
        why = f" Last error: {notice.error}" if notice.error else ""
        words = f"Not sent in time; what is still open stands in the next notice.{why}"
        with _by_itself("supersede notice"):
            count += Notice.objects.filter(pk=notice.pk, state=State.WAITING).update(
                state=State.FAILED, error=_short(words)
            )
    return count


def claim(*, notice_id: int, now: datetime.datetime) -> Notice | None:
    """Take a waiting notice to send it, by compare-and-set; None when somebody else has it, or it is not its time."""
    with _by_itself("claim notice"):
        taken = Notice.objects.filter(pk=notice_id, state=State.WAITING, next_attempt_at__lte=now).update(
            state=State.SENDING, claimed_at=now, attempts=F("attempts") + 1
        )
    return Notice.objects.select_related("recipient").get(pk=notice_id) if taken else None


def _record(notice: Notice, action: str, **changes: Any) -> bool:
    """Store what became of a claim. One that was declared unclear meanwhile is cleared up; a newer claim is not."""
    with _by_itself(action):
        mine = Notice.objects.filter(
            pk=notice.pk,
            claimed_at=notice.claimed_at,
            attempts=notice.attempts,
            state__in=(State.SENDING, State.UNCLEAR),
        )
        return bool(mine.update(**changes))


def record_sent(*, notice: Notice, now: datetime.datetime) -> bool:
    """The mail has left."""
    return _record(notice, "send notice", state=State.SENT, sent_at=now, error="")


def record_unclear(*, notice: Notice, words: str) -> bool:
    """The mail may have left: nobody answered after it was handed over."""
    return _record(notice, "lose sight of notice", state=State.UNCLEAR, error=_short(words))


def record_failure(*, notice: Notice, words: str, final: bool, now: datetime.datetime) -> bool:
    """The mail has not left. Returns True when it will be tried again."""
    changes = _next_step(notice.attempts, words, final=final, now=now)
    _record(notice, "fail to send notice", **changes)
    return bool(changes["state"] == State.WAITING)


def put_off(*, notice_ids: list[int], words: str, now: datetime.datetime) -> dict[str, int]:
    """The mail server did not answer: each of these has had one attempt. Counts `put_off` and `failed`."""
    counts = {"put_off": 0, "failed": 0}
    for notice in Notice.objects.filter(pk__in=notice_ids, state=State.WAITING):
        changes = _next_step(notice.attempts + 1, words, final=False, now=now)
        with _by_itself("put off notice"):
            mine = Notice.objects.filter(pk=notice.pk, state=State.WAITING, attempts=notice.attempts)
            done = mine.update(attempts=notice.attempts + 1, **changes)
        counts["put_off" if changes["state"] == State.WAITING else "failed"] += done
    return counts


def _next_step(attempts: int, words: str, *, final: bool, now: datetime.datetime) -> dict[str, Any]:
    if final or attempts >= MAX_ATTEMPTS:
        given_up = "" if final else f" Given up after {attempts} attempts."
        return {"state": State.FAILED, "error": _short(words, given_up)}
    pause = min(FIRST_PAUSE * 2 ** (attempts - 1), LONGEST_PAUSE)
    # Spread, so that what failed together does not come back together.
    spread = pause * random.uniform(0.75, 1.25)  # noqa: S311
    return {"state": State.WAITING, "next_attempt_at": now + spread, "error": _short(words)}


def _short(words: str, ending: str = "") -> str:
    """Within the column, the ending kept."""
    room = 300 - len(ending)
    return (words if len(words) <= room else f"{words[: room - 1]}…") + ending


# ---------------------------------------------------------------------------------------- what people do
def send_again(*, by: User, notice: Notice) -> Notice:
    """Let a notice that failed, or of which nobody knows whether it left, be sent once more, as it was written.

    Raises `PermissionDenied`, and `ValidationError` on `notice` when it waits or was sent, or when its recipient
    cannot be reached.
    """
    require(by, "meetings.send_notice")
    with audited(by=by, action="send notice again"):
        row = Notice.objects.select_for_update(of=("self",)).select_related("recipient").get(pk=notice.pk)
        if row.state not in (State.FAILED, State.UNCLEAR):
            raise ValidationError({"notice": [_as_it_is(row)]})
        if not row.recipient.is_active:
            raise ValidationError(
                {"notice": [f"The account of {row.recipient} is closed; allowed: people of the board."]}
            )
        if not row.recipient.email:
            raise ValidationError({"notice": [f"{row.recipient}: {NO_ADDRESS}"]})
        now = timezone.now()
        row.address, row.state, row.attempts, row.error = row.recipient.email, State.WAITING, 0, ""
        row.next_attempt_at, row.claimed_at = now, None
        row.contents = {**row.contents, "again": {"by": by.pk, "at": now.isoformat()}}
        row.save()
    return row


def _as_it_is(row: Notice) -> str:
    if row.sent_at is not None:
        local = timezone.localtime(row.sent_at)
        what = f"was sent on {in_words(local)} at {local:%H:%M}"
    else:
        what = "is being sent" if row.state == State.SENDING else "waits to be sent"
    return f"This notice {what}; allowed: one that failed, or of which it is not known whether it was sent."


def save_preference(
    *,
    by: User,
    digest: str,
    away_from: datetime.date | None = None,
    away_until: datetime.date | None = None,
    cover: User | None = None,
) -> NoticePreference:
    """What `by` wants to be sent, and who reads it while they are away (all three of the absence, or none).

    Raises `PermissionDenied` for those who may not read records, and `ValidationError` on `digest`, `away_from`,
    `away_until` or `cover`.
    """
    require(by, "patients.view_patient")
    if digest not in NoticePreference.Digest.values:
        allowed = ", ".join(NoticePreference.Digest.values)
        raise ValidationError({"digest": [f"{digest} is not allowed; allowed: {allowed}."]})
    _check_absence(by, away_from, away_until, cover)
    chosen: dict[str, Any] = {
        "digest": digest,
        "away_from": away_from,
        "away_until": away_until,
        "cover": cover,
    }
    with audited(by=by, action="choose notices"):
        if digest != NoticePreference.Digest.DAILY:
            _keep_one_daily(by)
        preference, _ = NoticePreference.objects.update_or_create(user=by, defaults=chosen)
    return preference


def _keep_one_daily(by: User) -> None:
    """Of each centre at least one coordinator gets the daily digest; of two who leave at once the second is told."""
    if not by.has_role(Role.COORDINATOR):
        return
    # Held until the end: two who choose at the same moment do so one after the other.
    list(User.objects.select_for_update().filter(roles__contains=[str(Role.COORDINATOR)]).order_by("pk"))
    others = [person for person in daily_coordinators() if person.pk != by.pk]
    alone = [
        centre.name
        for centre in visible_centres(by)
        if not any(sees_centre(person, centre.pk) for person in others)
    ]
    if alone:
        raise ValidationError(
            {
                "digest": [
                    f"No other coordinator of {', '.join(alone)} gets the digest every working day; allowed: daily, "
                    "until another coordinator of that centre, with a mail address, has chosen daily."
                ]
            }
        )


def _check_absence(
    by: User, first: datetime.date | None, last: datetime.date | None, cover: User | None
) -> None:
    given = {"away_from": first, "away_until": last, "cover": cover}
    lacking = [name for name, value in given.items() if value is None]
    if len(lacking) == len(given):
        return
    if lacking:
        words = "Missing; allowed: the first day, the last day and the cover together, or none of the three."
        raise ValidationError({name: [words] for name in lacking})
    assert first is not None
    assert last is not None
    assert cover is not None
    today = timezone.localdate()
    problems: dict[str, list[str]] = {}
    if last < first:
        problems["away_until"] = [f"{last} is before {first}; allowed: from {first} on."]
    elif last < today:
        problems["away_until"] = [f"{last} is past; allowed: from {today} on."]
    why = why_not_cover(cover, by)
    if why:
        problems["cover"] = [
            f"{cover} is not allowed, {why}; allowed: another member who sees your patients."
        ]
    elif not problems:
        problems |= _away_too(cover, first, last)
    if problems:
        raise ValidationError(problems)


def _away_too(cover: User, first: datetime.date, last: datetime.date) -> dict[str, list[str]]:
    for absence in absences_between(first, last):
        if absence.user_id == cover.pk:
            days = f"{in_words(absence.away_from)} to {in_words(absence.away_until)}"
            return {"cover": [f"{cover} is away too, {days}; allowed: somebody who is there."]}
    return {}
