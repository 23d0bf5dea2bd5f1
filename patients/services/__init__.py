"""Every write of facts: keyword-only, atomic, with the actor (`by`), audited, permission checked."""

from patients.services.cycles import record_cycle, record_cycles, state_of
from patients.services.facts import (
    clear_fact,
    clear_facts,
    confirm_previous,
    record_fact,
    record_facts,
    record_patient_facts,
)
from patients.services.identity import IDENTITY_COLUMNS, create_patient, register_case, update_patient
from patients.services.lesions import (
    FINDING_COLUMNS,
    confirm_previous_lesion,
    remove_lesion,
    save_lesion,
    set_lesions_complete,
)
from patients.services.series import (
    add_lab_result,
    add_study,
    add_volumetry,
    correct_lab_result,
    correct_study,
    correct_volumetry,
    measure_lesions,
    remove_row,
)
from patients.services.stagings import (
    discard_draft,
    freeze_version,
    open_amendment,
    open_staging,
    update_staging,
    withdraw_staging,
)
from patients.services.treatment import (
    add_procedure,
    confirm_line_start,
    correct_line,
    correct_procedure,
    end_line,
    remove_treatment_row,
    start_line,
)

__all__ = [
    "FINDING_COLUMNS",
    "IDENTITY_COLUMNS",
    "add_lab_result",
    "add_procedure",
    "add_study",
    "add_volumetry",
    "clear_fact",
    "clear_facts",
    "confirm_line_start",
    "confirm_previous",
    "confirm_previous_lesion",
    "correct_lab_result",
    "correct_line",
    "correct_procedure",
    "correct_study",
    "correct_volumetry",
    "create_patient",
    "discard_draft",
    "end_line",
    "freeze_version",
    "measure_lesions",
    "open_amendment",
    "open_staging",
    "record_cycle",
    "record_cycles",
    "record_fact",
    "record_facts",
    "record_patient_facts",
    "register_case",
    "remove_lesion",
    "remove_row",
    "remove_treatment_row",
    "save_lesion",
    "set_lesions_complete",
    "start_line",
    "state_of",
    "update_patient",
    "update_staging",
    "withdraw_staging",
]
