"""A real worker, a real mail server: killed between handing over and recording, nothing is doubled."""

import os
import signal
from typing import Any

import pytest
import redis
from django.conf import settings
from django.utils import timezone

from accounts.models import User
from meetings.models import Notice
from meetings.notices import send_due
from meetings.services.notices import CLAIM_LASTS
from meetings.tasks import send_notices
from tests.meetings.notices.mailserver import mail_server
from tests.plugins.workers import StartWorker, until

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.services,
    pytest.mark.xdist_group("worker"),
]


def state() -> str:
    return Notice.objects.get().state


def test_a_worker_killed_while_it_sends_doubles_nothing_and_leaves_the_decision_to_a_person(
    joan: User, start_worker: StartWorker, monkeypatch: pytest.MonkeyPatch, mailoutbox: list[Any]
) -> None:
    now = timezone.now()
    Notice.objects.create(
        kind="digest", key="digest:1:today", recipient=joan, address=joan.email, subject="1 due: CRLM Board",
        text="2026-001", html="<p>2026-001</p>", contents={"reassessments": [], "reminders": []},
        day=timezone.localdate(now), next_attempt_at=now,
    )  # fmt: skip
    with mail_server() as server:
        server.behaviour = "hangs_after_data"
        monkeypatch.setenv("EMAIL_URL", f"smtp://127.0.0.1:{server.port}")
        first = start_worker()
        send_notices.delay()
        until(lambda: server.handed_over == 1, "the worker to hand the mail over")
        assert state() == "sending"
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
        server.behaviour = "takes"
        # The broker gives the task to another worker, the scheduler sends more: all find the claim and leave it.
        start_worker()
        for _ in range(3):
            send_notices.delay()
        queue = redis.Redis.from_url(settings.REDIS_URL)
        until(lambda: queue.llen("celery") == 0, "another worker to take the tasks")
        later = now + CLAIM_LASTS
        assert send_due(later)["sent"] == 0
        assert state() == "sending"
        # Some minutes more, and it is plain that the sender is dead.
        assert send_due(later + CLAIM_LASTS)["unclear"] == 1
        assert state() == "unclear"
        assert Notice.objects.get().attempts == 1
        assert (server.handed_over, server.taken, mailoutbox) == (1, [], [])


def test_a_notice_is_sent_by_a_worker_in_another_process(
    joan: User, start_worker: StartWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now()
    Notice.objects.create(
        kind="digest", key="digest:1:today", recipient=joan, address=joan.email, subject="1 due: CRLM Board",
        text="2026-001", html="<p>2026-001</p>", contents={"reassessments": [], "reminders": []},
        day=timezone.localdate(now), next_attempt_at=now,
    )  # fmt: skip
    with mail_server() as server:
        monkeypatch.setenv("EMAIL_URL", f"smtp://127.0.0.1:{server.port}")
        start_worker()
        start_worker()
        for _ in range(4):
            send_notices.delay()
        until(lambda: state() == "sent", "the notice to be sent")
        until(lambda: len(server.taken) == 1, "the mail to arrive")
        assert server.handed_over == 1
