"""The free paragraphs of a draft."""

from typing import Any

from django import forms

from meetings.models import BoardDocument
from meetings.papers.blocks import editable

LABELS = {
    "opening": ("Opening", ""),
    "closing": ("Closing", ""),
    "remarks": ("Remarks", "Stand at the end of the minutes. Empty: left out."),
    "call": ("Who to call", "Add the telephone number that the patient can really call."),
    "own_words": ("In your own words", "For the patient, in plain words. Empty: left out."),
}
"""What the paragraphs are called, and what to know about them."""


class ParagraphsForm(forms.Form):
    """One text for each paragraph that may be written anew; the service says what is wrong with them."""

    revision = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, document: BoardDocument, data: Any = None) -> None:
        contents = document.contents
        super().__init__(data, initial={"revision": contents["revision"]})
        for key, block in editable(contents["composed"]).items():
            label, hint = LABELS.get(key, (key.replace("_", " ").capitalize(), ""))
            own = contents["edits"].get(key)
            said = own["text"] if own else block["text"]
            self.fields[key] = forms.CharField(
                label=label, help_text=hint, required=False, initial=said, strip=False,
                widget=forms.Textarea(attrs={"rows": max(3, 2 + said.count("\n") + len(said) // 50)}),
            )  # fmt: skip

    @property
    def texts(self) -> dict[str, str]:
        """The paragraphs as typed, by their key."""
        return {name: text for name, text in self.cleaned_data.items() if name != "revision"}
