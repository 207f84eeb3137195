import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.core import clips, segments, transcripts
from corpus.core import turns as speaker_turns
from corpus.core.clips import CutRules, Span
from corpus.core.segments import RATE, Segment
from corpus.core.transcripts import Word
from corpus.core.turns import Turn

RULES = CutRules()


def seconds(start, end):
    return Segment(round(start * RATE), round(end * RATE))


def turn(start, end, label="A"):
    return Turn(seconds(start, end), label)


def spoken(start, end, *, step=0.5):
    """Words end to end, `step` seconds each."""
    n = round((end - start) / step)
    return [
        Word(seconds(start + i * step, min(end, start + (i + 1) * step)), f"w{i}") for i in range(n)
    ]


def cut(turns, *, speech=None, words=(), length=60.0, rules=RULES, excluded=()):
    return clips.cut(
        turns=turns,
        words=words,
        speech=[t.segment for t in turns] if speech is None else [seconds(*s) for s in speech],
        length=round(length * RATE),
        rules=rules,
        excluded=[seconds(*s) for s in excluded],
    )


def times(spans):
    return [
        (round(s.segment.start / RATE, 3), round(s.segment.end / RATE, 3), s.label) for s in spans
    ]


class TestLimits:
    @pytest.mark.parametrize(
        ("samples", "kept"), [(43_999, 0), (44_000, 1), (175_999, 1), (176_000, 0)]
    )
    def test_keep_2_75_seconds_and_do_not_reach_11(self, samples, kept):
        whole = Turn(Segment(0, samples), "A")
        spans = clips.cut(
            turns=[whole], words=[], speech=[whole.segment], length=samples, rules=RULES
        )
        assert [span.segment for span in spans] == [whole.segment] * kept

    def test_are_not_met_by_padding(self):
        assert cut([turn(5, 7.5)]) == ()

    @pytest.mark.parametrize(("n", "kept"), [(3, 0), (4, 1)])
    def test_want_more_than_three_words(self, n, kept):
        words = [Word(seconds(i, i + 0.9), f"w{i}") for i in range(n)]
        assert len(cut([turn(0, 4)], words=words)) == kept

    def test_want_no_words_where_the_episode_has_none(self):
        assert cut([turn(0, 4)], length=4)[0].n_words == 0

    def test_want_words_of_each_clip_where_the_episode_has_some(self):
        spans = cut([turn(0, 4), turn(10, 14, "B")], words=spoken(0, 4))
        assert [span.label for span in spans] == ["A"]


class TestLongTurns:
    GOLDEN = ((0, 4.0), (4.4, 8.0), (8.2, 10.0), (10.6, 14.0))

    @pytest.mark.parametrize("with_words", [True, False])
    def test_are_cut_in_the_middle_of_their_pauses(self, with_words):
        words = [word for part in self.GOLDEN for word in spoken(*part, step=0.4)]
        spans = cut(
            [turn(0, 14)], speech=self.GOLDEN, words=words if with_words else (), length=14.0
        )
        assert times(spans) == [(0, 4.2, "A"), (4.2, 10.3, "A"), (10.3, 14, "A")]

    def test_leave_a_pause_uncut_rather_than_lose_speech(self):
        speech = [(0, 2.0), (2.5, 8.0), (8.5, 10.5), (11.0, 13.0)]
        spans = cut([turn(0, 13)], speech=speech, length=13.0)
        assert times(spans) == [(0, 8.25, "A"), (8.25, 13, "A")]

    def test_lose_the_piece_that_fits_nowhere(self):
        speech = [(0, 10.5), (11.5, 13.0), (14.0, 24.5)]
        spans = cut([turn(0, 24.5)], speech=speech, length=24.5)
        assert times(spans) == [(0, 10.8, "A"), (13.7, 24.5, "A")]

    def test_are_cut_between_words_where_they_have_no_pause(self):
        words = [*spoken(0, 5), *spoken(5.15, 9), *spoken(9.25, 14)]
        spans = cut([turn(0, 14)], words=words, length=14.0)
        assert times(spans) == [(0, 9.125, "A"), (9.125, 14, "A")]

    def test_without_a_pause_or_words_are_left_out(self):
        assert cut([turn(0, 14)]) == ()

    def test_whose_words_touch_are_left_out(self):
        assert cut([turn(0, 14)], words=spoken(0, 14)) == ()

    def test_stay_whole_where_only_their_silence_is_too_long(self):
        (span,) = cut([turn(0, 12)], speech=[(0.5, 6), (6.5, 11.2)], length=12.0)
        assert span.segment.duration == RULES.max_samples - 1
        assert segments.overlap(span.segment, seconds(0.5, 11.2)) == seconds(0.5, 11.2).duration


class TestEnds:
    def test_keep_a_little_silence(self):
        assert times(cut([turn(9, 16)], speech=[(10, 15)])) == [(9.7, 15.3, "A")]

    def test_reach_a_little_beyond_the_turn(self):
        assert times(cut([turn(10, 15)])) == [(9.7, 15.3, "A")]

    def test_stay_in_the_file(self):
        assert times(cut([turn(0.1, 5)], length=5.1)) == [(0, 5.1, "A")]

    def test_share_a_short_gap_with_the_neighbour(self):
        spans = cut([turn(10, 15), turn(15.2, 20, "B")])
        assert times(spans) == [(9.7, 15.1, "A"), (15.1, 20.3, "B")]

    def test_do_not_reach_speech_that_has_no_turn(self):
        assert times(cut([turn(10, 15)], speech=[(10, 15), (15.1, 17)])) == [(9.7, 15.1, "A")]

    def test_reach_as_far_beyond_the_turn_where_its_speech_goes_on(self):
        assert times(cut([turn(10, 15)], speech=[(9.9, 15.2)])) == [(9.7, 15.3, "A")]

    def test_take_in_a_word_that_has_room(self):
        words = [*spoken(10, 14.5), Word(seconds(14.5, 15.1), "last")]
        (span,) = cut([turn(10, 15)], words=words)
        assert span.text.endswith("last")
        assert span.segment.end >= 15.1 * RATE

    def test_leave_out_a_word_that_another_speaker_cuts_short(self):
        words = [*spoken(10, 14.5), Word(seconds(14.5, 15.1), "torn"), *spoken(15.5, 20)]
        first, second = cut([turn(10, 15), turn(15, 20, "B")], words=words)
        assert first.text.split()[-1] == "w8"
        assert first.segment.end == seconds(14, 14.5).end
        assert second.segment.start >= 15.1 * RATE


class TestSpeakers:
    def test_lose_only_the_overlap(self):
        spans = cut([turn(0, 10), turn(4, 4.5, "B")], length=10.0)
        assert times(spans) == [(0, 4, "A"), (4.5, 10, "A")]

    def test_are_joined_over_a_breath(self):
        spans = cut([turn(0, 2), turn(2.4, 5)], length=5.0)
        assert times(spans) == [(0, 5, "A")]

    def test_are_not_joined_across_somebody_else(self):
        assert cut([turn(0, 2), turn(2.1, 2.3, "B"), turn(2.4, 4)]) == ()

    def test_give_their_label_and_words_to_the_clip(self):
        words = spoken(0, 3)
        assert cut([turn(0, 3, "SPEAKER_01")], words=words, length=3.0) == (
            Span(seconds(0, 3), "SPEAKER_01", "w0 w1 w2 w3 w4 w5", 6),
        )


class TestNothing:
    def test_comes_of_nothing(self):
        assert cut([]) == ()

    def test_comes_of_a_turn_without_sound(self):
        assert cut([turn(0, 5)], speech=()) == ()

    def test_comes_of_turns_after_the_end(self):
        assert cut([turn(70, 75)], length=60.0) == ()


SMALL = CutRules(
    min_samples=10, max_samples=40, pause=4, word_gap=2, join_gap=3, padding=3, min_words=2
)
LENGTH = 400


def segments_up_to(size, *, length=LENGTH):
    return st.builds(
        lambda start, n: Segment(start, start + n), st.integers(0, length), st.integers(1, size)
    )


TURNS = st.lists(st.builds(Turn, segments_up_to(150), st.sampled_from(["A", "B", "C"])), max_size=6)
WORDS = st.lists(st.builds(Word, segments_up_to(9, length=LENGTH - 9), st.just("w")), max_size=60)
SPEECH = st.lists(segments_up_to(60), max_size=12)


class TestCut:
    @pytest.mark.slow
    @settings(max_examples=300, deadline=None)
    @given(TURNS, WORDS, SPEECH)
    def test_keeps_its_promises_whatever_comes(self, turns, words, speech):
        spans = clips.cut(turns=turns, words=words, speech=speech, length=LENGTH, rules=SMALL)
        assert all(a.segment.end <= b.segment.start for a, b in pairwise(spans))
        for span in spans:
            clip = span.segment
            assert SMALL.min_samples <= clip.duration < SMALL.max_samples
            assert clip.end <= LENGTH
            heard = {t.label for t in turns if segments.overlap(t.segment, clip)}
            assert heard == {span.label}
            assert not transcripts.straddling(words, clip.start)
            assert not transcripts.straddling(words, clip.end)
            assert span.n_words == len(transcripts.within(words, clip))
            assert span.text == transcripts.text(transcripts.within(words, clip))
            assert not words or span.n_words >= SMALL.min_words
            sounds = segments.intersect([clip], [*speech, *(word.segment for word in words)])
            assert sounds[0].start - clip.start <= SMALL.padding
            assert clip.end - sounds[-1].end <= SMALL.padding

    @pytest.mark.slow
    @given(TURNS, WORDS, SPEECH, st.randoms(use_true_random=False))
    @settings(deadline=None)
    def test_does_not_depend_on_order(self, turns, words, speech, shuffler):
        spans = clips.cut(turns=turns, words=words, speech=speech, length=LENGTH, rules=SMALL)
        for parts in (turns, words, speech):
            shuffler.shuffle(parts)
        assert (
            clips.cut(turns=turns, words=words, speech=speech, length=LENGTH, rules=SMALL) == spans
        )

    @pytest.mark.slow
    @settings(deadline=None)
    @given(st.lists(st.tuples(st.integers(1, 25), st.integers(4, 12)), min_size=1, max_size=8))
    def test_keeps_as_much_speech_as_any_choice_of_pauses(self, parts):
        speech, at = [], 0
        for talk, pause in parts:
            speech.append(Segment(at, at + talk))
            at += talk + pause
        whole = Turn(Segment(0, speech[-1].end), "A")
        spans = clips.cut(
            turns=[whole], words=[], speech=speech, length=whole.segment.end, rules=SMALL
        )
        kept = clips.usage(spans, turns=[whole], speech=speech).kept
        assert kept == most_speech(speech)

    @pytest.mark.slow
    def test_gets_through_an_hour_of_talk(self):
        chance = random.Random(5)
        turns, words, at = [], [], 0
        while at < 3_600 * RATE:
            end = at + chance.randrange(RATE, 60 * RATE)
            turns.append(Turn(Segment(at, end), chance.choice("AB")))
            while at < end - RATE:
                word = Segment(at, at + chance.randrange(1_600, 8_000))
                words.append(Word(word, "w"))
                at = word.end + chance.choice([0, 800, 3_000, 9_600])
            at = end + chance.randrange(-4_000, 8_000)
        speech = segments.merge((word.segment for word in words), gap=1_600)
        spans = clips.cut(turns=turns, words=words, speech=speech, length=at + RATE, rules=RULES)
        assert clips.usage(spans, turns=turns, speech=speech).share > 0.9


def most_speech(speech, first=0):
    """Every way to group neighbouring parts from the first on, tried one by one."""
    if first == len(speech):
        return 0
    best = most_speech(speech, first + 1)
    for end in range(first + 1, len(speech) + 1):
        if fits(speech, first, end):
            gain = segments.total(speech[first:end])
            best = max(best, gain + most_speech(speech, end))
    return best


def fits(speech, first, end):
    sound = speech[end - 1].end - speech[first].start
    silence = 0
    if first:
        pause = speech[first].start - speech[first - 1].end
        silence += min(SMALL.padding, (pause + 1) // 2)
    if end < len(speech):
        pause = speech[end].start - speech[end - 1].end
        silence += min(SMALL.padding, pause // 2)
    return sound < SMALL.max_samples and sound + silence >= SMALL.min_samples


class TestUsage:
    def test_compares_speech_in_clips_with_speech_of_one_speaker(self):
        turns = [turn(0, 10), turn(9, 12, "B")]
        speech = [seconds(0, 4), seconds(5, 12)]
        spans = [Span(seconds(0, 6), "A", "", 0)]
        found = clips.usage(spans, turns=turns, speech=speech)
        assert (found.kept, found.usable) == (5 * RATE, 10 * RATE)
        assert found.share == 0.5

    def test_is_none_where_nothing_is_usable(self):
        assert clips.usage([], turns=[], speech=[]).share == 0

    def test_counts_what_speaker_turns_call_single(self):
        turns = [turn(0, 10), turn(2, 3, "B")]
        alone = speaker_turns.single_speaker(turns)
        found = clips.usage([], turns=turns, speech=[seconds(0, 10)])
        assert found.usable == segments.total(each.segment for each in alone)


class TestWhatIsExcluded:
    def test_is_in_no_clip(self):
        spans = cut([turn(0, 9)], excluded=[(4, 5)])
        assert times(spans) == [(0, 4, "A"), (5, 9.3, "A")]

    def test_takes_a_clip_that_gets_too_short_with_it(self):
        assert cut([turn(0, 5)], excluded=[(2, 3)]) == ()

    def test_keeps_turns_apart_that_would_be_one(self):
        spans = cut([turn(0, 4), turn(4.4, 8.4)], excluded=[(4.1, 4.3)])
        assert times(spans) == [(0, 4.1, "A"), (4.3, 8.7, "A")]

    def test_is_not_reached_by_the_silence_of_a_clip(self):
        assert times(cut([turn(3, 7)], excluded=[(2.9, 3), (7.1, 8)])) == [(3, 7.05, "A")]

    def test_counts_as_speech_that_nobody_could_use(self):
        turns = [turn(0, 8)]
        speech, out = [turns[0].segment], [seconds(4, 8)]
        spans = cut(turns, excluded=[(4, 8)])
        assert clips.usage(spans, turns=turns, speech=speech, excluded=out).share == 1
        assert clips.usage(spans, turns=turns, speech=speech).share == 0.5

    @settings(max_examples=60, deadline=None)
    @given(
        st.lists(
            st.tuples(st.integers(0, 50), st.integers(1, 15), st.sampled_from("AB")), max_size=8
        ),
        st.lists(st.tuples(st.integers(0, 60), st.floats(0.05, 9)), max_size=5),
        st.booleans(),
    )
    def test_is_never_touched(self, rows, holes, with_words):
        turns = [turn(start, start + n, label) for start, n, label in rows]
        words = (
            [word for start, n, _ in rows for word in spoken(start, start + n)]
            if with_words
            else ()
        )
        out = [(start, start + n) for start, n in holes]
        for span in cut(turns, words=words, length=70, excluded=out):
            assert not any(segments.overlap(span.segment, seconds(*hole)) for hole in out)
