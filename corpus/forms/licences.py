"""What a person decides about a licence."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from corpus.actions import reviews
from corpus.forms.words import words


class LicenceForm(forms.Form):
    """The licence that a person found, and where; `is_decided`: only a permission in writing changes it."""

    spdx = forms.ChoiceField(label=_("Licence"), choices=reviews.licence_choices)
    source = forms.CharField(
        label=_("Where you found it"),
        max_length=2000,
        help_text=_("An address, or who said so and when. It is kept as evidence."),
    )
    attribution = forms.CharField(
        label=_("Whom to credit, and how"),
        required=False,
        max_length=2000,
        help_text=_("As the makers ask for it. Empty: the credit stays as it is."),
    )
    in_writing = forms.BooleanField(
        label=_("The makers allow it in writing"),
        required=False,
        help_text=_("Only this lifts what their feed forbids."),
    )

    def __init__(self, *args: Any, is_decided: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["in_writing"].required = is_decided


class ReasonForm(forms.Form):
    reason = words(_("Why"), most=2_000, rows=2, help_text=_("It is kept under your name."))


class ScopeForm(forms.Form):
    """Which episodes of a question an answer is for; `upto` is the newest decision that was on the page."""

    scope = forms.ChoiceField(
        widget=forms.RadioSelect,
        choices=[("all", _("All of them")), ("chosen", _("Only those ticked below"))],
    )
    upto = forms.IntegerField(widget=forms.HiddenInput)
    episode = forms.TypedMultipleChoiceField(required=False, coerce=int)

    def __init__(self, *args: Any, episodes: Any = (), **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["episode"].choices = [(pk, pk) for pk in episodes]  # type: ignore[attr-defined]

    @property
    def ticked(self) -> set[int]:
        return set(getattr(self, "cleaned_data", {}).get("episode") or ())

    @property
    def said(self) -> dict[str, Any]:
        """As `reviews.chosen` takes it."""
        is_all = self.cleaned_data["scope"] == "all"
        return {
            "upto": self.cleaned_data["upto"],
            "only": None if is_all else self.cleaned_data["episode"],
        }

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("scope") == "chosen" and not said.get("episode"):
            self.add_error("scope", _("Tick at least one episode, or choose all of them."))
        return said
