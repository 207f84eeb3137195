"""Form data: the rater's screen → an answer; a new campaign."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.actions.ratings import Hearing
from annotation.core import protocols
from annotation.core.scores import Answer, Problem
from annotation.models import Campaign


class RatingForm(forms.Form):
    """What the screen posts; the protocol's own rules are checked by the action."""

    assignment = forms.UUIDField()
    client_uuid = forms.UUIDField()
    valence = forms.IntegerField(required=False)
    arousal = forms.IntegerField(required=False)
    dominance = forms.IntegerField(required=False)
    primary = forms.CharField(required=False, max_length=20)
    primary_other = forms.CharField(required=False, max_length=200)
    secondary_other = forms.CharField(required=False, max_length=200)
    comment = forms.CharField(required=False)
    heard_ms = forms.IntegerField(required=False, min_value=0, max_value=10_000_000)
    plays = forms.IntegerField(required=False, min_value=0, max_value=10_000)

    @property
    def token(self) -> uuid.UUID:
        token: uuid.UUID = self.cleaned_data["assignment"]
        return token

    @property
    def key(self) -> uuid.UUID:
        key: uuid.UUID = self.cleaned_data["client_uuid"]
        return key

    @property
    def hearing(self) -> Hearing:
        fields = self.cleaned_data
        return Hearing(plays=fields.get("plays") or 0, heard_ms=fields.get("heard_ms") or 0)

    @property
    def answer(self) -> Answer:
        fields = self.cleaned_data
        return Answer(
            valence=fields.get("valence"),
            arousal=fields.get("arousal"),
            dominance=fields.get("dominance"),
            primary=fields.get("primary") or None,
            primary_other=fields.get("primary_other", ""),
            secondaries=tuple(self.data.getlist("secondary")),  # type: ignore[attr-defined]
            secondary_other=fields.get("secondary_other", ""),
            distribution=tuple(self.data.getlist("distribution")),  # type: ignore[attr-defined]
            comment=fields.get("comment", ""),
        )

    @property
    def problems(self) -> dict[str, list[str]]:
        """Errors under their fields; those of fields that nobody sees go above the form."""
        unseen = ("assignment", "client_uuid", "heard_ms", "plays")
        found: dict[str, list[str]] = {}
        for name, messages in self.errors.items():
            found.setdefault("form" if name in unseen else name, []).extend(map(str, messages))
        return found

    @property
    def typed(self) -> dict[str, Any]:
        """What was typed, to be shown again."""
        several = ("secondary", "distribution")
        typed: dict[str, Any] = {name: self.data.get(name, "") for name in self.fields}
        return typed | {name: self.data.getlist(name) for name in several}  # type: ignore[attr-defined]


def by_field(problems: tuple[Problem, ...]) -> dict[str, list[str]]:
    """Sentences under the field that they belong to."""
    found: dict[str, list[str]] = {}
    for problem in problems:
        found.setdefault(problem.field, []).append(problem.message)
    return found


class CampaignForm(forms.Form):
    """What a new campaign is called, what it asks, and how often."""

    PROTOCOLS = (
        (
            protocols.MSP_PODCAST.name,
            _("Scales, main emotion, all emotions heard (as MSP-Podcast)"),
        ),
        (protocols.EM2LDL.name, _("The wheel of 32 categories alone (as EM2LDL)")),
        (protocols.MSP_PODCAST_WITH_DISTRIBUTION.name, _("Both, the wheel last")),
    )

    title = forms.CharField(label=_("Title"), max_length=200, help_text=_("Raters see it."))
    name = forms.SlugField(
        label=_("Name"),
        max_length=60,
        help_text=_("For addresses, commands and files: letters, digits, hyphens, underscores."),
    )
    protocol = forms.ChoiceField(
        label=_("What raters are asked"),
        choices=PROTOCOLS,
        initial=protocols.MSP_PODCAST.name,
        widget=forms.RadioSelect,
        help_text=_("It cannot be changed later: all ratings of a campaign answer one form."),
    )
    need = forms.IntegerField(
        label=_("Ratings per clip"),
        min_value=1,
        max_value=100,
        initial=5,
        help_text=_("A clip leaves the queue once so many different raters have answered."),
    )
    guidelines = forms.CharField(
        label=_("Guidelines"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("What raters read before they begin."),
    )

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if Campaign.objects.filter(name=name).exists():
            raise forms.ValidationError(_("There is a campaign of this name; choose another."))
        return name
