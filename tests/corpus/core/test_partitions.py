"""Partitions: speakers whole, hours and classes balanced."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from itertools import zip_longest

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.core import partitions
from corpus.core.partitions import Item, PinnedApart

ITEMS = st.lists(
    st.tuples(
        st.none() | st.integers(0, 8),
        st.integers(0, 5),
        st.sampled_from("ASHN"),
        st.floats(2.75, 11.0),
    ),
    max_size=40,
).map(lambda rows: [Item(key, *row) for key, row in enumerate(rows)])


def made(n_speakers: int, *, seed: int = 1, podcasts: int = 20) -> list[Item[int]]:
    """A skewed corpus: a few speakers talk much, everyone has favourite emotions."""
    rng = np.random.default_rng(seed)
    items: list[Item[int]] = []
    for speaker in range(n_speakers):
        taste = rng.dirichlet([2.0, 1.0, 0.5, 3.0])
        for _ in range(int(np.clip(rng.lognormal(2.5, 1.0), 2, 200))):
            label = "ASHN"[rng.choice(4, p=taste)]
            seconds = float(rng.uniform(2.75, 11.0))
            items.append(Item(len(items), speaker, speaker % podcasts, label, seconds))
    return items


def sides(items: Iterable[Item[int]], found: partitions.Draw[int], by: str) -> list[set[str]]:
    seen: defaultdict[object, set[str]] = defaultdict(set)
    for item in items:
        if (value := getattr(item, by)) is not None:
            seen[value].add(found.partitions[item.key])
    return list(seen.values())


class TestDraw:
    @given(items=ITEMS, seed=st.integers(0, 9), podcast_disjoint=st.booleans())
    def test_never_splits_a_speaker(
        self, items: list[Item[int]], seed: int, podcast_disjoint: bool
    ) -> None:
        found = partitions.draw(items, seed=seed, podcast_disjoint=podcast_disjoint)
        assert list(found.partitions) == [item.key for item in items]
        assert all(len(side) == 1 for side in sides(items, found, "speaker"))
        if podcast_disjoint:
            assert all(len(side) == 1 for side in sides(items, found, "podcast"))
        unknown = {found.partitions[item.key] for item in items if item.speaker is None}
        assert unknown <= {"Train"}

    @given(items=ITEMS, sounds=st.lists(st.sets(st.integers(0, 5), max_size=2), max_size=40))
    def test_never_has_a_sound_on_two_sides(
        self, items: list[Item[int]], sounds: list[set[int]]
    ) -> None:
        rows = [
            replace(item, sounds=tuple(own))
            for item, own in zip_longest(items, sounds[: len(items)], fillvalue=())
        ]
        found = partitions.draw(rows, seed=1)
        homes: defaultdict[int, set[str]] = defaultdict(set)
        for item in rows:
            for sound in item.sounds:
                homes[sound].add(found.partitions[item.key])
        assert all(len(home) == 1 for home in homes.values())
        assert all(len(side) == 1 for side in sides(rows, found, "speaker"))

    def test_says_that_sounds_tie_speakers(self) -> None:
        items = [Item(n, n, 1, "A", 5.0, sounds=(7,)) for n in range(6)]
        found = partitions.draw(items, seed=1)
        assert len(set(found.partitions.values())) == 1
        assert any("share episodes or sounds" in said for said in found.warnings)

    @given(items=ITEMS, shuffle=st.randoms())
    def test_is_the_same_for_any_order_of_items(
        self, items: list[Item[int]], shuffle: np.random.Generator
    ) -> None:
        once = partitions.draw(items, seed=3)
        shuffled = list(items)
        shuffle.shuffle(shuffled)
        assert partitions.draw(shuffled, seed=3) == once

    @given(items=ITEMS)
    def test_fills_every_partition_that_it_can(self, items: list[Item[int]]) -> None:
        found = partitions.draw(items, seed=1)
        speakers = {item.speaker for item in items} - {None}
        groups = len(speakers) + any(item.speaker is None for item in items)
        filled = sum(side.clips > 0 for side in found.report)
        assert filled == min(3, groups)

    @given(items=ITEMS, seed=st.integers(0, 9))
    def test_keeps_earlier_sides(self, items: list[Item[int]], seed: int) -> None:
        half = items[: len(items) // 2]
        earlier = partitions.draw(half, seed=seed).partitions
        later = partitions.draw(items, seed=seed + 1, pinned=earlier).partitions
        assert {key: later[key] for key in earlier} == earlier

    def test_balances_hours_and_classes(self) -> None:
        items = made(80)
        found = partitions.draw(items, seed=1)
        for side in found.report:
            assert abs(side.share - side.target) < 0.01
            for label, n in side.labels.items():
                everywhere = sum(item.label == label for item in items)
                assert abs(n / everywhere - side.target) < 0.02

    def test_balances_whole_podcasts(self) -> None:
        found = partitions.draw(made(80, podcasts=40), seed=1, podcast_disjoint=True)
        assert all(abs(side.share - side.target) < 0.03 for side in found.report)

    def test_takes_other_partitions_and_text_keys(self) -> None:
        items = [Item(f"k{n}", n, n, "N", 5.0) for n in range(4)]
        found = partitions.draw(items, seed=1, shares={"Train": 3, "Test1": 1})
        assert sorted(found.partitions.values()) == ["Test1", "Train", "Train", "Train"]
        assert [side.target for side in found.report] == [0.75, 0.25]

    @pytest.mark.parametrize(
        ("items", "shares", "pinned", "message"),
        [
            ([], {"Train": 1.0, "Test1": 0.0}, {}, "a share above 0"),
            ([Item(1, 1, 1, "N", 5.0)] * 2, {"Train": 1.0}, {}, "the same key"),
            ([Item(1, 1, 1, "N", 0.0)], {"Train": 1.0}, {}, "seconds above 0"),
            ([Item(1, 1, 1, "N", 5.0)], {"Train": 1.0}, {1: "Dev"}, "Dev, which is no partition"),
        ],
    )
    def test_refuses_nonsense(
        self,
        items: list[Item[int]],
        shares: dict[str, float],
        pinned: dict[int, str],
        message: str,
    ) -> None:
        with pytest.raises(ValueError, match=message):
            partitions.draw(items, seed=1, shares=shares, pinned=pinned)


class TestPinned:
    def test_speakers_follow_their_pinned_clips(self) -> None:
        items = made(30)
        found = partitions.draw(items, seed=1, pinned={items[0].key: "Development"})
        speaker = items[0].speaker
        mine = {found.partitions[item.key] for item in items if item.speaker == speaker}
        assert mine == {"Development"}

    def test_speakers_are_not_pulled_apart(self) -> None:
        items = [Item(1, 7, 1, "N", 5.0), Item(2, 7, 1, "N", 5.0)]
        with pytest.raises(PinnedApart, match=r"speaker 7 .* 1 to Train, 2 to Test1"):
            partitions.draw(items, seed=1, pinned={1: "Train", 2: "Test1"})

    def test_unknown_speakers_stay_in_train(self) -> None:
        with pytest.raises(PinnedApart, match="unknown speakers belong to Train"):
            partitions.draw([Item(1, None, 1, "N", 5.0)], seed=1, pinned={1: "Test1"})


class TestWarnings:
    def test_say_when_speakers_are_too_few(self) -> None:
        found = partitions.draw([Item(n, n, 1, "N", 5.0) for n in (1, 2)], seed=1)
        assert found.warnings[0] == (
            "2 speakers cannot fill 3 partitions (Train, Development, Test1): Development is empty."
        )
        assert "Train holds a single known speaker." in found.warnings
        assert "Train holds 50% of the hours instead of 70%." in found.warnings
        assert "Podcasts in more than one partition: 1 of 1." in found.warnings

    def test_name_missing_classes_and_unknown_speakers(self) -> None:
        items = [Item(n, n, n, "N", 5.0) for n in range(10)]
        items.append(Item(99, None, 99, "Fear", 5.0))
        found = partitions.draw(items, seed=1)
        assert "Development holds no clip labelled Fear." in found.warnings
        assert any(w.startswith("1 clip of unknown speakers in Train") for w in found.warnings)

    def test_are_none_for_a_fair_draw(self) -> None:
        assert partitions.draw(made(60, podcasts=60), seed=1).warnings == ()

    def test_say_that_nothing_is_everywhere(self) -> None:
        found = partitions.draw([], seed=1)
        assert found.partitions == {}
        assert found.warnings[0].endswith("Train and Development and Test1 are empty.")


class TestEpisodes:
    def test_keep_their_voices_on_one_side(self):
        """Diarisation may give one person two labels in one recording."""
        items = [
            Item(key=f"c{n}", speaker=n, podcast=1, label="N", seconds=5.0, episode=n // 2)
            for n in range(12)
        ]

        drawn = partitions.draw(items, seed=1)

        for n in range(0, 12, 2):
            assert drawn.partitions[f"c{n}"] == drawn.partitions[f"c{n + 1}"]
        assert set(drawn.partitions.values()) == {"Train", "Development", "Test1"}
