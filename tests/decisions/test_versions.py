"""What stood in the rulebook when, from where, and what another version says of the same cases."""

import csv
import datetime
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.models import Centre, User
from decisions.engine.assess import assess
from decisions.engine.document import parse
from decisions.engine.thresholds import default
from decisions.models import Assessment, RulebookActivation, RulebookDraft, RulebookVersion
from decisions.pages.comparing import Comparison
from decisions.rulebooks import current_rulebook, sync_rulebook, thresholds_of
from decisions.services import create_profile, draft_from_set, run_chunk
from decisions.threshold_sets import LARGEST, read_set, set_text
from patients.wording import NBSP
from tests.decisions.rulebooks import activated, drafted, stage_cohort

pytestmark = [pytest.mark.django_db, pytest.mark.services]
WHY = {"title": "National set", "reason": "The national society asks for it", "reference": "Circular 3/2026"}


@pytest.fixture
def reader(client: Client, author: User) -> Client:
    client.force_login(author)
    return client


def page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, address
    return " ".join(answer.content.decode().replace(NBSP, " ").split())


# ---------------------------------------------------------------------------------------- one threshold
def test_a_threshold_says_its_value_bounds_source_and_who_reads_it_with_the_number_in_place(
    reader: Client, author: User, second: User
) -> None:
    activated(author, second, ADAM_FLR_MIN=35)
    shown = page(reader, "/rulebook/thresholds/ADAM_FLR_MIN/")
    assert "≥ 35 %" in shown
    assert "from 20 % to 50 %" in shown
    assert "<dt>Default</dt><dd>≥ 30 %</dd>" in shown
    assert "Adam 2012" in shown
    assert '<b class="in-place">35 % (ADAM_FLR_MIN)</b>' in shown
    assert 'href="/rulebook/drafts/new/?threshold=ADAM_FLR_MIN"' in shown


def test_every_threshold_has_a_page_and_the_marks_of_its_source(reader: Client) -> None:
    for item in default().thresholds():
        shown = page(reader, f"/rulebook/thresholds/{item.name}/")
        assert item.name in shown
        assert ("not verified against the original paper" in shown) >= (item.verified == "memory")
        assert ("board’s own choice" in shown) >= (item.verified == "engine_choice")


def test_who_reads_a_threshold_through_a_derived_variable_is_named_with_that_variable(reader: Client) -> None:
    shown = page(reader, "/rulebook/thresholds/FLR_NORMAL_LOW/")
    assert "Derived variables" in shown
    assert "RES-01" in shown
    assert "guards against a liver remnant that is too small" in shown
    assert "through" in shown


def test_its_history_names_who_when_why_and_the_reference(reader: Client, author: User, second: User) -> None:
    activated(author, second, ADAM_FLR_MIN=35)
    activated(author, second, LT_AGE_LT=65)
    last = activated(author, second, ADAM_FLR_MIN=40)
    shown = page(reader, "/rulebook/thresholds/ADAM_FLR_MIN/")
    assert "≥ 35 % → ≥ 40 %" in shown
    assert "≥ 30 % → ≥ 35 %" in shown
    assert "Tomas Reyes, approved by Wanda Nowak" in shown
    assert "Two liver failures in 2025" in shown
    assert f'Local audit, 12 March 2026 · <a href="/rulebook/drafts/{last.draft.pk}/">' in shown
    assert "3 entries" in shown


def test_its_value_under_each_profile_is_there(
    reader: Client, author: User, second: User, north: Centre
) -> None:
    strict = create_profile(by=author, name="Strict", code="strict")
    activated(author, second, profile=strict, centres=[north.pk], ADAM_FLR_MIN=40)
    shown = page(reader, "/rulebook/thresholds/ADAM_FLR_MIN/")
    assert "≥ 40 %</td><td>the profile" in shown
    assert "≥ 30 %</td><td>as shipped" in shown


def test_an_unknown_threshold_is_a_404_that_lists_near_names(reader: Client) -> None:
    shown = page(reader, "/rulebook/thresholds/ADAM_FRL_MIN/", status=404)
    assert 'href="/rulebook/thresholds/ADAM_FLR_MIN/"' in shown
    assert "<script>alert" not in page(reader, "/rulebook/thresholds/<script>alert(1)<%2Fscript>/", 404)


# ------------------------------------------------------------------------------------------ one version
def test_a_version_shows_its_whole_set_and_marks_what_it_sets_itself(
    reader: Client, author: User, second: User
) -> None:
    first = current_rulebook()
    held = activated(author, second, ADAM_FLR_MIN=35)
    shown = page(reader, f"/rulebook/versions/{held.number}/")
    assert all(f"/rulebook/thresholds/{name}/" in shown for name in default().numbers)
    assert shown.count("set here") == 1
    assert "else ≥ 30 %" in shown
    assert "Wanda Nowak" in shown
    assert held.hash[:12] in shown
    assert f"/rulebook/drafts/{held.draft.pk}/trail/" in shown
    assert "Roll back" not in shown
    earlier = page(reader, f"/rulebook/versions/{first.number}/")
    assert f'href="/rulebook/drafts/new/?back_to={first.number}"' in earlier
    assert f'then <a href="/rulebook/versions/{held.number}/">' in earlier


def test_only_who_may_draft_is_offered_a_roll_back(
    client: Client, author: User, second: User, viewer: User
) -> None:
    first = current_rulebook()
    activated(author, second, ADAM_FLR_MIN=35)
    client.force_login(viewer)
    assert "Roll back" not in page(client, f"/rulebook/versions/{first.number}/")


def test_two_versions_show_only_what_differs_either_way_round(
    reader: Client, author: User, second: User
) -> None:
    one = activated(author, second, ADAM_FLR_MIN=35)
    two = activated(author, second, LT_AGE_LT=65)
    shown = page(reader, f"/rulebook/versions/{two.number}/?against={one.number}")
    assert "LT_AGE_LT" in shown
    assert "ADAM_FLR_MIN" not in shown
    assert "−5" in shown
    assert f'href="/rulebook/versions/{one.number}/?against={two.number}"' in shown
    assert "+5" in page(reader, f"/rulebook/versions/{one.number}/?against={two.number}")
    assert "Both versions hold the same numbers" in page(
        reader, f"/rulebook/versions/{two.number}/?against={two.number}"
    )


@pytest.mark.parametrize("number", ["0", "99999999999999999999", "7"])
def test_a_version_that_does_not_exist_is_a_404(reader: Client, number: str) -> None:
    page(reader, f"/rulebook/versions/{number}/", status=404)
    page(reader, f"/rulebook/versions/1/?against={number}", status=404)


def test_nobody_without_a_role_reads_these_pages(client: Client, person: Callable[..., User]) -> None:
    sync_rulebook()
    addresses = (
        "/rulebook/thresholds/ADAM_FLR_MIN/", "/rulebook/versions/1/", "/rulebook/versions/1/set.json",
        "/rulebook/profiles/", "/rulebook/compare/", "/rulebook/compare.csv?left=1&right=1",
        "/rulebook/import/", "/rulebook/profiles/new/",
    )  # fmt: skip
    assert [client.get(address).status_code for address in addresses] == [302] * 8
    client.force_login(person("norole"))
    assert [client.get(address).status_code for address in addresses] == [403] * 8


def test_the_progress_of_a_re_assessment_is_asked_for_until_it_is_over(
    reader: Client, author: User, second: User, coordinator: User, client: Client
) -> None:
    stage_cohort(coordinator, 6)
    held = activated(author, second, ADAM_FLR_MIN=35)
    activation = RulebookActivation.objects.get(version=held)
    address = f"/rulebook/activations/{activation.pk}/"
    assert "<b>0</b> of 6 open cases" in page(reader, address)
    run_chunk(activation.pk, size=4)
    running = reader.get(address, HTTP_HX_REQUEST="true").content.decode().replace(NBSP, " ")
    assert "<b>4</b> of 6 open cases" in running
    assert f'hx-get="{address}" hx-trigger="every 1s"' in running
    assert "<html" not in running
    run_chunk(activation.pk, size=4)
    client.force_login(coordinator)
    over = page(client, address)
    assert "<b>6</b> of 6 open cases" in over
    assert "every 1s" not in over
    assert 'href="/reassessments/"' in over
    assert address in page(client, f"/rulebook/versions/{held.number}/") or "6</b> of 6" in page(
        client, f"/rulebook/versions/{held.number}/"
    )


# -------------------------------------------------------------------------------------------- sets as files
def test_a_version_goes_out_as_a_file_and_comes_back_the_same(
    reader: Client, author: User, second: User
) -> None:
    held = activated(author, second, ADAM_FLR_MIN=35, LT_AGE_LT=65)
    answer = reader.get(f"/rulebook/versions/{held.number}/set.json")
    again = reader.get(f"/rulebook/versions/{held.number}/set.json")
    assert answer.content == again.content
    assert "attachment" in answer["Content-Disposition"]
    document = json.loads(answer.content)
    assert list(document) == ["schema", "name", "version", "engine_version", "hash", "thresholds", "changes"]
    assert document["schema"] == "crlm-thresholds/1"
    assert (document["hash"], document["changes"]) == (held.hash, {"ADAM_FLR_MIN": 35, "LT_AGE_LT": 65})
    assert read_set(answer.content).thresholds == dict(thresholds_of(held).numbers)


def test_a_file_becomes_a_draft_with_what_differs(author: User, second: User) -> None:
    first = set_text(current_rulebook()).encode()
    activated(author, second, ADAM_FLR_MIN=35, LT_AGE_LT=65)
    draft = draft_from_set(by=author, content=first, **WHY)
    assert {change.name: change.value for change in draft.changes.all()} == {
        "ADAM_FLR_MIN": 30, "LT_AGE_LT": default().value("LT_AGE_LT"),
    }  # fmt: skip
    assert {change.reference for change in draft.changes.all()} == {"Circular 3/2026"}
    assert current_rulebook().changes == {"ADAM_FLR_MIN": 35, "LT_AGE_LT": 65}


def test_of_a_profiles_file_only_what_it_sets_itself_can_be_taken(
    author: User, second: User, north: Centre
) -> None:
    board = activated(author, second, LT_AGE_LT=65)
    strict = create_profile(by=author, name="Strict", code="strict")
    held = activated(author, second, profile=strict, centres=[north.pk], ADAM_FLR_MIN=40)
    content = set_text(held).encode()
    assert json.loads(content)["name"] == "strict"
    activated(author, second, LT_AGE_LT=60)
    other = create_profile(by=author, name="Other", code="other")
    taken = draft_from_set(by=author, content=content, profile=other, only_changes=True, **WHY)
    assert [change.name for change in taken.changes.all()] == ["ADAM_FLR_MIN"]
    whole = draft_from_set(by=author, content=content, profile=other, **WHY)
    assert [change.name for change in whole.changes.all()] == ["ADAM_FLR_MIN", "LT_AGE_LT"]
    assert board.number < held.number


def test_the_plain_form_of_the_command_line_is_read_too(author: User) -> None:
    draft = draft_from_set(by=author, content=b'{"ADAM_FLR_MIN": 35}', **WHY)
    assert [str(change) for change in draft.changes.all()] == ["ADAM_FLR_MIN = 35"]


def exported(**other: Any) -> bytes:
    document = json.loads(set_text(current_rulebook()))
    return json.dumps({**document, **other}).encode()


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "an unknown name": (
        lambda: b'{"ADAM_FLR": 35, "ADAM_FLR_MIN": 35}',
        "ADAM_FLR: there is no such threshold; allowed: near names: ADAM_FLR_MIN",
    ),
    "out of bounds": (
        lambda: b'{"ADAM_FLR_MIN": 500}',
        "ADAM_FLR_MIN: 500 is not allowed; allowed: a number from 20 to 50 (%)",
    ),
    "a text": (lambda: b'{"ADAM_FLR_MIN": "35"}', "ADAM_FLR_MIN: '35' is not allowed; allowed: a number from"),
    "a yes": (lambda: b'{"ADAM_FLR_MIN": true}', "ADAM_FLR_MIN: True is not allowed"),
    "nothing": (lambda: b'{"ADAM_FLR_MIN": null}', "ADAM_FLR_MIN: nothing is not allowed"),
    "a list as value": (lambda: b'{"ADAM_FLR_MIN": [35]}', "ADAM_FLR_MIN: a list is not allowed"),
    "an enormous number": (
        lambda: b'{"ADAM_FLR_MIN": ' + b"9" * 4000 + b"}",
        "ADAM_FLR_MIN: 99999",
    ),
    "not a number": (lambda: b'{"ADAM_FLR_MIN": NaN}', "NaN is no JSON number"),
    "a fraction of a count": (
        lambda: b'{"REASSESS_MONTHS_MAX": 3.5}',
        "REASSESS_MONTHS_MAX: 3.5 is not allowed; allowed: a whole number from",
    ),
    "a name twice": (lambda: b'{"LT_AGE_LT": 65, "LT_AGE_LT": 60}', "'LT_AGE_LT' stands twice"),
    "the wrong order": (
        lambda: b'{"FLR_NORMAL_LOW": 29, "FLR_NORMAL_HIGH": 25}',
        "FLR_NORMAL_LOW (29) lies above FLR_NORMAL_HIGH (25)",
    ),
    "another hash": (lambda: exported(hash="0" * 64), "is not that of the thresholds in the file"),
    "a hash that is no text": (lambda: exported(hash=12), "hash: 12 is not that"),
    "another schema": (
        lambda: exported(schema="crlm-thresholds/9"),
        "schema: 'crlm-thresholds/9' is not allowed; allowed: 'crlm-thresholds/1'",
    ),
    "a part too many": (lambda: exported(notes="x"), "notes: this is no part of crlm-thresholds/1"),
    "thresholds as a list": (lambda: exported(thresholds=[1]), "thresholds: a list is not allowed"),
    "changes that are not in the set": (
        lambda: exported(changes={"ADAM_FLR_MIN": 35}),
        "changes.ADAM_FLR_MIN: 35 does not stand under thresholds",
    ),
    "a list": (lambda: b"[1, 2]", "The file holds a list; allowed: a file of crlm-thresholds/1"),
    "an empty object": (lambda: b"{}", "names no threshold"),
    "an empty file": (lambda: b"", "empty"),
    "a picture": (lambda: b"\x89PNG\r\n\x1a\n\xff\xfe", "not UTF-8 text"),
    "a letter": (lambda: b"Dear colleague,", "not JSON"),
    "a deep nest": (lambda: b"[" * 100_000, "nested too deeply"),
    "a huge file": (lambda: b" " * (LARGEST + 1), "allowed: at most 262,144"),
    "what is in force": (lambda: set_text(current_rulebook()).encode(), "The file changes nothing"),
}  # fmt: skip


@pytest.mark.parametrize("what", sorted(BAD))
def test_a_file_that_cannot_be_taken_is_refused_in_words_and_leaves_nothing(
    reader: Client, what: str
) -> None:
    make, says = BAD[what]
    sync_rulebook()
    answer = reader.post(
        "/rulebook/import/",
        {**WHY, "take": "all", "profile": "", "file": SimpleUploadedFile("set.json", make() or b"\n")},
    )
    assert answer.status_code == 422
    shown = " ".join(answer.content.decode().replace("&#x27;", "'").replace(NBSP, " ").split())
    assert says in shown
    assert not RulebookDraft.objects.exists()


def test_all_that_is_wrong_with_a_file_is_told_at_once(author: User) -> None:
    with pytest.raises(ValidationError) as refused:
        draft_from_set(by=author, content=b'{"NOBODY": 1, "ADAM_FLR_MIN": 900, "LT_AGE_LT": 65}', **WHY)
    assert len(refused.value.message_dict["file"]) == 2
    many = json.dumps({f"N{number}": 1 for number in range(5000)}).encode()
    with pytest.raises(ValidationError) as refused:
        draft_from_set(by=author, content=many, **WHY)
    assert refused.value.message_dict["file"][-1] == "And 4980 more of this kind."


def test_the_import_page_leads_to_the_draft(reader: Client) -> None:
    answer = reader.post(
        "/rulebook/import/",
        {**WHY, "take": "all", "profile": "", "file": SimpleUploadedFile("a.json", b'{"ADAM_FLR_MIN": 35}')},
    )
    draft = RulebookDraft.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/rulebook/drafts/{draft.pk}/")
    assert [step.kind for step in draft.steps.all()] == ["drafted", "changed"]


def test_a_reason_and_a_reference_are_asked_for_and_nothing_is_half_done(reader: Client) -> None:
    answer = reader.post(
        "/rulebook/import/", {"title": "x", "file": SimpleUploadedFile("a.json", b'{"ADAM_FLR_MIN": 35}')}
    )
    assert answer.status_code == 422
    assert "reason: nothing given" in answer.content.decode()
    assert not RulebookDraft.objects.exists()


def test_only_rule_admins_import(client: Client, coordinator: User) -> None:
    client.force_login(coordinator)
    page(client, "/rulebook/import/", status=403)
    with pytest.raises(PermissionDenied):
        draft_from_set(by=coordinator, content=b'{"ADAM_FLR_MIN": 35}', **WHY)


# ------------------------------------------------------------------------------- two over the same cases
def test_a_comparison_says_what_the_engine_says_of_each_case(
    author: User, second: User, coordinator: User
) -> None:
    versions = stage_cohort(coordinator, 60)
    left = current_rulebook()
    right = activated(author, second, ADAM_FLR_MIN=45, FLR_NORMAL_HIGH=35)
    found = Comparison(left, right)
    expected = {}
    for version in versions:
        one, two = (assess(parse(version.document), thresholds_of(item)) for item in (left, right))
        names = {key for key in one["definitions"] if one["definitions"][key] != two["definitions"][key]}
        if names or one["liver_class"] != two["liver_class"]:
            expected[version.pk] = len(names) + (one["liver_class"] != two["liver_class"])
    assert expected
    assert {
        case["version"].pk: len(case["moves"]) for case in found.cases(found.visible(coordinator))
    } == expected
    assert sum(row["count"] for row in found.flow()["rows"]) == 60


def test_cases_of_other_centres_are_counted_and_not_listed(
    client: Client, author: User, second: User, coordinator: User, person: Callable[..., User]
) -> None:
    south = Centre.objects.create(code="south", name="Southfield")
    stage_cohort(coordinator, 25, seed=1)
    stage_cohort(person("ann", "coordinator", centre=south), 25, seed=2, centre=south)
    left = current_rulebook()
    right = activated(author, second, ADAM_FLR_MIN=45, PHELIP_MAX_LESIONS=4, ICHIDA_MAX_LESIONS=6)
    address = f"/rulebook/compare/?left={left.number}&right={right.number}"
    client.force_login(coordinator)
    shown = page(client, address)
    assert "S1-" in shown
    assert "S2-" not in shown
    assert "of others" in shown
    rows = list(
        csv.reader(
            io.StringIO(
                client.get(address.replace("compare/", "compare.csv")).content.decode(),
            )
        )
    )
    assert rows[0] == ["case", "centre", "staging_date", "staging_version", "answer", "left", "right"]
    assert {row[1] for row in rows[1:]} == {"Northgate"}
    assert all(row[5] != row[6] for row in rows[1:])
    client.force_login(author)
    assert "S1-" not in page(client, address)


def test_a_comparison_with_a_version_that_does_not_exist_says_so(reader: Client) -> None:
    sync_rulebook()
    assert "There is no version 77" in page(reader, "/rulebook/compare/?left=1&right=77", status=404)
    assert "Both hold the same numbers" in page(reader, "/rulebook/compare/?left=1&right=1")


# --------------------------------------------------------------------------------------- the time machine
MONTH = datetime.timedelta(days=30)


@pytest.fixture
def changed(author: User, second: User, coordinator: User) -> Iterator[tuple[Any, RulebookVersion]]:
    """A month later: a case of today, and a rulebook of that day under which a definition comes out otherwise."""
    versions = stage_cohort(coordinator, 30)
    with time_machine.travel(timezone.now() + MONTH, tick=False):
        held = activated(author, second, ADAM_FLR_MIN=45)
        run_chunk(RulebookActivation.objects.get(version=held).pk, size=100)
        yield _first_changed(versions, held), held


def _first_changed(versions: list[Any], held: RulebookVersion) -> Any:
    return next(
        item
        for item in versions
        if item.assessments.get(rulebook=held).result["definitions"]
        != item.assessments.get(rulebook__number=1).result["definitions"]
    )


def test_a_case_is_shown_under_another_rulebook_marked_as_such_and_nothing_is_stored(
    client: Client, coordinator: User, changed: tuple[Any, RulebookVersion]
) -> None:
    version, held = changed
    client.force_login(coordinator)
    stored = Assessment.objects.count()
    address = f"/stagings/{version.staging_id}/"
    now = page(client, address)
    assert "not the current advice" not in now
    assert f"Rulebook {held.number}</a> of the board" in now
    then = page(client, f"{address}?rulebook=1")
    assert "Under rulebook 1, not the current advice." in then
    assert "Otherwise than the current advice" in then
    assert "worked out now, not kept" in then
    yesterday = timezone.localdate() - datetime.timedelta(days=1)
    on_a_day = page(client, f"{address}?as_of={yesterday}")
    assert f"As of {yesterday.day} " in on_a_day
    assert "rulebook 1, not the current advice." in on_a_day
    today = page(client, f"{address}?as_of={timezone.localdate()}")
    assert f"rulebook {held.number}, not the current advice" in today
    assert "No class, verdict or score differs." in today
    assert Assessment.objects.count() == stored


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("rulebook=99", "There is no rulebook '99'; allowed: a number from 1 to"),
        ("rulebook=abc", "There is no rulebook 'abc'"),
        ("rulebook=99999999999999999999999", "There is no rulebook"),
        ("as_of=2026-02-31", "No rulebook is known for '2026-02-31'; allowed: a day from"),
        ("as_of=1999-01-01", "No rulebook is known for 1 Jan 1999; allowed: a day from"),
        ("as_of=2999-01-01", "No rulebook is known for 1 Jan 2999"),
        ("as_of=soon", "No rulebook is known for 'soon'"),
    ],
)
def test_a_rulebook_or_day_that_is_not_known_is_told_and_the_current_advice_stays(
    client: Client, coordinator: User, query: str, says: str
) -> None:
    (version,) = stage_cohort(coordinator, 1)
    client.force_login(coordinator)
    shown = page(client, f"/stagings/{version.staging_id}/?{query}", status=422).replace("&#x27;", "'")
    assert says in shown
    assert "The current advice is shown." in shown
    assert "not the current advice" not in shown


def test_as_of_a_day_the_profile_of_that_day_counts(
    client: Client, author: User, second: User, coordinator: User, north: Centre
) -> None:
    strict = create_profile(by=author, name="Strict", code="strict")
    activated(author, second, profile=strict, centres=[north.pk], ADAM_FLR_MIN=45)
    (version,) = stage_cohort(coordinator, 1)
    with time_machine.travel(timezone.now() + MONTH, tick=False):
        activated(author, second, profile=strict, centres=[], ADAM_FLR_MIN=40)
        client.force_login(coordinator)
        yesterday = timezone.localdate() - datetime.timedelta(days=1)
        shown = page(client, f"/stagings/{version.staging_id}/?as_of={yesterday}")
        assert "of the board, not the current advice" not in shown
    assert "rulebook 2 of Strict, not the current advice" in shown
    assert "Rulebook 2</a> of Strict" in shown


def test_a_draft_alone_has_no_advice_of_another_day(client: Client, coordinator: User) -> None:
    (version,) = stage_cohort(coordinator, 1)
    client.force_login(coordinator)
    client.post(f"/stagings/{version.staging_id}/amend/", {"reason": "A size was corrected"})
    shown = page(client, f"/stagings/{version.staging_id}/?rulebook=1")
    assert "Under rulebook 1, not the current advice." in shown


def test_a_draft_changes_none_of_these_pages(reader: Client, author: User) -> None:
    drafted(author, ADAM_FLR_MIN=45)
    assert "≥ 30 %" in page(reader, "/rulebook/thresholds/ADAM_FLR_MIN/")
    page(reader, "/rulebook/versions/2/", status=404)
