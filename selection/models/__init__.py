"""Everything that selection keeps in the database."""

from selection.models.features import ClipFeatures
from selection.models.jobs import SelectedClip, SelectionJob

__all__ = ("ClipFeatures", "SelectedClip", "SelectionJob")
