"""The notices of the year: written, sent, read; and every day's proof that whoever is overdue was told.

Until the program sends notices, a coordinator looks at the clock each Monday instead.
"""

import datetime
import importlib.util
from collections import Counter
from typing import TYPE_CHECKING

from django.utils import timezone

from meetings.models import Notice, Reassessment
from tests.simulation.mail import Server
from tests.simulation.oracle import ONE_DAY

if TYPE_CHECKING:
    from tests.simulation.year import Year

NOTICES = importlib.util.find_spec("meetings.notices") is not None
SENDS = ((7, 20), (9, 0), (12, 0), (16, 30))
DOUBLE_EVERY = 9
"""Every so many days each task is delivered twice."""
REFUSE_EVERY = 11
"""Every so many days the mail server refuses a mail for now."""


class Mailroom:
    """Runs the two tasks of the notices, reads the mails, and acts on them as people do."""

    def __init__(self, year: "Year") -> None:
        self.year = year
        self.told_days = 0
        self.long_overdue: set[int] = set()
        self.by_state: Counter[str] = Counter()
        Server.reset()

    # -------------------------------------------------------------------------------------------- the day
    def morning(self) -> None:
        """The tasks of the day, when there is something to run them."""
        if not NOTICES:
            if self.year.today.weekday() == 0:
                self._look_at_the_clock()
            return
        Server.down = not self.year.up("mail server")
        if not (self.year.up("scheduler") and self.year.up("broker")):
            return
        from meetings import notices

        if self.year.number % REFUSE_EVERY == 0:
            Server.refuse = 1
        times = 2 if self.year.number % DOUBLE_EVERY == 0 else 1
        for hour, minute in SENDS:
            if (hour, minute) != SENDS[0] and not Notice.objects.filter(state="waiting").exists():
                break
            self.year._go_to(hour, minute)
            for _ in range(times):
                notices.write_notices(timezone.now())
            for _ in range(times):
                notices.send_due(timezone.now())
        self._check_told()
        self._read()

    def evening(self) -> None:
        """Nothing waits for the night when the mail server answers."""

    def _check_told(self) -> None:
        """On a working day on which everything runs, every overdue case stands in a notice that was sent."""
        today = self.year.today
        if today.weekday() > 4 or not self.year.up("mail server"):
            return
        overdue = {name for name, window in self.year.book.open.items() if window.is_overdue(today)}
        overdue -= self.year.waiting_for_advice
        told: set[int] = set()
        for contents in Notice.objects.filter(day=today, state="sent").values_list("contents", flat=True):
            told.update(contents.get("reassessments", []))
        named = set(Reassessment.objects.filter(pk__in=told).values_list("patient__case_id", flat=True))
        assert overdue <= named, f"{today}: overdue and not told: {sorted(overdue - named)}"
        self.told_days += 1

    def _read(self) -> None:
        """People read what has arrived today, and some of them act."""
        today = self.year.today
        sent = Notice.objects.filter(sent_at__gte=self.year._at(0, 0), state="sent")
        pks: dict[int, str] = {}
        for kind, contents in sent.values_list("kind", "contents"):
            for pk in contents.get("reassessments", []):
                pks[pk] = "escalation" if kind == "escalation" else pks.get(pk, kind)
        if not self.year.forgotten:
            return
        forgotten = Reassessment.objects.filter(
            pk__in=pks, patient__case_id__in=self.year.forgotten, ended_at__isnull=True
        )
        for pk, case_id in sorted(forgotten.values_list("pk", "patient__case_id")):
            window = self.year.book.open[case_id]
            chance = 0.5 if pks[pk] == "escalation" else 0.12 if window.is_overdue(today) else 0.03
            if self.year.random.random() < chance:
                self.year.remembered(self.year.forgotten[case_id])

    def _look_at_the_clock(self) -> None:
        for case_id, case in sorted(self.year.forgotten.items()):
            window = self.year.book.open.get(case_id)
            late = window is not None and window.is_overdue(self.year.today - 7 * ONE_DAY)
            if late and self.year.random.random() < 0.6:
                self.year.remembered(case)

    # -------------------------------------------------------------------------------------------- the year
    def check_year(self) -> dict[str, int]:
        """No notice was doubled, none is left behind; returns how many there were of which kind."""
        keys = Counter(mail.key for mail in Server.taken)
        doubled = [key for key, count in keys.items() if count > 1]
        assert not doubled, doubled
        a_day = Counter((mail.address, mail.day, mail.key.split(".")[0]) for mail in Server.taken)
        assert all(count == 1 for count in a_day.values()), a_day.most_common(3)
        sent = Notice.objects.filter(state="sent")
        assert sent.count() == len(Server.taken)
        last: datetime.date = self.year.today
        left = Notice.objects.filter(state__in=("waiting", "sending"), day__lt=last - 3 * ONE_DAY)
        assert not left.exists(), list(left)
        kinds = Counter(sent.values_list("kind", flat=True))
        return {
            "digests": kinds["digest"],
            "escalations": kinds["escalation"],
            "put aside in outages": Notice.objects.filter(state="failed").count(),
        }
