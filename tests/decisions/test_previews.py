"""What a draft would do to the board's own cases is what it does."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings

from accounts.models import Centre, User
from decisions.documents import import_documents
from decisions.engine.assess import assess
from decisions.engine.cohort import Cohort
from decisions.engine.document import Case, parse
from decisions.engine.thresholds import default
from decisions.fact_store import FactStore, fact_store
from decisions.models import RulebookActivation, RulebookProfile
from decisions.previews import impact_of, sides_of
from decisions.selectors import latest_assessment
from decisions.services import run_chunk
from patients.models import Patient, StagingVersion
from patients.services import withdraw_staging
from tests.decisions.conftest import document
from tests.decisions.rulebooks import activated, drafted, stage_cohort

pytestmark = [pytest.mark.django_db, pytest.mark.services]
SIDE = {"FLR_NORMAL_HIGH": 35.0, "LT_AGE_LT": 65.0, "ADAM_FLR_MIN": 40.0}


def test_the_preview_is_what_activation_then_does_case_by_case(
    author: User, second: User, coordinator: User
) -> None:
    versions = stage_cohort(coordinator, 60)
    before = {version.pk: latest_assessment(version.staging).result for version in versions}  # type: ignore[union-attr]
    told = impact_of(sides_of(drafted(author, **SIDE)))
    rulebook = activated(author, second, **SIDE)
    run_chunk(RulebookActivation.objects.get(version=rulebook).pk, size=100)
    after = {version.pk: latest_assessment(version.staging).result for version in versions}  # type: ignore[union-attr]
    assert told.cases == 60
    for family in ("definitions", "rules"):
        for name in before[versions[0].pk][family]:
            moved = {pk for pk in before if before[pk][family][name] != after[pk][family][name]}
            assert set(told.versions.get((family, name), ())) == moved, name
    for family in ("liver_class", "flr_class"):
        moved = {pk for pk in before if before[pk][family] != after[pk][family]}
        assert set(told.versions.get((family, ""), ())) == moved
    assert told.flow == Counter((before[pk]["liver_class"], after[pk]["liver_class"]) for pk in before)
    assert told.count("liver_class") > 0


def test_a_profile_on_top_moves_with_the_board_except_where_it_says_otherwise(
    author: User, second: User, coordinator: User, person: Callable[..., User]
) -> None:
    south = Centre.objects.create(code="south", name="Southfield")
    stage_cohort(coordinator, 20, seed=1)
    stage_cohort(person("ann", "coordinator", centre=south), 20, seed=9, centre=south)
    strict = RulebookProfile.objects.create(code="strict", name="Strict", created_by=author)
    activated(author, second, profile=strict, centres=[south.pk], ADAM_FLR_MIN=40)
    own = impact_of(sides_of(drafted(author, ADAM_FLR_MIN=45)))
    assert own.cases == 40
    centres = Patient.objects.filter(stagings__versions__in=own.version_ids().tolist()).values_list(
        "centre__code"
    )
    assert set(centres) == {("north",)}
    both = impact_of(sides_of(drafted(author, FLR_NORMAL_HIGH=35)))
    assert {code for (code,) in Patient.objects.filter(
        stagings__versions__in=both.version_ids().tolist()
    ).values_list("centre__code")} == {"north", "south"}  # fmt: skip


# ------------------------------------------------------------------------------------------ fact store
def same(one: Cohort, cases: list[Case]) -> bool:
    """Whether a cohort holds these cases, in this order."""
    other = Cohort.of_cases(cases, default())
    return one.size == len(cases) and all(
        one.facts[name].tolist() == column.tolist()
        for name, column in other.facts.items()
        if column.kind != "list" and name in one.facts
    )


def documents() -> list[Case]:
    """The staged cases as the database holds them."""
    frozen = StagingVersion.objects.filter(state="frozen", staging__withdrawn_at__isnull=True)
    return [parse(version.document) for version in frozen.order_by("pk")]


def test_the_store_follows_what_is_staged_withdrawn_and_staged_again(coordinator: User) -> None:
    stage_cohort(coordinator, 5, seed=1)
    store = fact_store()
    assert same(store.snapshots(default()).cohort, documents())
    stage_cohort(coordinator, 4, seed=2)
    assert same(store.snapshots(default()).cohort, documents())
    withdraw_staging(
        by=coordinator, staging=Patient.objects.earliest("pk").stagings.get(), reason="Wrong patient"
    )
    assert store.snapshots(default()).cohort.size == 8
    assert same(store.snapshots(default()).cohort, documents())


def test_another_process_reads_the_files_and_writes_what_they_lack(coordinator: User, tmp_path: Path) -> None:
    stage_cohort(coordinator, 5, seed=1)
    assert same(FactStore(tmp_path).snapshots(default()).cohort, documents())
    stage_cohort(coordinator, 2, seed=2)
    assert same(FactStore(tmp_path).snapshots(default()).cohort, documents())
    assert len(list(tmp_path.glob("*.parquet"))) == 2


def test_a_broken_file_or_a_deleted_folder_loses_nothing(coordinator: User, tmp_path: Path) -> None:
    stage_cohort(coordinator, 5, seed=1)
    FactStore(tmp_path).snapshots(default())
    for file in tmp_path.glob("*.parquet"):
        file.write_bytes(b"PAR1 and then nothing")
    store = FactStore(tmp_path)
    assert same(store.snapshots(default()).cohort, documents())
    for file in tmp_path.iterdir():
        file.unlink()
    assert store.rebuild() == 5


def test_many_files_become_one_and_what_is_no_longer_used_goes(coordinator: User, tmp_path: Path) -> None:
    store = FactStore(tmp_path)
    for number in range(18):
        import_documents(
            by=coordinator, documents=[document(f"C{number}", liver={"lesion_count": number + 1})], stage=True
        )
        store.snapshots(default())
    assert len(list(tmp_path.glob("*.parquet"))) == 2
    assert same(FactStore(tmp_path).snapshots(default()).cohort, documents())


def test_nobody_else_reads_the_store(coordinator: User) -> None:
    stage_cohort(coordinator, 2)
    fact_store().snapshots(default())
    folder = Path(settings.FACT_STORE)
    assert {oct(file.stat().st_mode & 0o077) for file in folder.glob("*.parquet")} == {"0o0"}


def test_the_cases_of_the_store_are_assessed_as_the_scalar_engine_does(coordinator: User) -> None:
    stage_cohort(coordinator, 10)
    from decisions.engine.outputs import flat

    column = flat()["liver_class", ""].column(fact_store().snapshots(default()).cohort).tolist()
    told = [value if value is not None else "indeterminate" for value in column]
    assert told == [assess(case, default())["liver_class"] for case in documents()]
