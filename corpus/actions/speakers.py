"""Who is the same person across episodes."""

from collections import defaultdict
from datetime import datetime

import numpy as np
from django.db import transaction

from corpus.actions import runs
from corpus.core import speakers as core
from corpus.models import Speaker, StageRun, Voice


@transaction.atomic
def identify(*, run: StageRun, threshold: float, at: datetime) -> None:
    """Give every voice its speaker; a group keeps the speaker whom its members had before."""
    voices = list(Voice.objects.current().select_for_update().order_by("pk"))
    known = {
        (voice.episode_id, voice.label): np.asarray(voice.embedding, dtype=np.float32)
        for voice in voices
        if voice.embedding is not None
    }
    groups = core.link(known, threshold=threshold)
    members: defaultdict[object, list[Voice]] = defaultdict(list)
    for voice in voices:
        name = (voice.episode_id, voice.label)
        members[groups.get(name, name)].append(voice)
    taken: set[int] = set()
    for group in members.values():
        speaker = _speaker_of(group, taken)
        taken.add(speaker.pk)
        Voice.objects.filter(pk__in=[voice.pk for voice in group]).update(speaker=speaker)
    runs.finish(run, at=at, result={"voices": len(voices), "speakers": len(members)})


def _speaker_of(group: list[Voice], taken: set[int]) -> Speaker:
    before = sorted({v.speaker_id for v in group if v.speaker_id is not None} - taken)
    return Speaker.objects.get(pk=before[0]) if before else Speaker.objects.create()
