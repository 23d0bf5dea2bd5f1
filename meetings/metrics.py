"""What a monitor may know of the board: counts and ages, read from the database when it asks.

No metric carries a name, a case number or a centre.
"""

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from decisions.models import AssessmentJob
from decisions.rulebooks import InForce
from meetings.clock import ORDER, status_on
from meetings.heartbeat import last_beat
from meetings.models import AgendaItem, ClockCheck, Meeting, Notice, Reassessment
from meetings.registry import BoardWindow, board_windows

DAYS = (0, 7, 14, 21, 28, 35, 42, 56, 84, 112)
"""Upper bounds of the buckets for days from the first day of a window to the board."""
JOB_STATES = (AssessmentJob.State.QUEUED, AssessmentJob.State.RUNNING, AssessmentJob.State.FAILED)


class BoardCollector(Collector):
    """Reads the board's state at every scrape; keeps nothing."""

    def collect(self) -> Iterator[Metric]:
        """All metrics, each with all its labels also where they count nothing."""
        now, today = timezone.now(), timezone.localdate()
        yield from _open_windows(today)
        yield from _settled(board_windows(), today)
        yield _counted(
            "crlm_board_notices",
            "Notices by state.",
            Notice.State.values,
            Notice.objects.values_list("state"),
        )
        jobs = AssessmentJob.objects.filter(state__in=JOB_STATES).values_list("state")
        yield _counted("crlm_board_assessment_jobs", "Assessments not done.", JOB_STATES, jobs)
        yield from _checks(now)


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value=value)


def _counted(name: str, words: str, states: Iterable[str], rows: Iterable[tuple[str]]) -> Metric:
    found = Counter(state for (state,) in rows)
    metric = GaugeMetricFamily(name, words, labels=["state"])
    for state in states:
        metric.add_metric([str(state)], found[state])
    return metric


def _open_windows(today: datetime.date) -> Iterator[Metric]:
    held = InForce()
    rows = Reassessment.objects.filter(ended_at__isnull=True).select_related("patient")
    statuses = {row.pk: status_on(row, today, held.thresholds(row.patient.centre_id)) for row in rows}
    metric = GaugeMetricFamily("crlm_board_open_windows", "Open reassessment windows.", labels=["state"])
    found = Counter(statuses.values())
    for status in ORDER:
        metric.add_metric([status], found[status])
    yield metric
    overdue = [pk for pk, status in statuses.items() if status == "overdue"]
    yield _gauge(
        "crlm_board_overdue_nothing_booked",
        "Overdue windows whose next step has no date: neither a scan booked, nor a board.",
        rows.filter(_nothing_booked(), pk__in=overdue).count(),
    )


def _nothing_booked() -> Q:
    waiting = AgendaItem.objects.filter(
        staging__patient=OuterRef("patient"), state=AgendaItem.State.WAITING
    ).exclude(meeting__state=Meeting.State.CLOSED)
    no_board = Q(meeting__isnull=True) & ~Exists(waiting)
    no_scan = Q(scan_done_on__isnull=True, scan_booked_on__isnull=True)
    return no_board & (no_scan | Q(scan_done_on__isnull=False))


def _settled(windows: list[BoardWindow], today: datetime.date) -> Iterator[Metric]:
    standings = Counter(window.standing(today) for window in windows)
    counted = standings["missed"] + standings["in_time"]
    yield _gauge(
        "crlm_board_windows_counted", "Windows that count in the miss rate (its denominator).", counted
    )
    yield _gauge(
        "crlm_board_windows_missed",
        "Windows without a board decision by their last day (the numerator).",
        standings["missed"],
    )
    days = [window.days_to_board for window in windows if window.days_to_board is not None]
    buckets = [(str(float(limit)), float(sum(value <= limit for value in days))) for limit in DAYS]
    histogram = HistogramMetricFamily(
        "crlm_board_days_to_board", "Days from the first day of a window to the decision on its scan."
    )
    histogram.add_metric([], [*buckets, ("+Inf", float(len(days)))], sum_value=float(sum(days)))
    yield histogram


def _checks(now: datetime.datetime) -> Iterator[Metric]:
    """Nothing where there is nothing to tell: a monitor must alarm on absence as well as on age."""
    check = ClockCheck.objects.first()
    if check is not None:
        unmended = sum(not entry.get("mended") for entry in check.missing)
        yield _gauge(
            "crlm_board_clock_check_age_seconds",
            "Age of the last check that nobody is missing from the clock.",
            (now - check.ran_at).total_seconds(),
        )
        yield _gauge(
            "crlm_board_clock_check_on_therapy",
            "Patients who had to be on the clock at the last check.",
            check.on_therapy,
        )
        yield _gauge(
            "crlm_board_clock_check_missing",
            "Patients who were missing at the last check.",
            len(check.missing),
        )
        yield _gauge(
            "crlm_board_clock_check_not_mended",
            "Patients who were missing and still had no reminder after the last check.",
            unmended,
        )
    beat = last_beat()
    if beat is not None:
        yield _gauge(
            "crlm_board_beat_age_seconds",
            "Time since the scheduler and a worker last did something together.",
            (now - beat).total_seconds(),
        )


REGISTRY = CollectorRegistry(auto_describe=False)
"""A registry of our own: nothing about the process, only about the board."""
REGISTRY.register(BoardCollector())
