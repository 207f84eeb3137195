"""From what feeds and curators say to a verdict."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.core import evidence, feeds, licences
from corpus.core.evidence import UNDECLARED
from corpus.core.licences import PERMISSION, Block, Observation, blocking, decide

BY_URL = "https://creativecommons.org/licenses/by/4.0/"
NC_URL = "https://creativecommons.org/licenses/by-nc/4.0/"

# What must happen to each episode of the feeds written for this: (verdict, SPDX id) in order.
EXPECTED = {
    "all_rights_reserved": [("refused", None)],
    "blocked": [("blocked", None)],
    "by_cc_module": [("accepted", "CC-BY-SA-2.5")],
    "by_sa_tag_upper": [("accepted", "CC-BY-SA-4.0")],
    "by_tag": [("accepted", "CC-BY-4.0")],
    "by_url_tag": [("accepted", "CC-BY-3.0-US")],
    "conflict_needs_review": [("review", None)],
    "free_text_needs_review": [("review", None)],
    "item_overrides_channel": [
        ("accepted", "CC-BY-4.0"),
        ("index_only", "CC-BY-ND-4.0"),
        ("non_commercial", "CC-BY-NC-4.0"),
    ],
    "nc_kept_apart": [("non_commercial", "CC-BY-NC-SA-4.0")],
    "nd_refused": [("index_only", "CC-BY-ND-4.0")],
    "old_namespace": [("accepted", "CC-BY-4.0")],
    "public_domain": [("accepted", "CC0-1.0")],
    "silent": [("review", None)],
}


def saw(element, text="", url=None, *, level="channel"):
    return Observation(element, level, text, url)


def tag(text="", url=None, *, level="channel"):
    return saw("podcast:license", text, url, level=level)


def verdict(*observations, block=None):
    decision = decide(observations, block=block)
    return decision.verdict, decision.spdx


class TestRealFeeds:
    @pytest.mark.parametrize("name", EXPECTED)
    def test_get_the_verdict_in_their_name(self, shared_data, name):
        body = (shared_data / "feeds" / "licences" / f"{name}.xml").read_bytes()
        feed = feeds.parse(body, url="https://example.org/feed.xml")
        found = [verdict(*feed.observations, *e.observations, block=e.block) for e in feed.episodes]
        assert found == EXPECTED[name]

    def test_are_all_expected(self, shared_data):
        assert {path.stem for path in (shared_data / "feeds" / "licences").iterdir()} == set(
            EXPECTED
        )


class TestOneStatement:
    @pytest.mark.parametrize(
        ("said", "expected"),
        [
            (tag("cc-by-4.0"), ("accepted", "CC-BY-4.0")),
            (tag("", BY_URL), ("accepted", "CC-BY-4.0")),
            (tag("cc-by-4.0", BY_URL), ("accepted", "CC-BY-4.0")),
            (tag("cc-by-3.0", "https://creativecommons.org/licenses/by/3.0/us/"), ("accepted", "CC-BY-3.0-US")),
            (tag("Creative Commons", BY_URL), ("accepted", "CC-BY-4.0")),
            (tag("CC BY", BY_URL), ("accepted", "CC-BY-4.0")),
            (tag("CC BY-NC", BY_URL), ("review", None)),
            (tag("cc-by-4.0", NC_URL), ("review", None)),
            (tag("cc-by-3.0", BY_URL), ("review", None)),
            (tag("my-licence-v1", BY_URL), ("review", None)),
            (tag("All rights reserved", BY_URL), ("review", None)),
            (tag("cc-by-4.0", "https://creativecommons.org.evil.example/licenses/by/4.0/"), ("review", None)),
            (tag("my-licence-v1", "https://example.org/licence.pdf"), ("review", None)),
            (tag("cc-by"), ("review", None)),
            (tag("CC"), ("review", None)),
            (tag("All rights reserved"), ("refused", None)),
            (saw("creativeCommons:license", BY_URL), ("accepted", "CC-BY-4.0")),
            (saw("atom:link", url=NC_URL), ("non_commercial", "CC-BY-NC-4.0")),
            (saw("cc:license", url="https://creativecommons.org/licenses/by/"), ("review", None)),
            (saw("copyright", "Released under CC BY 4.0"), ("review", None)),
            (saw("copyright", BY_URL), ("review", None)),
            (saw("copyright", "© 2026 Somebody"), ("review", None)),
            (saw("copyright", "© 2026. Alle Rechte vorbehalten."), ("refused", None)),
            (saw("dc:rights", "Tous droits réservés"), ("refused", None)),
            (saw("copyright", "Some rights reserved"), ("review", None)),
            (saw("copyright", "All rights reserved, except as Creative Commons allows"), ("review", None)),
            (saw(f"{UNDECLARED}podcast:license", "cc-by-4.0"), ("review", None)),
            (tag("  ", ""), ("review", None)),
        ],
    )  # fmt: skip
    def test_is_taken_at_its_word_and_no_further(self, said, expected):
        assert verdict(said) == expected


class TestSeveralStatements:
    def test_of_one_kind_mean_any_of_these(self):
        assert verdict(tag("cc-by-nc-4.0"), tag("cc-by-4.0")) == ("accepted", "CC-BY-4.0")

    def test_of_one_kind_are_none_if_they_contradict(self):
        assert verdict(tag("cc-by-4.0"), tag("All rights reserved")) == ("review", None)

    def test_of_two_kinds_must_agree(self):
        assert verdict(tag("cc-by-4.0"), saw("creativeCommons:license", BY_URL)) == (
            "accepted",
            "CC-BY-4.0",
        )
        assert verdict(tag("cc-by-4.0"), saw("creativeCommons:license", NC_URL)) == ("review", None)

    def test_of_two_kinds_meet_in_what_both_offer(self):
        both = (tag("cc-by-4.0"), tag("cc-by-nc-4.0"), saw("atom:link", url=NC_URL))
        assert verdict(*both) == ("non_commercial", "CC-BY-NC-4.0")

    def test_need_a_person_when_one_cannot_be_read(self):
        assert verdict(tag("cc-by-4.0"), saw("atom:link", url="https://example.org/licence")) == (
            "review",
            None,
        )

    @pytest.mark.parametrize("text", ["All rights reserved", "CC BY-NC-ND 4.0"])
    def test_need_a_person_when_free_text_denies_them(self, text):
        assert verdict(tag("cc-by-4.0"), saw("copyright", text)) == ("review", None)

    @pytest.mark.parametrize(
        "text", ["© 2026 Somebody", "CC BY 4.0", "Creative Commons", "Some rights reserved"]
    )
    def test_are_not_disturbed_by_free_text_that_fits(self, text):
        assert verdict(tag("cc-by-4.0"), saw("copyright", text)) == ("accepted", "CC-BY-4.0")

    def test_need_a_person_when_an_undeclared_prefix_denies_them(self):
        hidden = saw(f"{UNDECLARED}podcast:license", "cc-by-nd-4.0")
        assert verdict(saw("creativeCommons:license", BY_URL), hidden) == ("review", None)


class TestItemAndChannel:
    def test_the_item_beats_its_channel_in_both_directions(self):
        wide, narrow = "cc-by-4.0", "cc-by-nd-4.0"
        assert verdict(tag(wide), tag(narrow, level="item")) == ("index_only", "CC-BY-ND-4.0")
        assert verdict(tag(narrow), tag(wide, level="item")) == ("accepted", "CC-BY-4.0")

    def test_the_item_beats_its_channel_even_with_a_weaker_element(self):
        item = saw("creativeCommons:license", NC_URL, level="item")
        assert verdict(tag("cc-by-4.0"), item) == ("non_commercial", "CC-BY-NC-4.0")

    def test_an_item_that_reserves_its_rights_is_refused(self):
        item = saw("dc:rights", "All rights reserved", level="item")
        assert verdict(tag("cc-by-4.0"), item) == ("refused", None)

    def test_an_item_that_names_an_owner_only_leaves_it_to_the_channel(self):
        item = saw("media:copyright", "© 2026 Somebody", level="item")
        assert verdict(tag("cc-by-4.0"), item) == ("accepted", "CC-BY-4.0")

    def test_an_item_with_an_unreadable_licence_is_not_covered_by_the_channel(self):
        assert verdict(tag("cc-by-4.0"), tag("special terms", level="item")) == ("review", None)

    def test_the_channel_cannot_take_back_what_the_item_gives(self):
        reserved = saw("copyright", "All rights reserved")
        assert verdict(reserved, tag("cc-by-4.0", level="item")) == ("accepted", "CC-BY-4.0")


class TestBlocks:
    BLOCK = Block("podcast:block", "yes")

    def test_beat_a_licence(self):
        assert verdict(tag("cc0-1.0"), block=self.BLOCK) == ("blocked", None)

    def test_yield_to_a_written_permission_only(self):
        evidence = saw("website", "cc-by-4.0", level="given")
        permission = saw(PERMISSION, "cc-by-4.0", "https://example.org/letter.pdf", level="given")
        assert verdict(evidence, block=self.BLOCK) == ("blocked", None)
        assert verdict(permission, block=self.BLOCK) == ("accepted", "CC-BY-4.0")

    @pytest.mark.parametrize(
        ("said", "is_blocked"),
        [
            ([("yes", None)], True),
            ([("YES ", None)], True),
            ([("no", None)], False),
            ([("yes", "emocast")], True),
            ([("yes", None), ("no", "emocast")], False),
            ([("no", None), ("yes", "Emocast")], True),
            ([("yes", "google")], False),
            ([("yes", "google"), ("yes", None)], True),
            ([], False),
        ],
    )
    def test_follow_the_order_of_the_namespace(self, said, is_blocked):
        blocks = [Block("podcast:block", text, service) for text, service in said]
        for order in itertools.permutations(blocks):
            assert (blocking(order) is not None) is is_blocked


class TestCurators:
    def test_settle_what_the_feed_leaves_open(self):
        found = saw("website", "", BY_URL, level="given")
        for feed in (
            (),
            (saw("copyright", "Creative Commons"),),
            (tag("cc-by-4.0"), saw("atom:link", url=NC_URL)),
        ):
            assert verdict(*feed, found) == ("accepted", "CC-BY-4.0")

    def test_may_note_where_they_found_it(self):
        note = saw("website", "footer of the home page", BY_URL, level="given")
        proof = saw("e-mail", "cc-by-4.0", "https://example.org/about", level="given")
        assert verdict(note) == verdict(proof) == ("accepted", "CC-BY-4.0")

    def test_cannot_loosen_a_plain_statement(self):
        found = saw("website", "cc-by-4.0", level="given")
        assert verdict(tag("cc-by-nd-4.0"), found) == ("review", None)
        assert verdict(saw("copyright", "All rights reserved"), found) == ("refused", None)

    def test_loosen_it_with_a_written_permission(self):
        letter = saw(PERMISSION, "cc-by-4.0", level="given")
        assert verdict(tag("cc-by-nd-4.0"), letter) == ("accepted", "CC-BY-4.0")
        assert verdict(saw("copyright", "All rights reserved"), letter) == ("accepted", "CC-BY-4.0")

    def test_must_say_which_licence_is_permitted(self):
        assert verdict(saw(PERMISSION, "they said it is fine", level="given")) == ("review", None)


class TestDecision:
    def test_keeps_the_address_as_written_with_its_port(self):
        url = "https://creativecommons.org/licenses/by/2.5/scotland/"
        decision = decide([saw("creativeCommons:license", url)], block=None)
        assert (decision.spdx, decision.url) == ("CC-BY-2.5", url)

    def test_gives_the_canonical_address_to_a_slug(self):
        assert decide([tag("cc-by-4.0")], block=None).url == BY_URL

    def test_names_what_decided_it(self):
        channel, item = tag("cc-by-4.0"), tag("cc-by-nc-4.0", level="item")
        decision = decide([channel, item], block=None)
        assert decision.decisive == (item,)
        assert decision.reason.startswith("The episode itself says CC-BY-NC-4.0 (podcast:license).")

    def test_quotes_both_sides_of_a_conflict(self):
        reason = decide([tag("cc-by-4.0"), saw("atom:link", url=NC_URL)], block=None).reason
        assert "cc-by-4.0" in reason
        assert NC_URL in reason
        assert "ask the makers" in reason

    def test_guesses_aloud_but_accepts_nothing(self):
        decision = decide([saw("copyright", "Lizenz: CC BY-SA 4.0")], block=None)
        assert "CC-BY-SA-4.0" in decision.reason
        assert decision.spdx is None


def rule(*observations, block=None):
    return decide(observations, block=block).rule


class TestRule:
    BLOCK = Block("podcast:block", "yes")
    LETTER = saw(PERMISSION, "cc-by-4.0", level="given")

    @pytest.mark.parametrize(
        ("said", "expected"),
        [
            ([tag("cc-by-4.0")], "by"),
            ([tag("cc-by-sa-4.0")], "by-sa"),
            ([tag("cc-by-nc-4.0")], "by-nc"),
            ([tag("cc-by-nc-sa-4.0")], "by-nc-sa"),
            ([tag("cc-by-nd-4.0")], "by-nd"),
            ([tag("cc-by-nc-nd-1.0")], "by-nc-nd"),
            ([tag("cc0")], "cc0"),
            ([tag("cc-pdm-1.0")], "pdm"),
            ([], "silent"),
            ([saw("copyright", "CC BY 4.0")], "free-text"),
            ([saw("archive:rights", "CC BY 4.0")], "free-text"),
            ([saw("x:licence", "cc-by-4.0")], "free-text"),
            ([saw("copyright", "All rights reserved")], "reserved"),
            ([tag("All rights reserved")], "reserved"),
            ([tag("cc-by-4.0"), saw("atom:link", url=NC_URL)], "conflict"),
            ([tag("cc-by-4.0", NC_URL)], "self-conflict"),
            ([tag("my-licence")], "unknown"),
            ([tag("", "https://creativecommons.org/licenses/sampling+/1.0/")], "unknown"),
            ([tag("", "https://creativecommons.org/licenses/devnations/2.0/")], "unknown"),
            ([saw("archive:licenseurl", url=BY_URL)], "by"),
            ([saw("archive:licenseurl", url=BY_URL), tag("cc-by-nc-4.0")], "conflict"),
            ([LETTER], "permission"),
            ([tag("cc-by-nd-4.0"), LETTER], "permission"),
            ([saw("website", "cc-by-4.0", level="given")], "statement"),
            ([tag("cc-by-4.0"), saw("website", "cc-by-4.0", level="given")], "by"),
            ([tag("cc-by-3.0-us"), saw("website", "cc-by-3.0", level="given")], "by"),
            ([tag("cc-by-nd-4.0"), saw("website", "cc-by-4.0", level="given")], "differs"),
            ([saw(PERMISSION, "they said so", level="given")], "unknown"),
        ],
    )  # fmt: skip
    def test_names_the_line_of_the_table_that_applied(self, said, expected):
        assert rule(*said) == expected
        assert expected in licences.RULES

    def test_of_a_block(self):
        assert rule(tag("cc0"), block=self.BLOCK) == "blocked"
        assert rule(tag("cc0"), self.LETTER, block=self.BLOCK) == "permission"

    def test_has_the_verdict_of_the_table(self):
        for said in (
            [tag("cc-by-4.0")],
            [tag("cc-by-nd-4.0")],
            [],
            [tag("free")],
            [tag("All rights reserved")],
        ):
            found = decide(said, block=None)
            assert licences.RULES[found.rule].verdict == found.verdict

    def test_of_a_changed_source_keeps_what_was_found(self):
        found = licences.changed(decide([tag("cc-by-nd-4.0")], block=None))
        assert (found.rule, found.verdict, found.spdx) == ("changed", "review", "CC-BY-ND-4.0")
        assert found.reason.startswith("The source now says otherwise")


class TestOffersOfOneKind:
    @pytest.mark.parametrize(
        ("offers", "taken"),
        [
            (("cc-by-sa-4.0", "cc-by-4.0"), "CC-BY-4.0"),
            (("cc-by-4.0", "cc0"), "CC0-1.0"),
            (("cc-pdm-1.0", "cc-by-4.0"), "CC-BY-4.0"),
            (("cc-by-3.0", "cc-by-4.0"), "CC-BY-4.0"),
            (("cc-by-nd-4.0", "cc-by-nc-sa-4.0", "cc-by-nc-4.0"), "CC-BY-NC-4.0"),
        ],
    )
    def test_give_the_one_with_the_fewest_conditions(self, offers, taken):
        for order in itertools.permutations(offers):
            assert verdict(*(tag(text) for text in order))[1] == taken


class TestStrongerKind:
    def test_is_named_first_where_kinds_agree(self):
        weak = saw("archive:licenseurl", url=BY_URL)
        decision = decide([weak, saw("atom:link", url=BY_URL), tag("cc-by-4.0")], block=None)
        assert [seen.element for seen in decision.decisive] == [
            "podcast:license",
            "atom:link",
            "archive:licenseurl",
        ]
        assert decision.reason.startswith("The feed says CC-BY-4.0 (podcast:license)")


AI = saw("podcast:txt", "ai-content: true", level="item")
MUSIC = saw("podcast:medium", "music", level="item")
HEARD = saw(licences.HEARD, "people speak", level="given")


class TestContent:
    @pytest.mark.parametrize(("declared", "expected"), [(AI, "ai-content"), (MUSIC, "medium")])
    def test_that_is_no_speech_waits_for_a_person(self, declared, expected):
        found = decide([tag("cc-by-4.0"), declared], block=None)
        assert (found.verdict, found.rule, found.spdx) == ("review", expected, None)
        assert "CC-BY-4.0" in found.reason

    def test_is_accepted_once_somebody_heard_people_speak(self):
        for declared in ([AI], [MUSIC], [AI, MUSIC]):
            assert verdict(tag("cc-by-4.0"), *declared, HEARD) == ("accepted", "CC-BY-4.0")

    def test_is_not_taken_for_speech_on_a_licence_alone(self):
        for given_ in (
            saw(PERMISSION, "cc-by-4.0", level="given"),
            saw("website", "cc-by-4.0", level="given"),
        ):
            assert rule(given_, AI) == "ai-content"

    def test_never_makes_more_of_a_licence_than_it_is(self):
        assert rule(tag("cc-by-nd-4.0"), AI) == "by-nd"
        assert rule(AI, HEARD) == "silent"
        assert rule(tag("cc-by-4.0"), AI, block=Block("itunes:block", "yes")) == "blocked"

    def test_says_nothing_about_the_licence_of_its_level(self):
        assert rule(tag("cc-by-4.0"), AI, HEARD) == "by"


class TestCuratorsInAConflict:
    FOUND = staticmethod(lambda text: saw("website", text, level="given"))

    def test_choose_between_what_is_said(self):
        both = (tag("cc-by-4.0"), saw("atom:link", url=NC_URL))
        assert verdict(*both, self.FOUND("cc-by-4.0")) == ("accepted", "CC-BY-4.0")
        assert verdict(*both, self.FOUND("cc-by-nc-4.0")) == ("non_commercial", "CC-BY-NC-4.0")

    def test_cannot_bring_in_a_third_licence(self):
        both = (tag("cc-by-4.0"), saw("atom:link", url=NC_URL))
        assert rule(*both, self.FOUND("cc0")) == "differs"
        assert (
            rule(tag("cc-by-4.0"), saw("copyright", "All rights reserved"), self.FOUND("cc0"))
            == "differs"
        )
        assert (
            rule(tag("All rights reserved"), saw("copyright", "CC BY 4.0"), self.FOUND("cc0"))
            == "differs"
        )

    @pytest.mark.parametrize(
        "said", [tag("CC BY-NC"), tag("", "https://creativecommons.org/licenses/by-nc/")]
    )
    def test_add_a_version_and_no_other_conditions(self, said):
        assert verdict(said, self.FOUND("cc-by-nc-4.0")) == ("non_commercial", "CC-BY-NC-4.0")
        assert rule(said, self.FOUND("cc-by-4.0")) == "differs"

    def test_may_always_be_stricter(self):
        assert verdict(tag("cc-by-4.0", NC_URL), self.FOUND("cc-by-nd-4.0")) == (
            "index_only",
            "CC-BY-ND-4.0",
        )


class TestPolicy:
    def test_knows_every_licence_and_no_other(self):
        assert set(licences.POLICY) == licences.spdx_ids.KNOWN

    def test_never_shares_what_forbids_derivatives(self):
        rules = {spdx: rule.verdict for spdx, rule in licences.POLICY.items() if "-ND" in spdx}
        assert set(rules.values()) == {"index_only"}
        assert len(rules) == 10 + 3

    def test_keeps_every_non_commercial_licence_apart(self):
        nc = {
            rule.verdict
            for spdx, rule in licences.POLICY.items()
            if "-NC" in spdx and "-ND" not in spdx
        }
        assert nc == {"non_commercial"}

    @pytest.mark.parametrize("given_verdict", licences.VERDICTS)
    def test_shares_two_verdicts_only(self, given_verdict):
        assert licences.may_share(given_verdict) is (
            given_verdict in {"accepted", "non_commercial"}
        )


ELEMENTS = [
    "podcast:license",
    "creativeCommons:license",
    "atom:link",
    "copyright",
    f"{UNDECLARED}podcast:license",
    "podcast:medium",
]
SAYINGS = [
    "",
    "cc-by-4.0",
    "CC BY-NC 4.0",
    "cc-by-nd-4.0",
    "cc0",
    "CC",
    "All rights reserved",
    "© Me",
    "custom",
]
OBSERVATIONS = st.builds(
    Observation,
    element=st.sampled_from([*ELEMENTS, PERMISSION]),
    level=st.sampled_from(["item", "channel", "given"]),
    text=st.sampled_from(SAYINGS) | st.text(max_size=20),
    url=st.sampled_from([None, "", BY_URL, NC_URL, "https://example.org/"]),
)


FEED = OBSERVATIONS.filter(lambda seen: seen.level != "given")
HINTS = FEED.filter(evidence.is_hint)


def stated(observations):
    """Licences that machine-readable statements name at the deciding level, and those that people gave."""
    given_ = [seen for seen in observations if seen.level == "given"]
    level = evidence.deciding([seen for seen in observations if seen.level != "given"])
    for seen in (*given_, *(seen for seen in level if not evidence.is_hint(seen))):
        named = (licences.spdx_from_url(seen.url or ""), licences.spdx_from_text(seen.text))
        yield from filter(None, named)


@pytest.mark.slow
class TestAnything:
    @given(
        st.lists(OBSERVATIONS, max_size=6), st.sampled_from([None, Block("itunes:block", "yes")])
    )
    def test_ends_in_a_verdict_with_a_reason(self, observations, block):
        decision = decide(observations, block=block)
        assert decision.verdict in licences.VERDICTS
        assert decision.reason.endswith(".")
        assert (decision.spdx is None) == (decision.url is None)
        if decision.spdx:
            assert licences.POLICY[decision.spdx].verdict == decision.verdict

    @given(st.lists(OBSERVATIONS, max_size=6), st.randoms(use_true_random=False))
    def test_does_not_depend_on_the_order_of_elements(self, observations, random):
        shuffled = random.sample(observations, len(observations))
        assert decide(observations, block=None) == decide(shuffled, block=None)

    @given(st.lists(OBSERVATIONS, max_size=6))
    def test_is_accepted_only_on_a_statement_that_maps_to_a_sharing_licence(self, observations):
        if decide(observations, block=None).verdict == "accepted":
            assert any(licences.POLICY[s].verdict == "accepted" for s in stated(observations))

    @given(st.lists(FEED, max_size=5), HINTS)
    def test_is_never_accepted_because_of_one_more_hint(self, observations, hint):
        if decide(observations, block=None).verdict != "accepted":
            assert decide([*observations, hint], block=None).verdict != "accepted"

    @given(
        st.lists(FEED, max_size=5),
        st.sampled_from(["cc-by-nd-4.0", "cc-by-nc-4.0", "CC BY-NC-SA 3.0"]),
    )
    def test_is_not_accepted_once_another_kind_denies_it(self, observations, text):
        level = evidence.deciding(observations)
        where = level[0].level if level else "channel"
        denial = saw("dcterms:license", text, level=where)
        assert decide([*observations, denial], block=None).verdict != "accepted"

    @given(st.lists(OBSERVATIONS.filter(lambda seen: seen.level != "given"), max_size=5))
    def test_is_never_accepted_on_free_text_alone(self, observations):
        hints = [seen for seen in observations if seen.element in ELEMENTS[3:5]]
        assert decide(hints, block=None).verdict in {"review", "refused"}
