"""Facts that belong to the patient, whatever the staging: identity, primary, onset, molecular results."""

from typing import ClassVar

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import Centre
from patients.models.columns import Coded, Count, Day, Words, YesNo


@pghistory.track()
class Patient(models.Model):
    """A patient of the board.

    `case_id` is the pseudonymous case number; it is the only thing that must be given, because
    registries send no names. `birth_date` and `sex` are the facts `patient.birth_date`, `patient.sex`.
    """

    block: ClassVar[str] = "patient"
    facts: ClassVar[tuple[str, ...]] = ("birth_date", "sex")

    class VitalStatus(models.TextChoices):
        ALIVE = "alive", "Alive"
        DECEASED = "deceased", "Deceased"
        TRANSFERRED = "transferred", "Transferred to another board"

    case_id = models.CharField("case number", max_length=60, unique=True)
    family_name = models.CharField(max_length=80, blank=True)
    given_name = models.CharField(max_length=80, blank=True)
    hospital_number = models.CharField(max_length=40, blank=True)
    birth_date = Day()
    sex = Coded("female", "male", "other")
    centre = models.ForeignKey(Centre, on_delete=models.PROTECT, related_name="patients")
    phone = models.CharField(max_length=40, blank=True)
    referred_on = Day()
    referring_doctor = models.CharField(max_length=120, blank=True)
    surgeon = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="operates_on"
    )
    oncologist = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="treats"
    )
    wishes = models.TextField("what the patient wants", blank=True)
    wishes_asked_on = Day()
    comorbidity = models.TextField(blank=True)
    vital_status = models.CharField(max_length=12, choices=VitalStatus, default=VitalStatus.ALIVE)
    vital_status_on = Day()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["case_id"]
        constraints = [
            models.CheckConstraint(name="patient_case_id_given", condition=~Q(case_id="")),
            models.UniqueConstraint(
                name="patient_hospital_number_once",
                fields=["centre", "hospital_number"],
                condition=~Q(hospital_number=""),
            ),
            models.CheckConstraint(
                name="patient_vital_status_known",
                condition=Q(vital_status__in=["alive", "deceased", "transferred"]),
            ),
            models.CheckConstraint(
                name="patient_vital_status_dated",
                condition=Q(vital_status="alive", vital_status_on__isnull=True)
                | (~Q(vital_status="alive") & Q(vital_status_on__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.case_id})" if self.name else self.case_id

    @property
    def name(self) -> str:
        """'Family, Given', or '' for a pseudonymous record."""
        return ", ".join(part for part in (self.family_name, self.given_name) if part)


class PatientBlock(models.Model):
    """A block of facts that hangs one-to-one on the patient; no row means nothing is known."""

    block: ClassVar[str]

    patient = models.OneToOneField(Patient, on_delete=models.CASCADE, primary_key=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.block} of {self.patient.case_id}"


@pghistory.track()
class Primary(PatientBlock):
    """The primary tumour: facts `primary.*` that do not depend on the staging date."""

    block = "primary"

    site_icdo3 = Coded(
        "C18.0", "C18.1", "C18.2", "C18.3", "C18.4", "C18.5", "C18.6", "C18.7", "C18.8", "C18.9", "C19.9", "C20.9"
    )  # fmt: skip
    side = Coded("right", "left")
    histology_icdo3 = Words()
    diagnosis_date = Day()
    resection_date = Day()
    rectal_level = Coded("high", "mid", "low")
    t_category = Coded("TX", "T0", "Tis", "T1", "T2", "T3", "T4", "T4a", "T4b")
    n_category = Coded("NX", "N0", "N1", "N1a", "N1b", "N1c", "N2", "N2a", "N2b")
    positive_nodes = Count(0, 60)
    margin = Coded("R0", "R1", "R2", "RX")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="primary_resected_after_diagnosis",
                condition=Q(resection_date__isnull=True)
                | Q(diagnosis_date__isnull=True)
                | Q(resection_date__gte=F("diagnosis_date")),
            )
        ]


@pghistory.track()
class LiverOnset(PatientBlock):
    """When the liver metastases appeared: facts `liver.detection_date`, `liver.detected_at_presentation`."""

    block = "liver"

    detection_date = Day()
    detected_at_presentation = YesNo()


@pghistory.track()
class PriorAdjuvant(PatientBlock):
    """Adjuvant treatment of the primary: facts `treatment.prior_adjuvant_*`, `treatment.adjuvant_given`."""

    block = "treatment"

    prior_adjuvant_oxaliplatin = YesNo()
    prior_adjuvant_oxaliplatin_end_date = Day()
    adjuvant_given = YesNo()


@pghistory.track()
class MolecularProfile(PatientBlock):
    """Molecular results: facts `molecular.*`."""

    block = "molecular"

    msi = Coded("MSI-H", "MSI-L", "MSS")
    mmr = Coded("dMMR", "pMMR")
    ras = Coded("wild_type", "mutant")
    kras = Coded("wild_type", "mutant")
    nras = Coded("wild_type", "mutant")
    kras_variant = Words()
    braf_v600e = Coded("wild_type", "mutant")
    tp53 = Coded("wild_type", "mutant")
    smad4 = Coded("wild_type", "mutant")
    crlm_subtype = Coded("canonical", "immune", "stromal")
    ctdna_preop = Coded("positive", "negative", "not_done")
    ctdna_postop = Coded("positive", "negative", "not_done")
