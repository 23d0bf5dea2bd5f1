"""Does an examination show progression? The engine's own rule, on the record as it stands that day."""

from decisions.case_facts.recist import recist_facts
from decisions.case_facts.record import studies_until
from decisions.engine import derived as d
from decisions.engine.logic import Context
from decisions.rulebooks import current_thresholds
from patients.models import ImagingStudy, TreatmentLine


def shows_progression(study: ImagingStudy) -> bool:
    """True when this examination reports new lesions, or its sum of targets makes the response PD (C14).

    What an earlier examination found new does not count again. An unknown sum is no progression.
    """
    if study.booked:
        return False
    if study.new_lesions:
        return True
    begun = TreatmentLine.objects.filter(patient=study.patient_id, actual_start__lte=study.date)
    line = begun.order_by("-actual_start").first()
    found = recist_facts(
        studies_until(study.patient_id, study.date), line_start=line.actual_start if line else None
    )
    current = found.get("imaging.recist.current_sum_mm")
    if current is None or current.observed_on != study.date:
        return False
    sums = {name: one.value for name, one in found.items() if name != "imaging.recist.new_lesions"}
    return d.response.value(Context(sums, current_thresholds(study.patient))) == "PD"
