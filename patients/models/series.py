"""What happens over time: lesions and their sizes, imaging, laboratory, volumetry, treatment, procedures."""

from typing import ClassVar

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from patients.models.columns import Coded, CodedList, Count, Day, Quantity, Words, YesNo
from patients.models.patient import Patient
from patients.models.staging import Staging


@pghistory.track()
class Lesion(models.Model):
    """A liver lesion (a site), known by its label ('L1') through all stagings, also once it has disappeared."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="lesions")
    label = models.CharField(max_length=40)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["patient", "label"]
        constraints = [
            models.UniqueConstraint(name="lesion_label_once", fields=["patient", "label"]),
            models.CheckConstraint(name="lesion_label_given", condition=~Q(label="")),
        ]

    def __str__(self) -> str:
        return self.label


@pghistory.track()
class LesionFinding(models.Model):
    """One lesion at one staging: facts `lesions[].*`, its relation to vessels, and what is planned for it."""

    facts: ClassVar[tuple[str, ...]] = (
        "segment", "diameter_mm", "baseline_diameter_mm", "subcapsular", "depth_mm", "ablatable", "disappeared",
        "last_modality_negative",
    )  # fmt: skip

    class Plan(models.TextChoices):
        RESECT = "resect", "Resect"
        ABLATE = "ablate", "Ablate"
        LEAVE = "leave", "Leave in place"

    staging = models.ForeignKey(Staging, on_delete=models.CASCADE, related_name="lesion_findings")
    lesion = models.ForeignKey(Lesion, on_delete=models.CASCADE, related_name="findings")
    segment = Coded("I", "II", "III", "IVa", "IVb", "V", "VI", "VII", "VIII")
    diameter_mm = Quantity(0, 300)
    baseline_diameter_mm = Quantity(0, 300)
    subcapsular = YesNo()
    depth_mm = Quantity(0, 150)
    ablatable = YesNo()
    disappeared = YesNo()
    last_modality_negative = CodedList("CT", "MRI", "EOB_MRI", "CEUS", "IOUS", "CEIOUS")
    vascular_relation = models.CharField(max_length=200, blank=True)
    plan = models.CharField(max_length=8, choices=Plan, blank=True)

    class Meta:
        ordering = ["staging", "lesion__label"]
        constraints = [models.UniqueConstraint(name="lesion_finding_once", fields=["staging", "lesion"])]

    def __str__(self) -> str:
        return f"{self.lesion} at {self.staging}"


@pghistory.track()
class ImagingStudy(models.Model):
    """One examination. `recist_baseline` marks the study that RECIST is measured against."""

    class Modality(models.TextChoices):
        CT = "CT", "CT"
        MRI = "MRI", "MRI"
        EOB_MRI = "EOB_MRI", "MRI with gadoxetate"
        PET_CT = "PET_CT", "PET-CT"
        CEUS = "CEUS", "Contrast-enhanced ultrasound"
        IOUS = "IOUS", "Intra-operative ultrasound"
        CEIOUS = "CEIOUS", "Contrast-enhanced intra-operative ultrasound"

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="studies")
    date = models.DateField()
    modality = models.CharField(max_length=8, choices=Modality)
    booked = models.BooleanField(default=False, help_text="Booked and not yet done.")
    study_uid = models.CharField(max_length=64, blank=True)
    report = models.TextField(blank=True)
    recist_baseline = models.BooleanField(default=False)
    new_lesions = YesNo()

    class Meta:
        ordering = ["patient", "-date", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="study_uid_once", fields=["patient", "study_uid"], condition=~Q(study_uid="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_modality_display()} {self.date}"


@pghistory.track()
class LesionMeasurement(models.Model):
    """The longest diameter of a lesion in one study, in mm; NULL when it was not measured, 0 when not seen."""

    study = models.ForeignKey(ImagingStudy, on_delete=models.CASCADE, related_name="measurements")
    lesion = models.ForeignKey(Lesion, on_delete=models.CASCADE, related_name="measurements")
    diameter_mm = Quantity(0, 300)
    target = models.BooleanField(default=False, help_text="A RECIST target lesion.")

    class Meta:
        ordering = ["study", "lesion__label"]
        constraints = [models.UniqueConstraint(name="measurement_once", fields=["study", "lesion"])]

    def __str__(self) -> str:
        return f"{self.lesion}: {self.diameter_mm} mm"


@pghistory.track()
class Volumetry(models.Model):
    """One volumetry. `flr_pct` is the reported percentage; the engine computes one where it is missing."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="volumetries")
    date = models.DateField()
    planned_resection = models.CharField(max_length=120, blank=True)
    measured_tlv_ml = Quantity(400, 4000)
    tumour_volume_ml = Quantity(0, 3000)
    flr_ml = Quantity(50, 2500)
    flr_pct = Quantity(1, 100)

    class Meta:
        ordering = ["patient", "-date", "-pk"]
        verbose_name_plural = "volumetries"

    def __str__(self) -> str:
        return f"Volumetry {self.date}"


@pghistory.track()
class LabResult(models.Model):
    """One laboratory value. The unit is fixed by the analyte."""

    class Analyte(models.TextChoices):
        CEA = "cea_ng_ml", "CEA (ng/mL)"
        CA19_9 = "ca19_9_u_ml", "CA 19-9 (U/mL)"
        BILIRUBIN = "bilirubin_umol_l", "Bilirubin (µmol/L)"
        CREATININE = "creatinine_umol_l", "Creatinine (µmol/L)"
        PLATELETS = "platelets_10e9_l", "Platelets (10⁹/L)"

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="lab_results")
    date = models.DateField()
    analyte = models.CharField(max_length=20, choices=Analyte)
    value = models.FloatField()

    class Meta:
        ordering = ["patient", "analyte", "-date", "-pk"]
        constraints = [
            models.UniqueConstraint(name="lab_result_once_a_day", fields=["patient", "analyte", "date"]),
            models.CheckConstraint(name="lab_result_not_negative", condition=Q(value__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.get_analyte_display()} {self.value} on {self.date}"


@pghistory.track()
class TreatmentLine(models.Model):
    """Systemic therapy for metastatic disease. Progression or the board starts the next line.

    `actual_start` is day 1 of cycle 1, once a named person has confirmed it.
    """

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="treatment_lines")
    number = Count(1, 6, null=False, blank=False)
    intent = Coded("conversion", "neoadjuvant", "adjuvant", "palliative")
    regimen = Coded("FOLFOX", "FOLFIRI", "CAPOX", "FOLFOXIRI", "5FU", "pembrolizumab", "other")
    drugs = models.CharField("targeted and other drugs", max_length=120, blank=True)
    targeted_agent = YesNo()
    cycle_length_days = Count(7, 42)
    planned_start = Day()
    actual_start = Day()
    start_confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_on = Day()
    end_reason = Words()

    class Meta:
        ordering = ["patient", "number"]
        constraints = [
            models.UniqueConstraint(name="line_number_once", fields=["patient", "number"]),
            models.CheckConstraint(
                name="line_start_confirmed_by_someone",
                condition=Q(actual_start__isnull=True, start_confirmed_by__isnull=True)
                | Q(actual_start__isnull=False, start_confirmed_by__isnull=False),
            ),
            models.CheckConstraint(
                name="line_ends_after_start",
                condition=Q(ended_on__isnull=True)
                | Q(actual_start__isnull=True)
                | Q(ended_on__gte=F("actual_start")),
            ),
        ]

    def __str__(self) -> str:
        return f"Line {self.number}: {self.regimen or 'regimen not known'}"


@pghistory.track()
class TreatmentCycle(models.Model):
    """One cycle of a line; one without an outcome leaves the number of cycles given unknown."""

    class Outcome(models.TextChoices):
        GIVEN = "given", "Given"
        REDUCED = "reduced", "Given, dose reduced"
        DELAYED = "delayed", "Delayed"
        OMITTED = "omitted", "Not given"

    line = models.ForeignKey(TreatmentLine, on_delete=models.CASCADE, related_name="cycles")
    number = Count(1, 60, null=False, blank=False)
    date = models.DateField()
    outcome = models.CharField(max_length=8, choices=Outcome, blank=True)
    reason = models.CharField("why delayed, reduced or not given", max_length=200, blank=True)

    class Meta:
        ordering = ["line", "number"]
        constraints = [models.UniqueConstraint(name="cycle_number_once", fields=["line", "number"])]

    def __str__(self) -> str:
        return f"Cycle {self.number} of {self.line}"


@pghistory.track()
class Procedure(models.Model):
    """A procedure planned or done."""

    class Kind(models.TextChoices):
        PRIMARY_RESECTION = "primary_resection", "Resection of the primary"
        PVE = "PVE", "Portal vein embolisation"
        PVL = "PVL", "Portal vein ligation"
        LVD = "LVD", "Liver venous deprivation"
        ALPPS = "ALPPS", "ALPPS, stage 1"
        TSH = "TSH", "Two-stage hepatectomy, stage 1"
        LIVER_RESECTION = "liver_resection", "Liver resection"
        ABLATION = "ablation", "Thermal ablation"
        HAIC = "HAIC", "Hepatic arterial infusion"
        TRANSPLANT = "transplant", "Liver transplantation"

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="procedures")
    kind = models.CharField(max_length=20, choices=Kind)
    planned_on = Day()
    done_on = Day()
    margin = Coded("R0", "R1", "R2")
    margin_mm = Quantity(0, 50)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["patient", "done_on", "planned_on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="procedure_planned_or_done",
                condition=Q(planned_on__isnull=False) | Q(done_on__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
