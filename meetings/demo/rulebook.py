"""The demo board's rulebook: one version that went the whole way, and a draft that waits for the second person."""

from collections.abc import Mapping

from accounts.models import User
from decisions import services as rulebook
from decisions.models import RulebookActivation, RulebookDraft
from decisions.previews import impact_of, sides_of

Numbers = Mapping[str, tuple[float, str, str]]
"""New value, reason, reference by threshold."""

REPORTS: Numbers = {
    "SCAN_REPORT_DAYS": (
        4,
        "Reports of the liver MRI took four working days in nine of ten cases",
        "Radiology, figures of the last quarter",
    ),
    "LT_AGE_LT": (
        68,
        "Limit of the regional transplant programme",
        "Letter of the programme to the board",
    ),
}
REMNANT: Numbers = {
    "FLR_NORMAL_LOW": (
        25,
        "Two liver failures after resection at 22 and 24 %",
        "Local audit of liver failures after resection",
    ),
    "FLR_NORMAL_HIGH": (
        35,
        "One prolonged failure at 33 %; volumetry varies by up to 3 points between readers",
        "Local audit of liver failures after resection",
    ),
}


def load_activated(people: Mapping[str, User]) -> None:
    """A version with its trail. Loaded before the patients, so that their cases are assessed under it."""
    draft = _draft(people["ruleadmin"], "Reports and transplant programme", REPORTS)
    draft = rulebook.submit_draft(
        by=draft.author, draft=draft, revision=draft.revision, comment="As agreed at the last board day"
    )
    rulebook.note_look(by=people["approver"], draft=draft, figures=impact_of(sides_of(draft)).figures())
    done = rulebook.approve_draft(
        by=people["approver"], draft=draft, revision=draft.revision, comment="Letter seen"
    )
    rulebook.run_chunk(RulebookActivation.objects.get(version=done.version).pk)


def load_waiting(people: Mapping[str, User]) -> None:
    """A draft of the remnant's limits: its impact was looked at, and it waits for approval."""
    draft = _draft(people["ruleadmin"], "Remnant limits after the local audit", REMNANT)
    rulebook.note_look(by=draft.author, draft=draft, figures=impact_of(sides_of(draft)).figures())
    rulebook.submit_draft(
        by=draft.author, draft=draft, revision=draft.revision, comment="Please compare the cases below 25 %"
    )


def _draft(by: User, title: str, numbers: Numbers) -> RulebookDraft:
    draft = rulebook.start_draft(by=by, title=title)
    return rulebook.save_draft(
        by=by,
        draft=draft,
        revision=draft.revision,
        title=title,
        holds_from=draft.holds_from,
        centres=[],
        changes={name: rulebook.Wanted(*wanted) for name, wanted in numbers.items()},
    )
