"""Who is told: the people of the board, what concerns whom, who stands in for whom, and on which days."""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import holidays
from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Centre, Discipline, Role, User
from accounts.rules import CLINICAL_ROLES, sees_centre, visible_centres
from meetings.models import NoticePreference, Reminder
from patients.models import Patient


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads what is meant for a person: the person, or who stands in while the person is away."""

    user: User
    stands_in_for: User | None = None


# ------------------------------------------------------------------------------------------ working days
def is_working_day(day: datetime.date) -> bool:
    """Monday to Friday, but for the public holidays of the board's region (setting HOLIDAYS) when it has one."""
    region = getattr(settings, "HOLIDAYS", "")
    return day.weekday() < 5 and not (region and day in _holidays(region, day.year))


@lru_cache(maxsize=16)
def _holidays(region: str, year: int) -> frozenset[datetime.date]:
    country, _, subdivision = region.partition("-")
    return frozenset(holidays.country_holidays(country, subdiv=subdivision or None, years=year))


def next_working_day(day: datetime.date) -> datetime.date:
    """The first working day after `day`."""
    following = day + datetime.timedelta(days=1)
    while not is_working_day(following):
        following += datetime.timedelta(days=1)
    return following


def is_writing_time(now: datetime.datetime) -> bool:
    """True on a working day from `DIGEST_HOUR` on, in the board's time zone."""
    local = timezone.localtime(now)
    return is_working_day(local.date()) and local.hour >= settings.DIGEST_HOUR


def stale_from(day: datetime.date) -> datetime.datetime:
    """When a notice of `day` is too old to be sent: from then on the next working day's stands for it."""
    morning = datetime.time(hour=settings.DIGEST_HOUR)
    return timezone.make_aware(datetime.datetime.combine(next_working_day(day), morning))


# ------------------------------------------------------------------------------------------------ people
def people() -> list[User]:
    """Everybody who may read records, and so be told of patients."""
    found = User.objects.filter(is_active=True, roles__overlap=[str(role) for role in CLINICAL_ROLES])
    return list(found.select_related("notice_preference").order_by("pk"))


def preference_of(person: User) -> NoticePreference:
    """What the person wants; the defaults when nothing was ever chosen."""
    try:
        return person.notice_preference
    except NoticePreference.DoesNotExist:
        return NoticePreference(user=person)


def daily_coordinators() -> list[User]:
    """The coordinators who are reached every working day: by the daily digest, at a mail address."""
    return [
        person
        for person in people()
        if person.has_role(Role.COORDINATOR)
        and person.email
        and preference_of(person).digest == NoticePreference.Digest.DAILY
    ]


@dataclass(frozen=True, slots=True)
class NoticeFindings:
    """What keeps notices from being read, whatever the mail server does."""

    without_address: list[User]
    """People of the board whom no notice can reach; what they would be told stands on their pages only."""
    centres_without_digest: list[Centre]
    """Centres of which no coordinator is reached every working day."""

    def __bool__(self) -> bool:
        return bool(self.without_address or self.centres_without_digest)


def notice_findings() -> NoticeFindings:
    """What an administrator should mend, of all people and centres; names no patient."""
    daily = daily_coordinators()
    return NoticeFindings(
        [
            person
            for person in people()
            if not person.email and preference_of(person).digest != NoticePreference.Digest.NEVER
        ],
        [
            centre
            for centre in Centre.objects.order_by("name")
            if not any(sees_centre(person, centre.pk) for person in daily)
        ],
    )


def is_responsible(person: User, patient: Patient) -> bool:
    """The clock of this patient concerns the person: every coordinator, the own surgeon and oncologist."""
    return person.has_role(Role.COORDINATOR) or person.pk in (patient.surgeon_id, patient.oncologist_id)


def is_addressed(person: User, reminder: Reminder) -> bool:
    """The reminder is meant for the person, by its recipient."""
    patient, recipient = reminder.patient, reminder.recipient
    match recipient:
        case Reminder.Recipient.COORDINATOR:
            return person.has_role(Role.COORDINATOR)
        case Reminder.Recipient.BOARD:
            return person.has_role(Role.COORDINATOR, Role.CHAIR)
        case Reminder.Recipient.ONCOLOGIST:
            return person.pk == patient.oncologist_id
        case Reminder.Recipient.SURGEON:
            return person.pk == patient.surgeon_id
        case Reminder.Recipient.RADIOLOGIST:
            return person.discipline in (Discipline.RADIOLOGIST, Discipline.INTERVENTIONAL_RADIOLOGIST)
        case Reminder.Recipient.TRANSPLANT:
            return person.discipline == Discipline.TRANSPLANT_SURGEON
    raise ValueError(f"{recipient!r} is no recipient of a reminder")


# --------------------------------------------------------------------------------------------- absences
def absences_on(day: datetime.date) -> dict[int, NoticePreference]:
    """Who is away on `day`, by the person's primary key; each with `user` and `cover`."""
    return {preference.user_id: preference for preference in _away(day, day)}


def absences_between(first: datetime.date, last: datetime.date) -> list[NoticePreference]:
    """Every absence that touches these days."""
    return list(_away(first, last))


def _away(first: datetime.date, last: datetime.date) -> QuerySet[NoticePreference]:
    return NoticePreference.objects.filter(away_from__lte=last, away_until__gte=first).select_related(
        "user", "cover"
    )


def why_not_cover(cover: User, person: User) -> str:
    """Why `cover` cannot read for `person`, in words; '' when nothing speaks against it."""
    if cover.pk == person.pk:
        return "nobody stands in for themselves"
    if not cover.is_active:
        return f"the account of {cover} is closed"
    if not cover.has_perm("patients.view_patient"):
        return f"{cover} may not read patients’ records"
    if not cover.email:
        return f"no mail address of {cover} is known"
    unseen = [centre.name for centre in visible_centres(person) if centre not in visible_centres(cover)]
    if unseen:
        return f"{cover} does not see the patients of {', '.join(unseen)}"
    return ""


def possible_covers(person: User) -> list[User]:
    """Who could stand in for the person, absences aside."""
    return [user for user in people() if not why_not_cover(user, person)]


def reader_of(person: User, absences: Mapping[int, NoticePreference]) -> Reader:
    """Who reads what is meant for the person, with the absences of the day.

    A cover who is away as well passes it on to their own cover. When nobody can stand in (the chain closes,
    an account was closed, a centre was taken away), it goes to the person: late read is better than lost.
    """
    asked, current = {person.pk}, person
    while current.pk in absences:
        cover = absences[current.pk].cover
        assert cover is not None
        if cover.pk in asked or why_not_cover(cover, person):
            return Reader(person)
        asked.add(cover.pk)
        current = cover
    return Reader(person) if current.pk == person.pk else Reader(current, stands_in_for=person)


def covers_for(person: User, absences: Iterable[NoticePreference]) -> list[NoticePreference]:
    """The absences for which this person was named as cover."""
    return [absence for absence in absences if absence.cover_id == person.pk]
