"""A version comes into force: every open case is assessed again, once, whatever happens to the workers."""

import random
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Centre, User
from decisions.engine.assess import ENGINE_VERSION
from decisions.models import Assessment, RulebookActivation, RulebookProfile, RulebookVersion
from decisions.rulebooks import thresholds_of
from decisions.selectors import latest_assessment, open_versions, with_superseded
from decisions.services import activation as module
from decisions.services import progress, run_chunk, stalled_activations, unassessed_jobs
from decisions.signals import rulebook_activated
from decisions.tasks import activate_rulebooks, assess_under_rulebook
from tests.decisions.rulebooks import activated, stage_cohort

pytestmark = [pytest.mark.django_db, pytest.mark.services]


@pytest.fixture
def told() -> Any:
    heard: list[RulebookActivation] = []

    def hear(sender: Any, activation: RulebookActivation, **kwargs: Any) -> None:
        heard.append(activation)

    rulebook_activated.connect(hear)
    yield heard
    rulebook_activated.disconnect(hear)


def test_every_open_case_is_assessed_again_and_the_old_assessment_stays(
    author: User, second: User, coordinator: User, told: list[RulebookActivation]
) -> None:
    versions = stage_cohort(coordinator, 12)
    before = {item.staging_version_id: item.content_hash for item in Assessment.objects.all()}
    rulebook = activated(author, second, FLR_NORMAL_HIGH=35)
    activation = RulebookActivation.objects.get(version=rulebook)
    assert (activation.total, progress(activation).done) == (12, 0)
    while run_chunk(activation.pk, size=5):
        assert 0 < progress(activation).percent < 100
    activation.refresh_from_db()
    assert activation.finished_at is not None
    assert progress(activation).percent == 100
    assert told == [activation]
    told_of = with_superseded(Assessment.objects.all()).values_list("rulebook", "superseded").distinct()
    first = RulebookVersion.objects.get(number=1)
    assert set(told_of) == {(first.pk, True), (rulebook.pk, False)}
    for version in versions:
        assert version.assessments.get(rulebook__number=1).content_hash == before[version.pk]
        newest = latest_assessment(version.staging)
        assert newest is not None
        assert newest.rulebook == rulebook
        assert newest.result["rulebook"]["hash"] == thresholds_of(rulebook).hash


def test_killed_at_random_points_it_ends_complete_and_single(
    author: User, second: User, coordinator: User, monkeypatch: pytest.MonkeyPatch, told: list[Any]
) -> None:
    stage_cohort(coordinator, 15)
    rulebook = activated(author, second, FLR_NORMAL_HIGH=35)
    activation = RulebookActivation.objects.get(version=rulebook)
    chance, real = random.Random(3), module.run_assessment

    class Killed(BaseException):
        pass

    def may_die(job_id: int) -> Any:
        if chance.random() < 0.3:
            raise Killed
        found = real(job_id)
        if chance.random() < 0.3:
            raise Killed
        return found

    monkeypatch.setattr(module, "run_assessment", may_die)
    deaths = 0
    for _ in range(200):
        try:
            if run_chunk(activation.pk, size=4) == 0:
                break
        except Killed:
            deaths += 1
    assert deaths > 3
    key = {"rulebook": rulebook, "engine_version": ENGINE_VERSION}
    assert Assessment.objects.filter(**key).count() == open_versions().count() == 15
    run_chunk(activation.pk)
    assert len(told) == 1


def test_a_lost_activation_is_taken_up_again(
    author: User, second: User, coordinator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage_cohort(coordinator, 3)
    activation = RulebookActivation.objects.get(version=activated(author, second, FLR_NORMAL_HIGH=35))
    assert stalled_activations() == []
    sent: list[int] = []
    monkeypatch.setattr(assess_under_rulebook, "delay", sent.append)
    with time_machine.travel(timezone.now() + module.STALLED_FOR * 2, tick=False):
        activate_rulebooks()
    assert sent == [activation.pk]


def test_the_sweep_leaves_the_cases_of_an_activation_to_it(
    author: User, second: User, coordinator: User
) -> None:
    stage_cohort(coordinator, 3)
    activation = RulebookActivation.objects.get(version=activated(author, second, FLR_NORMAL_HIGH=35))
    assert unassessed_jobs() == []
    assert run_chunk(activation.pk) == 0


def test_only_the_cases_of_a_profiles_centres_are_assessed_again(
    author: User, second: User, person: Callable[..., User], coordinator: User, north: Centre
) -> None:
    south = Centre.objects.create(code="south", name="Southfield")
    stage_cohort(coordinator, 4, seed=1)
    stage_cohort(person("ann", "coordinator", centre=south), 3, seed=2, centre=south)
    strict = RulebookProfile.objects.create(code="strict", name="Strict", created_by=author)
    rulebook = activated(author, second, profile=strict, centres=[south.pk], FLR_NORMAL_HIGH=35)
    activation = RulebookActivation.objects.get(version=rulebook)
    assert activation.total == 3
    assert run_chunk(activation.pk) == 0
    seen = Assessment.objects.filter(rulebook=rulebook).values_list(
        "staging_version__staging__patient__centre"
    )
    assert set(seen) == {(south.pk,)}
    assert north.patients.count() == 4


def test_a_version_that_was_overtaken_has_nothing_left_to_do(
    author: User, second: User, coordinator: User
) -> None:
    stage_cohort(coordinator, 3)
    first = RulebookActivation.objects.get(version=activated(author, second, FLR_NORMAL_HIGH=35))
    activated(author, second, LT_AGE_LT=65)
    assert run_chunk(first.pk) == 0
    assert not Assessment.objects.filter(rulebook=first.version).exists()
