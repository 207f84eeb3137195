"""Filters of lists, as they stand in the URL; and what a person decides about a licence."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from corpus.actions import catalogue
from corpus.core import licences
from corpus.models import Episode, Podcast, Speaker, Voice

_SEARCH = forms.TextInput(attrs={"type": "search", "autocomplete": "off"})


class Filter(forms.Form):
    """A filter with a wrong value is as good as none: a shared link never breaks."""

    @property
    def wish(self) -> dict[str, Any]:
        """The filters that are set and mean something."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


def _choices(every: Any, words: dict[str, Any]) -> list[tuple[str, Any]]:
    return [("", every), *words.items()]


class ClipFilter(Filter):
    q = forms.CharField(label=_("Words or name"), required=False, widget=_SEARCH)
    verdict = forms.ChoiceField(
        label=_("Verdict"), required=False, choices=_choices(_("Every verdict"), catalogue.VERDICTS)
    )
    podcast = forms.ModelChoiceField(
        Podcast.objects.order_by("title"),
        label=_("Podcast"),
        required=False,
        empty_label=_("Every podcast"),
    )
    episode = forms.ModelChoiceField(Episode.objects.all(), required=False)
    speaker = forms.ModelChoiceField(Speaker.objects.all(), required=False)
    voice = forms.ModelChoiceField(Voice.objects.all(), required=False)


class EpisodeFilter(Filter):
    q = forms.CharField(label=_("Title"), required=False, widget=_SEARCH)
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=_choices(_("Every state"), catalogue.EPISODE_STATES),
    )
    licence = forms.ChoiceField(
        label=_("Licence"),
        required=False,
        choices=_choices(_("Every licence"), catalogue.LICENCE_VERDICTS),
    )
    podcast = forms.ModelChoiceField(
        Podcast.objects.order_by("title"),
        label=_("Podcast"),
        required=False,
        empty_label=_("Every podcast"),
    )


class LicenceForm(forms.Form):
    """What a person found about an episode's licence; an empty one leaves the episode out."""

    spdx = forms.ChoiceField(
        label=_("Licence"),
        required=False,
        choices=[
            ("", _("None was found: leave the episode out")),
            *((s, s) for s in licences.POLICY),
        ],
    )
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


class WithdrawForm(forms.Form):
    """Why an episode is taken back, said twice over: its clips leave the corpus."""

    reason = forms.CharField(
        label=_("Why"), max_length=2000, help_text=_("It is kept under your name.")
    )
    is_sure = forms.BooleanField(
        label=_("Yes: take this episode and its clips out of the corpus"),
        help_text=_(
            "They leave queues and coming releases. Releases that are out stay as they are."
        ),
    )
