"""Who has not voted before a meeting is reminded in the digest."""

from collections.abc import Iterator

import pytest

from accounts.models import User
from meetings import services
from meetings.models import Notice, VoteRound
from meetings.notices import write_notices
from meetings.services.notices import save_preference
from patients.models import Staging
from tests.meetings.notices.conftest import WEDNESDAY, OnClock, later, travel

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with travel(WEDNESDAY):
        yield


@pytest.fixture
def asked(joan: User, on_clock: OnClock) -> VoteRound:
    """A vote that is open before a meeting of next week, on a patient who is not due."""
    patient = on_clock("2026-001", -60).patient
    meeting = services.create_meeting(by=joan, title="Liver board", starts_at=later(days=7))
    staging = Staging.objects.create(patient=patient, date=later(days=-3).date(), created_by=joan)
    item = services.add_to_agenda(by=joan, meeting=meeting, staging=staging)
    return services.open_vote(by=joan, item=item, question="strategy", before_meeting=True)


def test_who_has_not_voted_before_the_meeting_is_reminded_each_day_with_a_link_to_the_ballot(
    omar: User, marek: User, asked: VoteRound
) -> None:
    services.cast_vote(by=marek, round=asked, choice="resection")
    assert write_notices(WEDNESDAY) == 1
    notice = Notice.objects.get(kind="digest", recipient=omar)
    assert notice.subject == "1 to vote on: CRLM Board"
    assert notice.contents["votes"] == [asked.pk]
    ballot = f"/meetings/{asked.item.meeting_id}/room/?item={asked.item_id}&question=strategy"
    for body in (notice.text, notice.html.replace("&amp;", "&")):
        assert "Which strategy?" in body
        assert "21 Mar 2040" in body
        assert ballot in body
        assert "Secret" not in body
        assert "Resect" not in body, "nothing of what the others voted leaves the house"
    services.cast_vote(by=omar, round=asked, choice="ablation")
    assert write_notices(later(days=1)) == 0


def test_who_stands_in_for_an_absent_member_is_not_asked_to_vote_for_them(
    omar: User, marek: User, asked: VoteRound
) -> None:
    today = WEDNESDAY.date()
    save_preference(by=omar, digest="daily", away_from=today, away_until=today, cover=marek)
    write_notices(WEDNESDAY)
    assert [notice.stands_in_for for notice in Notice.objects.filter(recipient=marek)] == [None]
    assert not Notice.objects.filter(recipient=omar).exists()
