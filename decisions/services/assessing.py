"""The run that turns a frozen staging version into a stored assessment.

One job, one assessment: (staging version, rulebook, engine version) is unique for both. Whoever works on a
job holds its row locked until the result is committed, so a job that says 'running' and is not locked has
lost its worker and is taken over. Running it again changes nothing.
"""

import datetime
import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import partial

from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from accounts.audit import audited
from decisions.engine.assess import ENGINE_VERSION, assess, content_hash
from decisions.engine.document import parse
from decisions.models import Assessment, AssessmentJob, RulebookActivation, RulebookVersion
from decisions.rulebooks import InForce, current_rulebook, thresholds_of
from decisions.selectors import open_versions, staged_versions
from decisions.signals import assessment_stored
from patients.models import StagingVersion

logger = logging.getLogger(__name__)

State = AssessmentJob.State
MAX_ATTEMPTS = 5
"""How often the sweep lets a failed job run again."""
QUEUED_FOR = datetime.timedelta(seconds=30)
"""A job that waits longer than this may have been lost by the broker."""
CLAIMED_FOR = datetime.timedelta(seconds=10)
"""Between claiming a job and locking it for the work passes less than this."""
AT_ONCE = 500
"""Cases that one sweep takes up at most; the next one takes the others."""


class AssessmentBusyError(Exception):
    """Another worker has this job; come back later to see that it was done."""


def request_assessment(*, staging_version: StagingVersion) -> AssessmentJob:
    """The job for this version under the rulebook in force, queued when the transaction is committed.

    An existing job is not doubled; one that failed is queued again.
    """
    with transaction.atomic():
        job, created = AssessmentJob.objects.get_or_create(
            staging_version=staging_version,
            rulebook=current_rulebook(staging_version.staging.patient),
            engine_version=ENGINE_VERSION,
            defaults={"queued_at": timezone.now()},
        )
        if created:
            transaction.on_commit(partial(_send, job.pk))
        elif job.state == State.FAILED:
            queue_again(job)
    return job


def queue_again(job: AssessmentJob) -> None:
    """Put a job back into the queue, whatever became of it."""
    with transaction.atomic():
        AssessmentJob.objects.filter(pk=job.pk).exclude(state=State.DONE).update(
            state=State.QUEUED, queued_at=timezone.now(), started_at=None, finished_at=None
        )
        transaction.on_commit(partial(_send, job.pk))
    job.refresh_from_db()


def _send(job_id: int) -> None:
    """Tell the workers. A broker that does not answer costs time only: the sweep sends it later."""
    from decisions.tasks import assess_staging

    try:
        assess_staging.delay(job_id)
    except (BrokerError, OSError) as error:
        logger.warning("Assessment job %s waits: the broker does not answer (%s).", job_id, error)


def run_assessment(job_id: int) -> Assessment | None:
    """Run a job to its end: an assessment, or None with the reason stored on the job.

    Raises `AssessmentBusyError` while another worker holds it, `AssessmentJob.DoesNotExist`, and
    `OperationalError` or `InterfaceError` when the database is away: all but the second pass by themselves.
    """
    job = _claim(job_id)
    if job is None:
        return _stored(AssessmentJob.objects.get(pk=job_id))
    try:
        return _work(job_id)
    except (AssessmentBusyError, OperationalError, InterfaceError):
        raise
    except Exception as error:
        logger.exception("Assessment job %s failed.", job_id)
        _fail(job_id, f"The engine could not finish: {type(error).__name__}: {error}".rstrip(": "))
        return None


def _claim(job_id: int) -> AssessmentJob | None:
    """Mark the job as running, visible at once; None when it is done already."""
    with transaction.atomic():
        job = AssessmentJob.objects.select_for_update(skip_locked=True).filter(pk=job_id).first()
        if job is None:
            if AssessmentJob.objects.filter(pk=job_id).exists():
                raise AssessmentBusyError(f"Assessment job {job_id} is being worked on.")
            raise AssessmentJob.DoesNotExist(f"There is no assessment job {job_id}.")
        if job.state == State.DONE:
            return None
        job.state, job.started_at, job.finished_at, job.error = State.RUNNING, timezone.now(), None, ""
        job.attempts += 1
        job.save()
    return job


def _work(job_id: int) -> Assessment | None:
    with transaction.atomic():
        job = (
            AssessmentJob.objects.select_for_update(of=("self",))
            .select_related("staging_version__frozen_by", "rulebook")
            .get(pk=job_id)
        )
        if job.state == State.DONE:
            return _stored(job)
        with _on_behalf_of(job.staging_version):
            assessment = _stored(job) or _assess(job)
            job.state, job.finished_at, job.error = State.DONE, timezone.now(), ""
            job.save()
    return assessment


def _on_behalf_of(version: StagingVersion) -> AbstractContextManager[None]:
    """The change is attributed to the one who staged the case."""
    if version.frozen_by is None:
        raise ValueError(f"{version} is a draft; allowed: a staged version.")
    return audited(by=version.frozen_by, action="assess", source="task")


def _assess(job: AssessmentJob) -> Assessment:
    result = assess(parse(job.staging_version.document), thresholds_of(job.rulebook))
    assessment = Assessment(
        staging_version=job.staging_version,
        rulebook=job.rulebook,
        engine_version=job.engine_version,
        result=result,
        content_hash=content_hash(result),
    )
    try:
        with transaction.atomic():
            assessment.save()
    except IntegrityError:
        other = _stored(job)
        if other is None:
            raise
        return other
    assessment_stored.send(Assessment, assessment=assessment)
    return assessment


def _stored(job: AssessmentJob) -> Assessment | None:
    return Assessment.objects.filter(
        staging_version=job.staging_version_id, rulebook=job.rulebook_id, engine_version=job.engine_version
    ).first()


def _fail(job_id: int, reason: str) -> None:
    AssessmentJob.objects.filter(pk=job_id).exclude(state=State.DONE).update(
        state=State.FAILED, finished_at=timezone.now(), error=reason
    )


def unassessed_jobs() -> list[AssessmentJob]:
    """Jobs that the queue has lost, and one for every staged case without: what the sweep queues again.

    The latest frozen version of a staging in use is meant: under any rulebook, and that of an open case under the
    rulebook in force. Lost are: queued for long, running without a worker, failed fewer than `MAX_ATTEMPTS` times.
    """
    now = timezone.now()
    jobs = []
    with transaction.atomic():
        wanting = [_job_for(*wanted) for wanted in _wanting()]
        free = AssessmentJob.objects.select_for_update(skip_locked=True).filter(
            pk__in=[job.pk for job in wanting]
        )
        for job in free:
            waited = job.state == State.QUEUED and job.queued_at <= now - QUEUED_FOR
            orphaned = job.state == State.RUNNING and (job.started_at or now) <= now - CLAIMED_FOR
            failed = job.state == State.FAILED
            if (orphaned or failed) and job.attempts >= MAX_ATTEMPTS:
                if orphaned:
                    _fail(job.pk, f"Its worker stopped {job.attempts} times without finishing.")
            elif waited or orphaned or failed:
                jobs.append(job)
    return jobs


def _wanting() -> Iterator[tuple[StagingVersion, RulebookVersion]]:
    """What has no assessment at all, and open cases without one under the rulebook in force, with that rulebook.

    Cases of a rulebook that is being activated are seen to by the activation (`services.activation`).
    """
    held = InForce()
    never = staged_versions().filter(~Exists(Assessment.objects.filter(staging_version=OuterRef("pk"))))
    seen = set()
    for version in never.select_related("staging__patient")[:AT_ONCE]:
        seen.add(version.pk)
        yield version, held.rulebook(version.staging.patient.centre_id)
    for rulebook in held.versions:
        if RulebookActivation.objects.filter(version=rulebook, finished_at__isnull=True).exists():
            continue
        done = Assessment.objects.filter(
            staging_version=OuterRef("pk"), rulebook=rulebook, engine_version=ENGINE_VERSION
        )
        for version in held.concerned(rulebook, open_versions()).filter(~Exists(done))[:AT_ONCE]:
            if version.pk not in seen:
                yield version, rulebook


def _job_for(version: StagingVersion, rulebook: RulebookVersion) -> AssessmentJob:
    job, _ = AssessmentJob.objects.get_or_create(
        staging_version=version,
        rulebook=rulebook,
        engine_version=ENGINE_VERSION,
        defaults={"queued_at": timezone.now() - 2 * QUEUED_FOR},
    )
    return job
