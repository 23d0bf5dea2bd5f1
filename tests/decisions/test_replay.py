"""An assessment that is run again comes to the same bytes, and where it does not, that is told."""

import json
from io import StringIO
from typing import Any

import pghistory
import pgtrigger
import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.models import User
from decisions.engine.assess import ENGINE_VERSION, assess, content_hash
from decisions.engine.document import parse
from decisions.engine.synthetic import cohort
from decisions.models import Assessment, RulebookActivation, RulebookVersion
from decisions.replay import replay
from decisions.rulebooks import thresholds_of
from decisions.services import run_chunk
from patients.models import StagingVersion
from tests.decisions.rulebooks import activated, stage_cohort

pytestmark = [pytest.mark.django_db, pytest.mark.services]


def run(*arguments: str) -> tuple[int, str]:
    out, status = StringIO(), 0
    try:
        call_command("replay", *arguments, stdout=out)
    except SystemExit as end:
        status = int(str(end.code))
    return status, out.getvalue()


def altered(assessment: Assessment, **columns: Any) -> None:
    """What no user can do: change a stored assessment behind the back of the database's guard."""
    with pgtrigger.ignore("decisions.Assessment:assessment_is_final"):
        Assessment.objects.filter(pk=assessment.pk).update(**columns)
    assessment.refresh_from_db()


def test_a_thousand_stored_assessments_run_again_to_the_byte(
    author: User, second: User, coordinator: User
) -> None:
    first = stage_cohort(coordinator, 1)[0]
    documents = list(cohort(500, 11))
    frozen = {
        "staging": first.staging,
        "state": "frozen",
        "frozen_by": coordinator,
        "frozen_at": timezone.now(),
    }
    with pghistory.context(user=coordinator.pk):
        made = StagingVersion.objects.bulk_create(
            StagingVersion(
                number=number, document=document, provenance={}, content_hash=f"{number:064x}",
                opened_by=coordinator, reason="A size was corrected", **frozen,
            )
            for number, document in enumerate(documents, start=2)
        )  # fmt: skip
    other = activated(author, second, ADAM_FLR_MIN=45, FLR_NORMAL_HIGH=35)
    for rulebook in (RulebookVersion.objects.get(number=1), other):
        thresholds = thresholds_of(rulebook)
        results = [(version, assess(parse(version.document), thresholds)) for version in made]
        rows = [
            Assessment(
                staging_version=version, rulebook=rulebook, engine_version=ENGINE_VERSION, result=result,
                content_hash=content_hash(result),
            )
            for version, result in results
        ]  # fmt: skip
        Assessment.objects.bulk_create(rows, batch_size=50)
    assert Assessment.objects.filter(staging_version__in=made).count() == 1000
    status, text = run("--all", "--json")
    told = json.loads(text)
    assert (status, told["run"], told["identical"], told["differing"]) == (0, 1001, 1001, 0)
    assert told["differences"] == []


def test_every_assessment_keeps_its_own_rulebook_when_another_holds(
    author: User, second: User, coordinator: User
) -> None:
    (version,) = stage_cohort(coordinator, 1)
    rulebook = activated(author, second, ADAM_FLR_MIN=45)
    run_chunk(RulebookActivation.objects.get(version=rulebook).pk)
    before, after = version.assessments.order_by("pk")
    assert before.content_hash != after.content_hash
    for assessment in (before, after):
        found = replay(assessment)
        assert (found.identical, found.intact, found.holds) == (True, True, True)


def test_another_engine_version_may_differ_and_its_differences_are_told(
    coordinator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    (version,) = stage_cohort(coordinator, 1)
    assessment = version.assessments.get()
    older = {**assessment.result, "engine_version": "1.0.0", "liver_class": "unheard of"}
    altered(assessment, result=older, content_hash=content_hash(older), engine_version="1.0.0")
    found = replay(assessment)
    assert (found.identical, found.same_engine, found.holds) == (False, False, True)
    assert sorted(found.parts) == ["engine_version", "liver_class"]
    assert [(item["label"], item["old"]) for item in found.answers] == [("Liver", "unheard of")] or (
        found.answers[0]["old"] == "unheard of"
    )
    status, text = run("--all")
    assert status == 0
    assert "1 differ under another engine version" in text
    assert "differs in engine_version, liver_class" in text


def test_other_bytes_under_the_same_engine_are_an_error(coordinator: User) -> None:
    (version,) = stage_cohort(coordinator, 1)
    assessment = version.assessments.get()
    wrong = {**assessment.result, "liver_class": "resectable?"}
    altered(assessment, result=wrong, content_hash=content_hash(wrong))
    status, text = run(str(assessment.pk), "--json")
    told = json.loads(text)
    assert (status, told["differing"]) == (1, 1)
    assert told["differences"][0]["parts"] == ["liver_class"]


def test_a_stored_document_that_was_altered_is_found(coordinator: User) -> None:
    (version,) = stage_cohort(coordinator, 1)
    assessment = version.assessments.get()
    altered(assessment, result={**assessment.result, "liver_class": "resectable?"})
    found = replay(assessment)
    assert (found.identical, found.intact, found.holds) == (True, False, False)
    status, text = run("--all")
    assert status == 1
    assert "the stored document was altered" in text


@pytest.mark.parametrize("arguments", [(), ("99999",), ("--all", "1")])
def test_the_command_says_what_it_needs(db: None, arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError) as error:
        run(*arguments)
    assert error.value.returncode == 2


def test_the_case_page_runs_its_assessments_again(
    client: Client, author: User, second: User, coordinator: User, viewer: User
) -> None:
    (version,) = stage_cohort(coordinator, 1)
    rulebook = activated(author, second, ADAM_FLR_MIN=45)
    run_chunk(RulebookActivation.objects.get(version=rulebook).pk)
    client.force_login(viewer)
    address = f"/stagings/{version.staging_id}/replay/"
    assert f'hx-get="{address}?version=1"' in client.get(f"/stagings/{version.staging_id}/").content.decode()
    part = client.get(address, HTTP_HX_REQUEST="true").content.decode()
    assert part.count("identical") == 2
    assert "<html" not in part
    assert "Back to the case" in client.get(address).content.decode()
    assessment = version.assessments.earliest("pk")
    wrong = {**assessment.result, "liver_class": "resectable?"}
    altered(assessment, result=wrong, content_hash=content_hash(wrong))
    assert "should come to the same" in client.get(address).content.decode()
    client.force_login(author)
    assert client.get(address).status_code == 403
