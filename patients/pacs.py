"""Links to the viewer of the images, and the identifier of an examination that they are made of."""

import re

from django.conf import settings

_UID = re.compile(r"(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))+")
UID_LENGTH = 64


def is_dicom_uid(text: str) -> bool:
    """True for a unique identifier as DICOM PS3.5, section 9.1, has it: '1.2.840.10008.1.2'."""
    return len(text) <= UID_LENGTH and _UID.fullmatch(text) is not None


def viewer_address(study_uid: str) -> str:
    """Where the viewer shows this examination; '' without a viewer, or without an identifier to ask it for."""
    template: str = settings.PACS_URL_TEMPLATE
    return template.format(study_uid=study_uid) if template and is_dicom_uid(study_uid) else ""
