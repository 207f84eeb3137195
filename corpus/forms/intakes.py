"""Sources that somebody wants to add."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from corpus.actions import intakes
from corpus.actions.licences import asks_for_credit, known_id
from corpus.core import opml, units
from corpus.engines import sources


class StatementForm(forms.Form):
    """A licence that a curator states where the source is silent, with the credit it asks for."""

    licence = forms.CharField(
        label=_("Licence, where the feed states none"),
        required=False,
        max_length=200,
        help_text=_(
            "An SPDX id such as CC-BY-4.0, or the address of a Creative Commons licence. It is kept as "
            "your statement, and never loosens what the feed forbids."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    attribution = forms.CharField(
        label=_("Whom to credit, and how"),
        required=False,
        max_length=2000,
        help_text=_("As the makers ask for it."),
    )

    def clean_licence(self) -> str:
        said = str(self.cleaned_data["licence"]).strip()
        if said:
            try:
                known_id(said)
            except ValueError as error:
                raise forms.ValidationError(str(error)) from error
        return said

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        licence, credit = said.get("licence"), (said.get("attribution") or "").strip()
        if licence and asks_for_credit(known_id(licence)) and not credit:
            self.add_error("attribution", _("This licence asks for credit: say whom to name."))
        return said


class IntakeForm(StatementForm):
    """The address of a podcast to read."""

    source = forms.CharField(
        label=_("Address of the feed"),
        max_length=sources.LONGEST,
        help_text=_(
            "RSS or Atom, or an item of the Internet Archive. It starts with https:// or http://."
        ),
        widget=forms.TextInput(
            attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}
        ),
    )
    field_order = ("source", "licence", "attribution")

    def clean_source(self) -> str:
        try:
            return intakes.address(self.cleaned_data["source"])
        except intakes.BadAddress as error:
            raise forms.ValidationError(str(error)) from error


class FeedListForm(StatementForm):
    """A list of feeds, as podcast players export it; read whole while the form is checked."""

    file = forms.FileField(
        label=_("List of feeds (OPML)"),
        help_text=_("Podcast players export their subscriptions so. At most 5 MB, 2,000 feeds."),
        widget=forms.ClearableFileInput(attrs={"accept": ".opml,.xml,text/x-opml,text/xml"}),
        error_messages={"empty": _("This file is empty. Export the list again.")},
    )
    field_order = ("file", "licence", "attribution")

    def clean_file(self) -> opml.Listing:
        file = self.cleaned_data["file"]
        if file.size > opml.LARGEST:
            raise forms.ValidationError(
                _("This file has %(size)s, and 5 MB are the most. Is it a list of feeds?")
                % {"size": units.size(file.size)}
            )
        try:
            return opml.parse(file.read())
        except opml.BadList as error:
            raise forms.ValidationError(str(error)) from error
