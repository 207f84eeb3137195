"""How clips for a campaign are chosen."""

from django import forms
from django.utils.translation import gettext_lazy as _

from selection.core.picks import Caps


class SelectForm(forms.Form):
    n = forms.IntegerField(label=_("How many clips"), min_value=1, max_value=10_000, initial=50)
    strategy = forms.ChoiceField(
        label=_("Which ones"),
        initial="balanced",
        choices=(
            ("balanced", _("Balanced: calm and active, a fifth random")),
            ("random", _("Random")),
        ),
    )
    per_speaker = forms.IntegerField(label=_("Most per speaker"), min_value=1, required=False)
    per_episode = forms.IntegerField(label=_("Most per episode"), min_value=1, required=False)
    seed = forms.IntegerField(
        label=_("Seed"),
        initial=1,
        min_value=0,
        max_value=2**31,
        help_text=_("The same seed picks the same clips again."),
    )

    @property
    def caps(self) -> Caps:
        fields = self.cleaned_data
        return Caps(fields["per_speaker"], fields["per_episode"])
