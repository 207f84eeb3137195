"""Requests to take something back, and what is decided about them."""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from corpus.actions import requests, targets
from corpus.actions.reaches import Span, Target
from corpus.core import units
from corpus.core.segments import RATE
from corpus.forms.words import words
from corpus.models import Clip, Episode, Podcast, ReasonClass, Speaker

SLACK = 1.0  # seconds that a part may end after its episode: players round its length


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


class PlaceField(forms.CharField):
    """A place in a recording, as seconds: 12.5, 0:12 or 1:02:03.5."""

    def __init__(self, **options: Any) -> None:
        attrs = {"autocomplete": "off", "size": 10, "placeholder": "0:15"}
        super().__init__(max_length=20, required=False, widget=forms.TextInput(attrs), **options)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return units.seconds(text) if text else None
        except ValueError as error:
            raise forms.ValidationError(
                _("Write a place in the recording as 0:15 or 1:02:03.5.")
            ) from error


class TargetForm(forms.Form):
    """What is to be taken back, as a link names it: one row, a clip's span, or part of an episode."""

    podcast = forms.ModelChoiceField(Podcast.objects.all(), required=False)
    episode = forms.ModelChoiceField(
        Episode.objects.select_related("podcast"), label=_("Episode"), required=False
    )
    speaker = forms.ModelChoiceField(Speaker.objects.all(), required=False)
    clip = forms.ModelChoiceField(
        Clip.objects.select_related("episode__podcast"), required=False, to_field_name="name"
    )
    target = forms.CharField(required=False, max_length=100)

    def __init__(self, data: Any = None, *, episodes: Sequence[Episode] | None = None) -> None:
        super().__init__(data)
        self.fields["from"] = PlaceField(label=_("From"))  # a word of the language
        self.fields["to"] = PlaceField(label=_("To"))
        if episodes is not None:
            self._offer(episodes)

    def _offer(self, episodes: Sequence[Episode]) -> None:
        """Lists these to choose the part from; any other one is as good."""
        rows = [(one.pk, f"{one} ({_length(one)})") for one in episodes]
        self.fields["episode"].widget = forms.Select(choices=rows)

    @property
    def is_of_part(self) -> bool:
        """Whether a part of an episode is asked for, well or badly."""
        return any(str(self.data.get(name, "")).strip() for name in ("from", "to"))

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if self.is_of_part and not {"from", "to"} & set(self.errors):
            for name, sentence in self._wrong(said):
                self.add_error(name, sentence)
        return said

    def _wrong(self, said: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        start, end, episode = said["from"], said["to"], said.get("episode")
        if start is None:
            yield "from", _("Say where the part begins: a part has a beginning and an end.")
        elif end is None:
            yield "to", _("Say where the part ends: a part has a beginning and an end.")
        elif round(start * RATE) >= round(end * RATE):
            yield "to", _("The part ends before it begins. Write the earlier place first.")
        if episode is None:
            yield "episode", _("Say of which episode this is a part.")
        elif episode.n_samples is not None:
            last = episode.n_samples / RATE
            for name, place, most in (("from", start, last), ("to", end, last + SLACK)):
                if place is not None and place >= most:
                    yield (
                        name,
                        _("The episode is only %(length)s long.") % {"length": _length(episode)},
                    )

    @property
    def part(self) -> Span | None:
        """The part of an episode that is asked for; None where none is, or a wrong one."""
        if not self.is_of_part or not self.is_valid():
            return None
        said = self.cleaned_data
        return targets.span(said["episode"], round(said["from"] * RATE), round(said["to"] * RATE))

    @property
    def found(self) -> Target | None:
        """The one thing that is named; None where none is, or where it is not there."""
        if not self.is_valid():
            return None
        said = self.cleaned_data
        if clip := said["clip"]:
            return targets.span(clip.episode, clip.start, clip.end)
        if self.is_of_part:
            return self.part
        named = targets.read(said["target"])
        return named or said["podcast"] or said["episode"] or said["speaker"]


def _length(episode: Episode) -> str:
    return "–" if episode.n_samples is None else units.clock(episode.n_samples / RATE)


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
