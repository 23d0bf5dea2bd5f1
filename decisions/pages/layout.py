"""The entry page as sections in clinical order: what decides most comes first, what is rarely asked is folded away.

A section is a way to lay out the page, not a block of the vocabulary: height and weight stand beside the
volumetry, because the remnant needs them. Every fact has exactly one place (tested).
"""

from dataclasses import dataclass

JUDGEMENT = "a clinician's judgement"


@dataclass(frozen=True, slots=True)
class Group:
    """Facts that belong together under a subheading; with `gate`, a group that is folded until that fact is yes."""

    title: str
    names: tuple[str, ...]
    gate: str = ""
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """One panel of the entry page; `who` says from whom these facts usually come."""

    code: str
    title: str
    who: str
    groups: tuple[Group, ...]
    lesions: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for group in self.groups for name in group.names)


def _facts(block: str, *keys: str) -> tuple[str, ...]:
    return tuple(f"{block}.{key}" for key in keys)


SECTIONS: tuple[Section, ...] = (
    Section(
        "liver", "Liver", "radiologist",
        (
            Group("Extent", _facts(
                "liver", "lesion_count", "max_diameter_mm", "segments_involved_count", "distribution",
                "measurable_lesion", "lesion_count_baseline",
            )),
            Group("Vessels", _facts(
                "liver", "hepatic_veins_involved", "both_hepatic_arteries_infiltrated",
                "both_portal_branches_infiltrated", "contralateral_portal_pedicle_involved", "ivc_involved",
                "near_hepatocaval_confluence",
            )),
            Group("Place and ablation", _facts(
                "liver", "posterosuperior", "all_lesions_in_laparoscopic_segments", "all_lesions_ablatable",
                "any_lesion_ablatable", "any_lesion_deep",
            )),
            Group("The liver itself", _facts(
                "liver", "background", "recurrent_after_hepatectomy", "high_recurrence_risk",
            )),
        ),
        lesions=True,
    ),
    Section(
        "plan", "Surgical plan", f"liver surgeon: {JUDGEMENT}",
        (
            Group("Can it be removed", _facts(
                "plan", "surgeon_opinion_resectable", "r0_feasible", "complete_resection_feasible", "r0_r1_feasible",
                "inflow_preserved", "outflow_preserved", "biliary_drainage_preserved",
            )),
            Group("What stays and what goes", _facts(
                "plan", "margin_expected_mm", "contiguous_segments_spared", "disease_free_segments_spared",
                "adjacent_segments_removed", "hepatectomy_extent",
            )),
            Group("What it takes", _facts(
                "plan", "needs_two_stage", "needs_pve", "needs_ablation", "ablation_feasible",
                "needs_perihilar_biliary_or_vascular_resection", "high_morbidity_expected",
            )),
            Group("Course", _facts(
                "plan", "surgery_planned", "strategy", "approach", "parenchymal_sparing_goal", "adjuvant_intended",
            )),
        ),
    ),
    Section(
        "remnant", "Future liver remnant", "radiologist",
        (
            Group("Body size", ("patient.height_cm", "patient.weight_kg")),
            Group("Volumetry", _facts(
                "volumetry", "flr_ml", "flr_pct", "measured_tlv_ml", "tumour_volume_ml",
            )),
            Group("Hypertrophy", _facts(
                "volumetry", "hypertrophy_procedure", "hypertrophy_date", "flr_ml_post", "flr_pct_post", "post_date",
            )),
        ),
    ),
    Section(
        "extrahepatic", "Disease outside the liver", "radiologist",
        (
            Group("", ("ehd.present",)),
            Group(
                "Extrahepatic disease", _facts("ehd", "sites", "count", "resectable", "limited"), gate="ehd.present"
            ),
            Group("", ("lung.present",)),
            Group(
                "Lung metastases",
                _facts("lung", "resectable", "count", "bilateral", "peripheral", "detection_date"),
                gate="lung.present",
            ),
        ),
    ),
    Section(
        "fitness", "Fitness", f"surgeon, oncologist: {JUDGEMENT}",
        (
            Group("", _facts(
                "patient", "ecog", "asa", "fit_for_surgery", "fit_for_intensive_chemo", "poor_functional_reserve",
            )),
            Group("Identity", _facts("patient", "birth_date", "age_years", "sex"), folded=True),
        ),
    ),
    Section(
        "primary", "Primary tumour and onset", "pathologist, referring hospital",
        (
            Group("Onset", ("primary.diagnosis_date", "liver.detection_date", "liver.detected_at_presentation")),
            Group("Primary", _facts(
                "primary", "site_icdo3", "side", "rectal_level", "t_category", "n_category", "positive_nodes",
                "histology_icdo3",
            )),
            Group("Primary today", _facts(
                "primary", "in_situ", "resected", "resection_date", "margin", "resectable", "symptomatic",
            )),
        ),
    ),
    Section(
        "treatment", "Systemic therapy", "oncologist",
        (
            Group("Now", _facts(
                "treatment", "systemic_given", "intent", "current_line", "regimen", "targeted_agent",
                "current_start_date", "cycle_length_days", "current_cycles_completed", "total_preop_cycles",
                "last_chemo_date", "months_disease_control",
            )),
            Group("Before", _facts(
                "treatment", "prior_chemo_for_metastatic", "prior_adjuvant_oxaliplatin",
                "prior_adjuvant_oxaliplatin_end_date", "adjuvant_given", "anti_pd1_refractory",
            )),
            Group("Intended", _facts("treatment", "anti_egfr_planned", "triplet_planned")),
        ),
    ),
    Section(
        "response", "Imaging and response", "radiologist",
        (
            Group("Examinations", _facts(
                "imaging", "ct_done", "mri_hepatobiliary_done", "restaging_date", "restaging_after_cycles",
                "pet_mtv_cm3",
            )),
            Group("Response", (
                "treatment.best_current_response", "imaging.recist.baseline_sum_mm", "imaging.recist.nadir_sum_mm",
                "imaging.recist.current_sum_mm", "imaging.recist.new_lesions",
                "imaging.recist.nontarget_progression", "imaging.recist.nontarget_complete",
            )),
            Group("", ("dlm.present",)),
            Group("Disappeared lesions", _facts("dlm", "detected_on_mri", "detected_on_ceious"), gate="dlm.present"),
        ),
    ),
    Section(
        "laboratory", "Laboratory", "referring hospital",
        (
            Group("", _facts("labs", "cea_ng_ml", "cea_persistently_high")),
            Group("Other values", _facts(
                "labs", "ca19_9_u_ml", "bilirubin_umol_l", "creatinine_umol_l", "platelets_10e9_l",
            ), folded=True),
        ),
    ),
    Section(
        "molecular", "Molecular results", "pathologist, geneticist",
        (
            Group("", _facts("molecular", "ras", "kras", "nras", "kras_variant", "braf_v600e", "msi", "mmr")),
            Group("Further", _facts(
                "molecular", "tp53", "smad4", "crlm_subtype", "ctdna_preop", "ctdna_postop",
            ), folded=True),
        ),
    ),
    Section(
        "transplant", "Transplantation", "transplant centre",
        (
            Group("", ("lt.available",)),
            Group("Transplantation", ("lt.planned_date",), gate="lt.available"),
        ),
    ),
    Section(
        "resected", "After resection", "pathologist",
        (Group("After resection", _facts("post", "liver_resection_date", "margin", "margin_mm"), folded=True),),
    ),
    Section(
        "board", "The board", "coordinator",
        (
            Group("", _facts(
                "case", "phase", "mdt_discussed_at_diagnosis", "mdt_members_present", "thoracic_surgeon_opinion",
                "haic_available",
            )),
            Group("Lists on request", _facts("case", "show_research", "ai_output_used"), folded=True),
        ),
    ),
)  # fmt: skip
"""The entry page from top to bottom."""

"""The section in which each fact is entered."""


def anchor(name: str) -> str:
    """The id of a fact's row on the page, and the fragment that leads to it: `fact-liver-background`."""
    if name.startswith("lesions"):
        return "lesions"
    return "fact-" + name.replace(".", "-").replace("_", "-")
