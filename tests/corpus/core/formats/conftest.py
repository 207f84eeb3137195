"""The least that is a valid release: rows to write files from."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from corpus.core.releases import Labels, RatingRow, ReleaseClip, ReleaseFacts

Make = Callable[..., Any]


@pytest.fixture(scope="session")
def make_rating() -> Make:
    def make(
        worker: int = 1, primary: str = "Neutral", *avd: float | None, **other: Any
    ) -> RatingRow:
        arousal, valence, dominance = avd or (3.0, 4.0, 3.0)
        facts: dict[str, Any] = {
            "rater": f"WORKER{worker:08}",
            "primary": primary,
            "secondaries": (primary,),
            "arousal": arousal,
            "valence": valence,
            "dominance": dominance,
            "distribution": (),
            "rated_at": datetime(2025, 3, 1, tzinfo=UTC),
            "simulated": False,
            "campaign": "spring",
        }
        return RatingRow(**facts | other)

    return make


@pytest.fixture(scope="session")
def make_clip() -> Make:
    def make(turn: int = 1, *, podcast: int = 1, **other: Any) -> ReleaseClip:
        facts: dict[str, Any] = {
            "name": f"EMOCAST_{podcast:04}_{turn:04}",
            "partition": "Train",
            "podcast": podcast,
            "speaker": podcast,
            "gender": "Female",
            "text": "Well, I did not expect that.",
            "transcript_is_draft": True,
            "language": "en",
            "n_samples": 64_000,
            "file_sha256": f"{turn:064x}",
            "podcast_title": "Kitchen Talk",
            "episode_title": "Bread, again",
            "episode_url": "https://podcast.example/1",
            "source_url": "https://podcast.example/1.mp3",
            "source_sha256": "b" * 64,
            "start_s": 12.5,
            "end_s": 16.5,
            "author": "A. Baker",
            "spdx": "CC-BY-4.0",
            "licence_url": "https://creativecommons.org/licenses/by/4.0/",
            "attribution": "“Bread, again” by A. Baker, CC BY 4.0",
            "changes": "cut to 4.0 s, resampled to 16 kHz mono",
            "gate": "standard-1",
            "pipeline": {"diarise": "turns-1", "transcribe": "words-2"},
            "labels": None,
        }
        return ReleaseClip(**facts | other)

    return make


@pytest.fixture(scope="session")
def make_labels() -> Make:
    def make(*ratings: RatingRow, code: str, avd: tuple[Any, Any, Any], **other: Any) -> Labels:
        return Labels(code, *avd, n_ratings=len(ratings), ratings=ratings, **other)

    return make


@pytest.fixture(scope="session")
def golden(make_clip: Make, make_rating: Make, make_labels: Make) -> ReleaseClip:
    """The golden block of the format: five ratings, and what they agree on."""
    ratings = (
        make_rating(1, "Other-confused", 3, 3, 4, secondaries=("Concerned", "Confused")),
        make_rating(2, "Neutral", 1, 4, 2),
        make_rating(3, "Neutral", 3, 4, 3, secondaries=("Neutral", "Annoyed")),
        make_rating(4, "Happy", 2, 5, 3, secondaries=("Happy", "Amused")),
        make_rating(5, "Neutral", 4, 4, 4),
    )
    labels = make_labels(*ratings, code="N", avd=(2.6, 4.0, 3.2))
    return make_clip(labels=labels, gender="Male")  # type: ignore[no-any-return]


@pytest.fixture(scope="session")
def facts() -> ReleaseFacts:
    return ReleaseFacts(
        name="emocast",
        version="1.0.0",
        created_at=datetime(2025, 4, 1, tzinfo=UTC),
        created_from="Emocast 0.1.0",
        campaigns=("spring",),
        taxonomy="8 primary emotions and Other, version 1",
        rating_protocol="attributes, one primary emotion, any secondary ones.",
        consensus_rule="strict plurality; a tie is X; plain means.",
        parameters={"seed": "7"},
    )
