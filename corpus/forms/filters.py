"""Filters of lists, as they stand in the URL."""

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


def _any_podcast() -> "forms.ModelChoiceField[Podcast]":
    return forms.ModelChoiceField(
        Podcast.objects.order_by("title"),
        label=_("Podcast"),
        required=False,
        empty_label=_("Every podcast"),
    )


class ClipFilter(Filter):
    q = forms.CharField(label=_("Words or name"), required=False, widget=_SEARCH)
    verdict = forms.ChoiceField(
        label=_("Verdict"),
        required=False,
        choices=_choices(_("Every verdict"), catalogue.VERDICTS | {"withdrawn": _("Withdrawn")}),
    )
    podcast = _any_podcast()
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
    podcast = _any_podcast()


class RuleFilter(Filter):
    podcast = _any_podcast()
    rule = forms.ChoiceField(
        label=_("Rule"),
        required=False,
        choices=[("", _("Every rule")), *((code, code) for code in licences.RULES)],
    )
    verdict = forms.ChoiceField(
        label=_("Verdict"),
        required=False,
        choices=_choices(_("Every verdict"), catalogue.LICENCE_VERDICTS),
    )


class ReviewFilter(RuleFilter):
    statement = forms.CharField(required=False, max_length=32, widget=forms.HiddenInput)


class DecisionFilter(RuleFilter):
    who = forms.ChoiceField(
        label=_("Decided by"),
        required=False,
        choices=[("", _("Anybody")), ("people", _("A person")), ("policy", _("The policy"))],
    )
    version = forms.CharField(label=_("Policy version"), required=False, max_length=20)


class TargetSearch(Filter):
    q = forms.CharField(
        label=_("Podcast, episode or clip"), required=False, max_length=500, widget=_SEARCH
    )
