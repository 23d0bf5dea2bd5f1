"""Facts of one staging, one table a block; the columns are named as in the vocabulary.

Nothing here is carried into the next staging: a new staging has no rows, and everything is unknown.
A column holds what a person (or a document) stated for this staging. Where it is NULL, the value may
still come from a series (laboratory, measurements, treatment lines) or be derived from the lesions;
`decisions.case_facts` does that and says so.
"""

from typing import ClassVar

import pghistory
from django.db import models
from django.db.models import F, Q

from patients.models.columns import Coded, CodedList, Count, Day, Quantity, YesNo
from patients.models.staging import Staging


class StagingBlock(models.Model):
    """A block of facts that hangs one-to-one on the staging; no row means nothing is known."""

    block: ClassVar[str]

    staging = models.OneToOneField(Staging, on_delete=models.CASCADE, primary_key=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.block}, {self.staging}"


@pghistory.track()
class CaseContext(StagingBlock):
    """Facts `case.*` besides the key."""

    block = "case"

    phase = Coded(
        "baseline", "on_conversion", "on_neoadjuvant", "pre_surgery", "post_resection", "post_transplant",
        "surveillance", "palliative",
    )  # fmt: skip
    mdt_discussed_at_diagnosis = YesNo()
    mdt_members_present = CodedList(
        "medical_oncologist", "hpb_surgeon", "colorectal_surgeon", "radiologist", "pathologist",
        "interventional_radiologist", "radiation_oncologist", "geneticist", "transplant_surgeon", "thoracic_surgeon",
    )  # fmt: skip
    thoracic_surgeon_opinion = YesNo()
    haic_available = YesNo()
    show_research = YesNo()
    ai_output_used = YesNo()


@pghistory.track()
class Fitness(StagingBlock):
    """Facts `patient.*` that change: body size, performance status, fitness. `age_years` overrides the birth date."""

    block = "patient"

    age_years = Count(0, 120)
    height_cm = Quantity(100, 230)
    weight_kg = Quantity(25, 250)
    ecog = Count(0, 4)
    asa = Count(1, 5)
    fit_for_surgery = YesNo()
    fit_for_intensive_chemo = YesNo()
    poor_functional_reserve = YesNo()


@pghistory.track()
class PrimaryStatus(StagingBlock):
    """Facts `primary.*` that depend on the staging date."""

    block = "primary"

    resected = YesNo()
    in_situ = YesNo()
    resectable = YesNo()
    symptomatic = YesNo()


@pghistory.track()
class LiverFindings(StagingBlock):
    """Facts `liver.*` of this staging."""

    block = "liver"

    lesion_count = Count(0, 99)
    lesion_count_baseline = Count(0, 99)
    max_diameter_mm = Quantity(1, 300)
    distribution = Coded("unilobar", "bilobar")
    segments_involved_count = Count(0, 8)
    hepatic_veins_involved = Count(0, 3)
    both_hepatic_arteries_infiltrated = YesNo()
    both_portal_branches_infiltrated = YesNo()
    contralateral_portal_pedicle_involved = YesNo()
    ivc_involved = YesNo()
    near_hepatocaval_confluence = YesNo()
    posterosuperior = YesNo()
    all_lesions_in_laparoscopic_segments = YesNo()
    measurable_lesion = YesNo()
    all_lesions_ablatable = YesNo()
    any_lesion_ablatable = YesNo()
    any_lesion_deep = YesNo()
    recurrent_after_hepatectomy = YesNo()
    high_recurrence_risk = YesNo()
    background = Coded("normal", "chemo_injured", "steatosis", "fibrosis", "cirrhosis")


@pghistory.track()
class ExtrahepaticDisease(StagingBlock):
    """Facts `ehd.*`."""

    block = "ehd"

    present = YesNo()
    sites = CodedList(
        "lung",
        "peritoneum",
        "hilar_node",
        "retroperitoneal_node",
        "bone",
        "brain",
        "ovary",
        "adrenal",
        "other",
    )
    count = Count(0, 99)
    resectable = YesNo()
    limited = YesNo()


@pghistory.track()
class LungMetastases(StagingBlock):
    """Facts `lung.*`."""

    block = "lung"

    present = YesNo()
    resectable = YesNo()
    peripheral = YesNo()
    bilateral = YesNo()
    count = Count(0, 99)
    detection_date = Day()


@pghistory.track()
class ImagingFindings(StagingBlock):
    """Facts `imaging.*`; `imaging.recist.x` is column `recist_x`."""

    block = "imaging"

    ct_done = YesNo()
    mri_hepatobiliary_done = YesNo()
    restaging_date = Day()
    restaging_after_cycles = YesNo()
    pet_mtv_cm3 = Quantity(0, 2000)
    recist_baseline_sum_mm = Quantity(0, 1000)
    recist_nadir_sum_mm = Quantity(0, 1000)
    recist_current_sum_mm = Quantity(0, 1000)
    recist_new_lesions = YesNo()
    recist_nontarget_progression = YesNo()
    recist_nontarget_complete = YesNo()


@pghistory.track()
class DisappearedLesions(StagingBlock):
    """Facts `dlm.*`: lesions no longer visible after systemic therapy."""

    block = "dlm"

    present = YesNo()
    detected_on_mri = YesNo()
    detected_on_ceious = YesNo()


@pghistory.track()
class VolumetryFindings(StagingBlock):
    """Facts `volumetry.*` as stated for this staging; measurements over time stand in `Volumetry`."""

    block = "volumetry"

    measured_tlv_ml = Quantity(400, 4000)
    tumour_volume_ml = Quantity(0, 3000)
    flr_ml = Quantity(50, 2500)
    flr_pct = Quantity(1, 100)
    hypertrophy_procedure = Coded("PVE", "PVL", "LVD", "ALPPS", "TSH", "none")
    hypertrophy_date = Day()
    flr_ml_post = Quantity(50, 2500)
    flr_pct_post = Quantity(1, 100)
    post_date = Day()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="volumetry_after_hypertrophy",
                condition=Q(post_date__isnull=True)
                | Q(hypertrophy_date__isnull=True)
                | Q(post_date__gte=F("hypertrophy_date")),
            )
        ]


@pghistory.track()
class LaboratoryFindings(StagingBlock):
    """Facts `labs.*` as stated for this staging; the series stand in `LabResult`."""

    block = "labs"

    cea_ng_ml = Quantity(0, 50000)
    cea_persistently_high = YesNo()
    ca19_9_u_ml = Quantity(0, 100000)
    bilirubin_umol_l = Quantity(1, 1000)
    creatinine_umol_l = Quantity(10, 2000)
    platelets_10e9_l = Quantity(1, 2000)


@pghistory.track()
class TreatmentFindings(StagingBlock):
    """Facts `treatment.*` as stated for this staging; the course itself stands in `TreatmentLine`."""

    block = "treatment"

    intent = Coded("conversion", "neoadjuvant", "adjuvant", "palliative")
    regimen = Coded("FOLFOX", "FOLFIRI", "CAPOX", "FOLFOXIRI", "5FU", "pembrolizumab", "other")
    targeted_agent = YesNo()
    current_line = Count(1, 6)
    current_start_date = Day()
    cycle_length_days = Count(7, 42)
    current_cycles_completed = Count(0, 60)
    total_preop_cycles = Count(0, 60)
    best_current_response = Coded("CR", "PR", "SD", "PD")
    months_disease_control = Quantity(0, 120)
    systemic_given = YesNo()
    prior_chemo_for_metastatic = YesNo()
    anti_egfr_planned = YesNo()
    triplet_planned = YesNo()
    anti_pd1_refractory = YesNo()
    last_chemo_date = Day()


@pghistory.track()
class SurgicalPlan(StagingBlock):
    """Facts `plan.*`: judgements of clinicians about this staging."""

    block = "plan"

    r0_feasible = YesNo()
    r0_r1_feasible = YesNo()
    complete_resection_feasible = YesNo()
    margin_expected_mm = Quantity(0, 50)
    inflow_preserved = YesNo()
    outflow_preserved = YesNo()
    biliary_drainage_preserved = YesNo()
    contiguous_segments_spared = Count(0, 8)
    disease_free_segments_spared = Count(0, 8)
    adjacent_segments_removed = Count(0, 8)
    hepatectomy_extent = Coded("minor", "major")
    needs_two_stage = YesNo()
    needs_pve = YesNo()
    needs_ablation = YesNo()
    ablation_feasible = YesNo()
    needs_perihilar_biliary_or_vascular_resection = YesNo()
    high_morbidity_expected = YesNo()
    surgeon_opinion_resectable = YesNo()
    strategy = Coded("simultaneous", "liver_first", "primary_first", "liver_only")
    approach = Coded("open", "laparoscopic", "robotic")
    surgery_planned = YesNo()
    adjuvant_intended = YesNo()
    parenchymal_sparing_goal = YesNo()


@pghistory.track()
class TransplantContext(StagingBlock):
    """Facts `lt.*`."""

    block = "lt"

    available = YesNo()
    planned_date = Day()


@pghistory.track()
class PostResection(StagingBlock):
    """Facts `post.*`."""

    block = "post"

    liver_resection_date = Day()
    margin = Coded("R0", "R1", "R2")
    margin_mm = Quantity(0, 50)
