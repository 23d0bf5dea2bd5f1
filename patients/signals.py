"""What the facts tell the rest of the program; sent inside the transaction of the change.

Receivers live in the apps above (`decisions`, `meetings`); if one fails, the change is undone as a whole.
"""

from django.dispatch import Signal

vital_status_changed = Signal()
"""`patient`, `by`: the patient died, was transferred, or that was corrected."""

line_changed = Signal()
"""`line`, `by`: a line of systemic therapy was planned, started, corrected or ended."""

cycles_recorded = Signal()
"""`line`, `cycles`, `by`: these cycles of a line were written or corrected."""
record_changed = Signal()
"""`patient`, `by`: a volumetry, a procedure or a fact of the patient was recorded or corrected, a staging
withdrawn, or any row of the series taken back."""

study_recorded = Signal()
"""`study`, `by`: an examination was booked, done or corrected."""

study_removed = Signal()
"""`study` (its columns as they were), `by`: an examination was taken out of the record."""

boards_asked = Signal()
"""`patient`: what the boards decided, for the drawing of the course. Receivers return `drawings.course.Event`s."""
