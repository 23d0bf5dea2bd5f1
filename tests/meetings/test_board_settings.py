"""What a board chooses for itself: where it is found, what it says, its bounds, and what it changes in the form."""

from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from accounts.audit import last_change
from accounts.models import Centre, User
from meetings import services
from meetings.models import AgendaItem, BoardSettings
from meetings.standard import HABITS, INTENTS, USUAL, habits_of
from tests.meetings.conftest import day

pytestmark = pytest.mark.django_db
ADDRESS = "/board/settings/"


def save(by: User, centre: Centre | None = None, **habits: int) -> BoardSettings:
    return services.change_board_settings(
        by=by, centre=centre, advice_after_vote=True, confirm_without_discussion=False, habits=habits
    )


def test_the_settings_are_in_the_menu_of_those_who_may_change_them_and_of_nobody_else(
    client: Client,
    person: Callable[..., User],
    chair: User,
    coordinator: User,
    oncologist: User,
    viewer: User,
) -> None:
    for user in (chair, coordinator, person("ada", "administrator")):
        client.force_login(user)
        assert f'href="{ADDRESS}"' in client.get("/").content.decode()
        assert client.get(ADDRESS).status_code == 200
    for user in (oncologist, viewer):
        client.force_login(user)
        assert f'href="{ADDRESS}"' not in client.get("/").content.decode()
        assert client.get(ADDRESS).status_code == 403


def test_the_page_says_what_each_setting_does_and_marks_the_terms_as_the_boards_own(
    client: Client, chair: User
) -> None:
    client.force_login(chair)
    page = client.get(ADDRESS).content.decode()
    assert "Off: everybody reads the advice at once" in page
    assert "Off: every case is discussed" in page
    assert "board’s own choice" in page
    for habit in HABITS.values():
        assert habit.label in page


def test_a_term_that_the_board_chose_is_what_the_form_of_a_decision_offers(
    client: Client, chair: User, item: AgendaItem
) -> None:
    client.force_login(chair)
    look = reverse("meetings:decision-look", args=[item.meeting_id, item.pk])
    typed = {
        "revision": "0",
        "outcome": "resection",
        "element-TOTAL_FORMS": "0",
        "element-INITIAL_FORMS": "0",
    }

    def offered() -> str:
        return client.post(look, typed, headers={"HX-Request": "true"}).content.decode()

    assert f'value="{day(28).isoformat()}"' in offered()
    client.post(ADDRESS, {"centre": "", "board-all-advice_after_vote": "on", "board-all-resection": "21"})
    page = offered()
    assert f'value="{day(21).isoformat()}"' in page
    assert "Dates offered: 21" in page
    assert "board’s own choice" in page
    row = BoardSettings.objects.get(centre=None)
    assert row.habits == {"resection": 21}, "what the program offers is not stored"
    change = last_change(row)
    assert change is not None
    assert "Helen Castle" in change.words


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("resection", "0", "0 is not allowed; allowed: 1 to 365 days."),
        ("resection", "366", "366 is not allowed; allowed: 1 to 365 days."),
        ("conversion_start", "121", "121 is not allowed; allowed: 0 to 120 days."),
        ("adjuvant", "soon", "This is no whole number; allowed: 1 to 365 days."),
    ],
)
def test_a_term_out_of_bounds_is_named_beside_its_box_and_nothing_is_saved(
    client: Client, chair: User, name: str, value: str, words: str
) -> None:
    client.force_login(chair)
    answer = client.post(ADDRESS, {"centre": "", f"board-all-{name}": value, "board-all-ablation": "30"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert words in page
    assert f'value="{value}"' in page
    assert not BoardSettings.objects.exists()


def test_the_service_refuses_what_the_page_refuses(chair: User) -> None:
    for given in ({"resection": 400}, {"siesta": 1}, {"resection": True}):
        with pytest.raises(ValidationError) as error:
            save(chair, **given)
        assert list(error.value.message_dict) == list(given)


def test_an_emptied_box_takes_what_the_program_offers_again(client: Client, chair: User) -> None:
    save(chair, resection=21, ablation=7)
    client.force_login(chair)
    client.post(ADDRESS, {"centre": "", "board-all-resection": ""})
    assert BoardSettings.objects.get().habits == {"ablation": 7}


def test_each_board_has_its_own_terms(chair: User, north: Centre) -> None:
    save(chair, north, resection=10)
    assert habits_of(BoardSettings.objects.get(centre=north))["resection"] == 10
    assert habits_of(BoardSettings())["resection"] == 28


def test_every_term_belongs_to_an_outcome_and_every_outcome_has_its_terms() -> None:
    used = {term for rows in USUAL.values() for usual in rows for term in (usual.term, usual.start) if term}
    assert used == set(HABITS)
    assert set(INTENTS) <= set(USUAL)
    assert all(habit.least <= habit.days <= habit.most for habit in HABITS.values())
