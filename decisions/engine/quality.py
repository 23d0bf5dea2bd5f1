"""What looks like a slip in the data (specification, part F): told, and never used to change a verdict."""

from typing import Any

from decisions.engine.document import Case

_MISTAKEN_CM_MM = 3
"""A metastasis below this many millimetres was probably entered in centimetres (part F)."""
_CEA_DETECTABLE_NG_ML = 0.05
"""No assay reports a CEA below this; the unit was probably another one."""


def data_warnings(case: Case) -> list[dict[str, Any]]:
    """Notices with `code`, `path` and `message`, in the order of the document."""
    found: list[tuple[str, str, str]] = []
    diagnosed, resected = case.get("primary.diagnosis_date"), case.get("primary.resection_date")
    if diagnosed and resected and resected < diagnosed:
        found.append(
            (
                "RESECTION_BEFORE_DIAGNOSIS",
                "primary.resection_date",
                f"The primary was resected on {resected}, before its diagnosis on {diagnosed}.",
            )
        )
    largest, count = case.get("liver.max_diameter_mm"), case.get("liver.lesion_count")
    if largest is not None and largest < _MISTAKEN_CM_MM and count:
        found.append(
            (
                "DIAMETER_IN_CM",
                "liver.max_diameter_mm",
                f"The largest lesion measures {largest:g} mm: were centimetres meant?",
            )
        )
    for position, lesion in enumerate(case.lesions):
        size = lesion.get("diameter_mm")
        if size is None:
            continue
        path = f"lesions[{position}].diameter_mm"
        if largest is not None and size > largest:
            found.append(
                (
                    "LESION_LARGER_THAN_LARGEST",
                    path,
                    f"Lesion {lesion['id']} measures {size:g} mm, more than the largest lesion ({largest:g} mm).",
                )
            )
        if 0 < size < _MISTAKEN_CM_MM and lesion.get("disappeared") is not True:
            found.append(
                (
                    "DIAMETER_IN_CM",
                    path,
                    f"Lesion {lesion['id']} measures {size:g} mm: were centimetres meant?",
                )
            )
    before, after = case.get("volumetry.flr_ml"), case.get("volumetry.flr_ml_post")
    if before is not None and after is not None and after < before:
        found.append(
            (
                "REMNANT_SHRANK",
                "volumetry.flr_ml_post",
                f"The remnant after hypertrophy ({after:g} mL) is smaller than before ({before:g} mL).",
            )
        )
    cea = case.get("labs.cea_ng_ml")
    if cea is not None and 0 < cea < _CEA_DETECTABLE_NG_ML:
        found.append(
            (
                "CEA_UNIT",
                "labs.cea_ng_ml",
                f"CEA of {cea:g} ng/mL is below what is measured: was µg/mL meant?",
            )
        )
    return [{"code": code, "path": path, "message": message} for code, path, message in found]
