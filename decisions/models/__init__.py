"""Advice: the rulebook and its drafts, assessments and the runs that make them."""

from decisions.models.assessment import Assessment, AssessmentJob
from decisions.models.rulebook import (
    DraftChange,
    DraftStep,
    RulebookActivation,
    RulebookDraft,
    RulebookProfile,
    RulebookVersion,
)

__all__ = [
    "Assessment",
    "AssessmentJob",
    "DraftChange",
    "DraftStep",
    "RulebookActivation",
    "RulebookDraft",
    "RulebookProfile",
    "RulebookVersion",
]
