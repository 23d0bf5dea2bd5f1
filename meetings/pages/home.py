"""The first page: the signed-in user's work."""

import datetime
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef

from accounts.models import Role, User
from decisions.models import AssessmentJob
from meetings.clock import ClockEntry, clock_rows
from meetings.confirming import waiting_for
from meetings.followup import Task, tasks_of
from meetings.models import Meeting, PreparedDecision, VoteRound
from meetings.pages.agenda import AgendaRow, agenda_rows
from meetings.proposals import Proposal, proposals_for
from meetings.recipients import NoticeFindings, notice_findings
from meetings.reminders import URGENT as URGENT_REMINDERS
from meetings.reminders import ReminderEntry, open_reminders, own_first
from meetings.selectors import next_meeting, open_votes_for
from patients.models import Staging, StagingVersion
from patients.selectors import visible_patients

LISTED = 6
URGENT = frozenset({"overdue", "due", "soon"})


@dataclass(slots=True)
class Home:
    """What waits for the user; empty lists when nothing does."""

    meeting: Meeting | None = None
    rows: list[AgendaRow] = field(default_factory=list)
    due: list[ClockEntry] = field(default_factory=list)
    on_clock: int = 0
    reminders: list[ReminderEntry] = field(default_factory=list)
    all_reminders: int = 0
    drafts: list[Staging] = field(default_factory=list)
    proposals: list[Proposal] = field(default_factory=list)
    votes: list[VoteRound] = field(default_factory=list)
    to_confirm: list[PreparedDecision] = field(default_factory=list)
    failed: list[AssessmentJob] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    tasks_more: int = 0
    findings: NoticeFindings | None = None
    """What keeps notices from being read; for administrators."""

    @property
    def ready(self) -> int:
        """How many cases of the next meeting can be decided on what is known."""
        return sum(row.ready for row in self.rows)


def home_of(user: User, now: datetime.datetime) -> Home:
    """The user's work at `now` (local time)."""
    findings = notice_findings() if user.has_role(Role.ADMINISTRATOR) else None
    if not user.has_perm("meetings.view_meeting"):
        return Home(findings=findings)
    meeting = next_meeting(user, now)
    clock = clock_rows(user, now.date())
    urgent = [
        entry
        for entry in clock
        if entry.status in URGENT or entry.status == "awaiting_start" or entry.reassessment.lost_its_scan
    ]
    asked = open_reminders(user, now.date())
    leads = not user.discipline and user.has_perm("meetings.manage_meeting")
    tasks = tasks_of(user, now.date(), everyone=leads)
    return Home(
        meeting=meeting,
        rows=agenda_rows(meeting, user) if meeting else [],
        due=urgent[:LISTED],
        on_clock=len(clock),
        reminders=own_first(
            (entry for entry in asked if entry.state in URGENT_REMINDERS or entry.warning), user
        )[:LISTED],
        all_reminders=len(asked),
        drafts=_drafts(user),
        proposals=proposals_for(user, meeting).open[:LISTED]
        if meeting and user.has_perm("meetings.manage_meeting", meeting)
        else [],
        votes=open_votes_for(user),
        to_confirm=waiting_for(user),
        failed=_failed(user),
        tasks=tasks[:LISTED],
        tasks_more=max(0, len(tasks) - LISTED),
        findings=findings,
    )


def _drafts(user: User) -> list[Staging]:
    draft = StagingVersion.objects.filter(staging=OuterRef("pk"), state=StagingVersion.State.DRAFT)
    stagings = Staging.objects.filter(
        Exists(draft), withdrawn_at__isnull=True, patient__in=visible_patients(user)
    )
    return list(stagings.select_related("patient").order_by("-date", "-pk")[:LISTED])


def _failed(user: User) -> list[AssessmentJob]:
    jobs = AssessmentJob.objects.filter(
        state=AssessmentJob.State.FAILED, staging_version__staging__patient__in=visible_patients(user)
    )
    return list(jobs.select_related("staging_version__staging__patient").order_by("-finished_at")[:LISTED])
