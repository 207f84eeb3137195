import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.core import speakers


def voice(person, *, take=0, spread=0.02):
    """A made-up embedding: people are at right angles, takes of one person are close."""
    centre = np.zeros(32)
    centre[person] = 1
    return centre + spread * np.random.default_rng([person, take]).standard_normal(32)


class TestLink:
    def test_finds_people_across_episodes(self):
        voices = {
            (1, "A"): voice(0, take=1),
            (1, "B"): voice(1, take=1),
            (2, "A"): voice(1, take=2),
            (2, "B"): voice(0, take=2),
            (3, "A"): voice(2),
        }
        assert speakers.link(voices) == {
            (1, "A"): 0,
            (1, "B"): 1,
            (2, "A"): 1,
            (2, "B"): 0,
            (3, "A"): 2,
        }

    def test_keeps_labels_of_one_episode_apart_however_alike(self):
        groups = speakers.link({(1, "A"): voice(0), (1, "B"): voice(0), (2, "A"): voice(0)})
        assert groups[1, "A"] != groups[1, "B"]
        assert groups[2, "A"] in {groups[1, "A"], groups[1, "B"]}

    def test_reads_the_threshold_as_a_cosine(self):
        angle = np.arccos(0.9)
        voices = {
            ("a", "A"): np.array([1, 0]),
            ("b", "A"): 7 * np.array([np.cos(angle), np.sin(angle)]),
        }
        assert len(set(speakers.link(voices, threshold=0.89).values())) == 1
        assert len(set(speakers.link(voices, threshold=0.91).values())) == 2

    def test_needs_no_second_voice(self):
        assert speakers.link({}) == {}
        assert speakers.link({("x", "A"): voice(0)}) == {("x", "A"): 0}

    @pytest.mark.parametrize("bad", [np.zeros(32), np.full(32, np.nan)])
    def test_refuses_an_embedding_without_direction(self, bad):
        with pytest.raises(ValueError, match="embedding"):
            speakers.link({(1, "A"): voice(0), (2, "A"): bad})

    @pytest.mark.slow
    @given(st.data())
    def test_does_not_depend_on_order_and_never_joins_an_episode(self, data):
        pairs = st.tuples(st.integers(1, 4), st.sampled_from("ABC"))
        keys = data.draw(st.lists(pairs, unique=True, max_size=10))
        voices = {
            key: voice(data.draw(st.integers(0, 2)), take=i, spread=0.1)
            for i, key in enumerate(keys)
        }
        groups = speakers.link(voices, threshold=0.5)
        shuffled = {key: voices[key] for key in data.draw(st.permutations(keys))}
        assert speakers.link(shuffled, threshold=0.5) == groups
        assert len({(key[0], group) for key, group in groups.items()}) == len(keys)
        assert list(dict.fromkeys(groups[key] for key in sorted(keys))) == list(
            range(len(set(groups.values())))
        )
