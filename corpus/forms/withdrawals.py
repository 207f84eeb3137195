"""Requests to take something back, and what is decided about them."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from corpus.actions import requests, targets
from corpus.actions.reaches import Target
from corpus.core.segments import RATE
from corpus.forms.words import words
from corpus.models import Clip, Episode, Podcast, ReasonClass, Speaker


class WithdrawalRequestForm(forms.Form):
    """What somebody outside asks for, in everyday words; `website` catches programs."""

    named = words(
        _("Which recording is it?"),
        most=2_000,
        rows=2,
        help_text=_("The podcast, the title or the date of the episode, or an address."),
    )
    relation = forms.ChoiceField(
        label=_("Why do you ask?"),
        widget=forms.RadioSelect,
        choices=[
            ("speaker", _("I am heard in it, or I speak for somebody who is")),
            ("rights", _("I made it, or I hold rights in it")),
            ("licence", _("Its licence does not allow this use")),
            ("content", _("Something is said in it that must not be spread")),
            ("error", _("Something else")),
        ],
    )
    text = words(
        _("What should we take back, and why?"),
        most=requests.MOST_CHARACTERS,
        rows=6,
        help_text=_(
            "A few sentences are enough. If it is one passage, say from which minute to which."
        ),
    )
    name = forms.CharField(label=_("Your name"), required=False, max_length=200)
    contact = forms.CharField(
        label=_("How can we reach you?"),
        max_length=300,
        help_text=_("An e-mail address or a telephone number. Only the people who decide see it."),
    )
    website = forms.CharField(label=_("Leave this empty"), required=False, max_length=300)
    key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200)

    def __init__(self, *args: Any, is_linked: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        if is_linked:  # the link says which recording
            del self.fields["named"]

    def clean_website(self) -> str:
        if self.cleaned_data["website"]:
            raise forms.ValidationError(
                _("Leave this field empty: it is there to tell people from programs.")
            )
        return ""

    @property
    def said(self) -> dict[str, Any]:
        """As `requests.receive` takes it."""
        fields = ("name", "contact", "relation", "text", "key")
        return {field: self.cleaned_data[field] for field in fields} | {
            "named": self.cleaned_data.get("named", "")
        }


class FollowUpForm(forms.Form):
    text = words(_("Something to add?"), most=requests.MOST_CHARACTERS)


class TargetForm(forms.Form):
    """What is to be taken back, as a link names it: one row, a clip's span, or part of an episode."""

    podcast = forms.ModelChoiceField(Podcast.objects.all(), required=False)
    episode = forms.ModelChoiceField(Episode.objects.select_related("podcast"), required=False)
    speaker = forms.ModelChoiceField(Speaker.objects.all(), required=False)
    clip = forms.ModelChoiceField(
        Clip.objects.select_related("episode__podcast"), required=False, to_field_name="name"
    )
    target = forms.CharField(required=False, max_length=100)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        for name in ("from", "to"):  # seconds; words of the language cannot be attributes
            self.fields[name] = forms.FloatField(required=False, min_value=0, max_value=1e6)

    @property
    def found(self) -> Target | None:
        """The one thing that is named; None where none is, or where it is not there."""
        if not self.is_valid():
            return None
        said = self.cleaned_data
        start, end, episode = said["from"], said["to"], said["episode"]
        if clip := said["clip"]:
            return targets.span(clip.episode, clip.start, clip.end)
        if episode and start is not None and end is not None:
            return targets.span(episode, round(start * RATE), round(end * RATE))
        return targets.read(said["target"]) or said["podcast"] or episode or said["speaker"]


class _ReasonForm(forms.Form):
    reason_class = forms.ChoiceField(
        label=_("Class of the reason"),
        choices=ReasonClass.choices,
        help_text=_("Releases and tombstones say this, and nothing else."),
    )
    reason = words(
        _("Reason"), most=2_000, rows=3, help_text=_("It is kept under your name, not published.")
    )


class WithdrawalForm(_ReasonForm):
    """Why something is taken back, and by whose wish; said twice over."""

    requester = forms.CharField(
        label=_("Who asked for it"), required=False, max_length=300, help_text=_("Not published.")
    )
    is_sure = forms.BooleanField(label=_("Yes: take this out of the corpus"))


class GrantForm(_ReasonForm):
    """What a curator says when a request is granted."""

    answer = words(
        _("Answer to the person"),
        most=requests.MOST_CHARACTERS,
        required=False,
        help_text=_("They read it on the page of their request."),
    )
    is_sure = forms.BooleanField(label=_("Yes: take this out of the corpus"))


class DeclineForm(forms.Form):
    """Why a request is not granted, for the person who asked."""

    answer = words(
        _("Answer to the person"),
        most=requests.MOST_CHARACTERS,
        help_text=_("Why it stays, and what else they can do. They read it on their page."),
    )


class LiftForm(forms.Form):
    reason = words(
        _("Why it comes back"), most=2_000, rows=3, help_text=_("It is kept under your name.")
    )


class EraseForm(forms.Form):
    is_sure = forms.BooleanField(
        label=_("Yes: remove its sound from the store now; it cannot be brought back")
    )
