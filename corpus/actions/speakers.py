"""Who is the same person across episodes."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

import numpy as np
from django.db import transaction

from corpus.actions import erasures, marks, roads, runs
from corpus.core import speakers as core
from corpus.models import Speaker, StageRun, Voice


def identify(*, run: StageRun, threshold: float, at: datetime) -> None:
    """Give every voice its speaker; a group keeps the speaker whom its members had before.

    Compared are the voices of today and those of clips that were cut before: whoever was rated then
    is the same person now. Raises Filtered where voices came or went meanwhile, or are being erased.
    """
    groups = _groups(list(Voice.objects.to_compare().order_by("pk")), threshold)
    with transaction.atomic():
        marks.alone()
        seen = [pk for group in groups for pk in group]
        rows = Voice.objects.filter(pk__in=seen).order_by("pk").select_for_update(no_key=True)
        voices = {voice.pk: voice for voice in rows}
        compared = set(Voice.objects.to_compare().values_list("pk", flat=True))
        if compared != set(seen) or erasures.under_way(at=at).exists():
            raise runs.Filtered(roads.MORE_VOICES)
        taken: set[int] = set()
        for group in groups:
            speaker = _speaker_of([voices[pk] for pk in group], taken)
            taken.add(speaker.pk)
            Voice.objects.filter(pk__in=group).update(speaker=speaker)
        marks.catch_up()  # whoever is now known as a withdrawn speaker is out as well
        runs.finish(run, at=at, result={"voices": len(seen), "speakers": len(groups)})


def _groups(voices: Sequence[Voice], threshold: float) -> list[list[int]]:
    """Keys of the voices of each person; two of one diarisation are two people."""
    known = {
        (voice.run_id, voice.label): np.asarray(voice.embedding, dtype=np.float32)
        for voice in voices
        if voice.embedding is not None
    }
    numbers = core.link(known, threshold=threshold)
    members: defaultdict[object, list[int]] = defaultdict(list)
    for voice in voices:
        name = (voice.run_id, voice.label)
        members[numbers.get(name, name)].append(voice.pk)
    return list(members.values())


def _speaker_of(group: list[Voice], taken: set[int]) -> Speaker:
    before = sorted({v.speaker_id for v in group if v.speaker_id is not None} - taken)
    return Speaker.objects.get(pk=before[0]) if before else Speaker.objects.create()
