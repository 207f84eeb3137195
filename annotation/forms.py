"""Form data of the rater's screen → an answer."""

import uuid
from typing import Any

from django import forms

from annotation.actions.ratings import Hearing
from annotation.core.scores import Answer, Problem


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
        return self.cleaned_data["assignment"]

    @property
    def key(self) -> uuid.UUID:
        return self.cleaned_data["client_uuid"]

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
