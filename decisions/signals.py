"""What decisions tell the rest of the program; sent inside the transaction of the change.

Receivers live in the apps above (`meetings`); if one fails, the change is undone as a whole.
"""

from django.dispatch import Signal

case_staged = Signal()
"""`version`, `by`: a version of a staging was frozen; its assessment is queued."""

assessment_stored = Signal()
"""`assessment`: an assessment of a staging version was stored (once for each rulebook and engine version)."""

rulebook_activated = Signal()
"""`activation`: every open case was assessed again under a version that came into force."""
advice_asked = Signal()
"""`staging`, `user`: may this person read the advice yet? Receivers return a `closed.Closed`, or None when they may."""
