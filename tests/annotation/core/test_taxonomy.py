import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.core import taxonomy
from annotation.core.taxonomy import CATEGORIES, Petal, Primary, Ring, Secondary

# The header of EM2LDL files, spelling included.
WHEEL = [
    "ecstacy",
    "joy",
    "serenity",
    "love",
    "admiration",
    "trust",
    "acceptance",
    "submission",
    "terror",
    "fear",
    "apprehension",
    "awe",
    "amazement",
    "surprise",
    "distraction",
    "disapproval",
    "grief",
    "sadness",
    "pensiveness",
    "remorse",
    "loathing",
    "disgust",
    "boredom",
    "contempt",
    "rage",
    "anger",
    "annoyance",
    "aggresiveness",
    "vigilance",
    "anticipation",
    "interest",
    "optimism",
]


class TestPrimary:
    def test_has_the_words_letters_and_order_of_the_protocol(self):
        words = [
            "Angry",
            "Sad",
            "Happy",
            "Surprise",
            "Fear",
            "Disgust",
            "Contempt",
            "Neutral",
            "Other",
        ]
        assert [label.value for label in Primary] == words
        assert "".join(taxonomy.CODES) == "ASHUFDCNO"

    def test_can_be_looked_up_by_letter(self):
        assert {code: taxonomy.PRIMARY_BY_CODE[code].code for code in taxonomy.CODES} == {
            code: code for code in taxonomy.CODES
        }
        assert taxonomy.NO_AGREEMENT not in taxonomy.PRIMARY_BY_CODE

    def test_keys_do_not_collide_with_the_keys_of_the_page(self):
        keys = [label.key for label in Primary]
        # R plays again and X skips; U undoes only outside the class question
        assert len(set(keys)) == 9
        assert not set(keys) & {"R", "X"}


class TestSecondary:
    def test_has_the_words_and_order_of_the_protocol(self):
        words = [
            "Angry",
            "Sad",
            "Happy",
            "Amused",
            "Neutral",
            "Frustrated",
            "Depressed",
            "Surprise",
            "Concerned",
            "Disgust",
            "Disappointed",
            "Excited",
            "Confused",
            "Annoyed",
            "Fear",
            "Contempt",
            "Other",
        ]
        assert [label.value for label in Secondary] == words

    def test_groups_hold_every_label_once(self):
        grouped = [label for group in taxonomy.SECONDARY_GROUPS for label in group]
        assert sorted(grouped) == sorted(Secondary)

    def test_every_primary_can_be_repeated_as_a_secondary(self):
        assert {label.value for label in Primary} <= {label.value for label in Secondary}


class TestScales:
    def test_come_in_two_orders(self):
        assert [scale.letter for scale in taxonomy.SCALES] == ["V", "A", "D"]
        assert [scale.letter for scale in taxonomy.FILE_SCALES] == ["A", "V", "D"]

    def test_end_with_the_words_of_the_protocol(self):
        assert [(scale.low, scale.high) for scale in taxonomy.SCALES] == [
            ("very negative", "very positive"),
            ("very calm", "very active"),
            ("very weak", "very strong"),
        ]

    @pytest.mark.parametrize("scale", taxonomy.SCALES, ids=lambda scale: scale.name)
    def test_say_every_point_differently(self, scale):
        assert len(set(scale.points)) == taxonomy.HIGHEST - taxonomy.LOWEST + 1
        assert (scale.points[0], scale.points[-1]) == (scale.low, scale.high)

    def test_read_out_valence_point_by_point(self):
        assert taxonomy.VALENCE.points == (
            "very negative",
            "negative",
            "slightly negative",
            "neutral",
            "slightly positive",
            "positive",
            "very positive",
        )


class TestCategories:
    def test_keep_the_order_and_spelling_of_the_files(self):
        assert list(taxonomy.CATEGORY_NAMES) == WHEEL

    def test_are_shown_spelt_right(self):
        titles = [category.title for category in CATEGORIES]
        assert "Ecstasy" in titles
        assert "Aggressiveness" in titles
        assert "Ecstacy" not in titles

    def test_are_four_per_petal(self):
        for petal in Petal:
            rings = [category.ring for category in CATEGORIES if category.petal is petal]
            assert rings == list(Ring)

    def test_dyads_lie_between_a_petal_and_the_next(self):
        between = {c.name: c.petals for c in CATEGORIES if c.ring is Ring.DYAD}
        assert between["love"] == (Petal.JOY, Petal.TRUST)
        assert between["contempt"] == (Petal.DISGUST, Petal.ANGER)
        assert between["optimism"] == (Petal.ANTICIPATION, Petal.JOY)


class TestToPrimaries:
    @pytest.mark.parametrize(
        ("name", "primary"),
        [
            ("ecstacy", Primary.HAPPY),
            ("joy", Primary.HAPPY),
            ("serenity", Primary.NEUTRAL),
            ("love", Primary.OTHER),
            ("trust", Primary.OTHER),
            ("apprehension", Primary.FEAR),
            ("distraction", Primary.SURPRISE),
            ("grief", Primary.SAD),
            ("boredom", Primary.DISGUST),
            ("contempt", Primary.CONTEMPT),
            ("rage", Primary.ANGRY),
            ("aggresiveness", Primary.OTHER),
            ("interest", Primary.OTHER),
        ],
    )
    def test_follows_the_table(self, name, primary):
        assert taxonomy.to_primaries({name: 1.0})[primary] == 1.0

    def test_refuses_what_is_not_on_the_wheel(self):
        with pytest.raises(ValueError, match="ecstasy"):
            taxonomy.to_primaries({"ecstasy": 1.0})


class TestToPetals:
    def test_gives_half_a_dyad_to_each_neighbour(self):
        petals = taxonomy.to_petals({"optimism": 0.5, "joy": 0.5})
        assert petals[Petal.JOY] == 0.75
        assert petals[Petal.ANTICIPATION] == 0.25


class TestRollUps:
    @settings(deadline=None, max_examples=50)
    @given(st.dictionaries(st.sampled_from(WHEEL), st.floats(0, 1)))
    def test_keep_the_mass(self, masses):
        total = sum(masses.values())
        assert sum(taxonomy.to_petals(masses).values()) == pytest.approx(total)
        assert sum(taxonomy.to_primaries(masses).values()) == pytest.approx(total)
