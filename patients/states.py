"""States and how they are shown: each has a shape, a word and a colour, and one place says which."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Look:
    """`icon` is a symbol of the sprite, `tone` one of yes, no, open, none, now, `word` what is written."""

    icon: str
    tone: str
    word: str


LOOKS: dict[str, Look] = {
    # three values, and the verdict of a definition
    "true": Look("met", "yes", "true"),
    "false": Look("not", "no", "false"),
    "unknown": Look("open", "open", "not known"),
    "noted": Look("na", "none", "noted"),
    "met": Look("met", "yes", "met"),
    "not_met": Look("not", "no", "not met"),
    "indeterminate": Look("open", "open", "indeterminate"),
    "not_applicable": Look("na", "none", "not applicable"),
    # rules
    "fired": Look("dot", "now", "applies"),
    "not_fired": Look("ring", "none", "does not apply"),
    # options: what the sources say, no advice of ours
    "supported": Look("dot", "now", "supported"),
    "supported_with_conflict": Look("half", "now", "supported, with conflict"),
    "opposed": Look("ring", "none", "opposed"),
    "no_argument": Look("na", "none", "no argument"),
    # classes of resectability
    "resectable": Look("met", "yes", "resectable"),
    "borderline_flr": Look("half", "open", "borderline remnant"),
    "unresectable_flr": Look("not", "no", "unresectable: remnant"),
    "unresectable_unassessed": Look("not", "no", "remnant too small, technique open"),
    "unresectable": Look("not", "no", "unresectable"),
    "borderline": Look("half", "open", "borderline"),
    "adequate": Look("met", "yes", "adequate"),
    "inadequate": Look("not", "no", "inadequate"),
    # assessments
    "queued": Look("ring", "none", "queued"),
    "running": Look("play", "now", "running"),
    "done": Look("check", "yes", "done"),
    "failed": Look("late", "no", "failed"),
    # stagings
    "draft": Look("half", "now", "draft"),
    "frozen": Look("lock", "yes", "staged"),
    "superseded": Look("na", "none", "superseded"),
    "withdrawn": Look("not", "none", "withdrawn"),
    # drafts of the rulebook; draft and withdrawn as elsewhere
    "submitted": Look("clock", "open", "waits for approval"),
    "approved": Look("check", "now", "approved, waits for its day"),
    "active": Look("met", "yes", "activated"),
    "overtaken": Look("conflict", "open", "not on the version in force"),
    # the clock
    "overdue": Look("late", "no", "overdue"),
    "due": Look("clock", "open", "due"),
    "soon": Look("ring", "now", "soon"),
    "not_due": Look("na", "none", "not due"),
    "later": Look("na", "none", "later"),
    "note": Look("na", "none", "note"),
    "not_needed": Look("not", "none", "not needed"),
    "awaiting_start": Look("pause", "none", "awaiting start"),
    "in_time": Look("check", "yes", "in time"),
    "missed": Look("late", "no", "missed"),
    "not_counted": Look("na", "none", "not counted"),
    # notices; waiting and failed as elsewhere
    "sending": Look("play", "now", "being sent"),
    "sent": Look("check", "yes", "sent"),
    "unclear": Look("open", "open", "not known whether sent"),
    # lesions, since the earlier scan
    "new": Look("plus", "no", "new"),
    "grown": Look("up", "no", "larger"),
    "stable": Look("same", "none", "stable"),
    "shrunk": Look("down", "yes", "smaller"),
    "disappeared": Look("gone", "open", "not seen"),
    # agenda, decisions and their elements
    "waiting": Look("ring", "none", "waiting"),
    "open": Look("play", "now", "open now"),
    "decided": Look("check", "yes", "decided"),
    "deferred": Look("pause", "none", "deferred"),
    "ready": Look("check", "yes", "ready"),
    "incomplete": Look("open", "open", "incomplete"),
    "follows": Look("check", "yes", "follows the advice"),
    "deviates": Look("conflict", "open", "deviates from the advice"),
    "no_comparison": Look("na", "none", "no comparison"),
    "changed": Look("conflict", "open", "changed"),
    "not_done": Look("not", "no", "not done"),
    "planned": Look("ring", "now", "planned"),
    "released": Look("lock", "yes", "released"),
    # how a value came to be here
    "not_known": Look("open", "open", "not known"),
    "missing": Look("open", "open", "missing"),
    "stale": Look("clock", "open", "old"),
    "conflict": Look("conflict", "open", "the sources disagree"),
    # people and rules of the record
    "deceased": Look("na", "none", "deceased"),
    "transferred": Look("na", "none", "transferred"),
    "closed": Look("lock", "none", "closed"),
}
"""Every state by its code; codes with spaces or hyphens are looked up with underscores."""

MARKS: dict[str, str] = {
    "yes": "",
    "memory": "not verified against the original paper",
    "engine_choice": "board’s own choice",
    "external": "source outside the review",
}
"""What is written beside a threshold, rule or score for its `verified`."""


def look(code: str) -> Look:
    """The look of state `code`. Raises `KeyError` naming an unknown code: a state must not go unseen."""
    key = str(code).strip().lower().replace(" ", "_").replace("-", "_").replace(",", "")
    try:
        return LOOKS[key]
    except KeyError:
        raise KeyError(f"state {code!r} has no look; known are {', '.join(sorted(LOOKS))}") from None
