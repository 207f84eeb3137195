"""A field for a person's own words."""

from typing import Any

from django import forms


def words(label: Any, *, most: int = 5_000, rows: int = 4, **options: Any) -> forms.CharField:
    """A field for sentences."""
    area = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, max_length=most, widget=area, **options)
