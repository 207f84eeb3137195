import pytest

from annotation.core import states
from annotation.core.states import (
    ASSIGNMENTS,
    CAMPAIGNS,
    AssignmentFacts,
    AssignmentState,
    CampaignFacts,
    CampaignState,
)

READY = CampaignFacts(n_clips=200, by_curator=True)
DONE = AssignmentFacts(heard=True, lease_over=True, reason="broken audio")


class TestCampaigns:
    @pytest.mark.parametrize(
        ("state", "actions"),
        [
            (CampaignState.DRAFT, {"open", "edit", "add_clips"}),
            (CampaignState.OPEN, {"pause", "close", "add_clips", "give_out"}),
            (CampaignState.PAUSED, {"resume", "close", "add_clips"}),
            (CampaignState.CLOSED, {"reopen"}),
        ],
    )
    def test_allow_these_actions_and_no_others(self, state, actions):
        assert set(CAMPAIGNS.actions(state, READY)) == actions

    def test_go_from_draft_to_closed_and_back(self):
        state = CampaignState.DRAFT
        for action in ("open", "pause", "resume", "close", "reopen"):
            assert states.why_not(state, action, READY) is None
            state = CAMPAIGNS.after(state, action)
        assert state is CampaignState.OPEN

    def test_do_not_open_without_clips(self):
        reason = states.why_not(CampaignState.DRAFT, "open", CampaignFacts(n_clips=0))
        assert reason == "This campaign has no clips yet: add some first."

    def test_are_opened_again_by_curators_only(self):
        facts = CampaignFacts(n_clips=5, by_curator=False)
        assert "curator" in states.why_not(CampaignState.CLOSED, "reopen", facts)

    def test_say_which_state_it_would_take(self):
        reason = states.why_not(CampaignState.OPEN, "edit", READY)
        assert reason == "This campaign is open; only one that is draft can be changed."

    def test_stay_as_they_are_where_an_action_changes_nothing(self):
        assert CAMPAIGNS.after(CampaignState.PAUSED, "add_clips") is CampaignState.PAUSED


class TestAssignments:
    @pytest.mark.parametrize(
        ("state", "actions"),
        [
            (AssignmentState.PREFETCHED, {"promote", "renew", "expire", "release"}),
            (AssignmentState.OPEN, {"renew", "rate", "skip", "expire", "release"}),
            (AssignmentState.RATED, set()),
            (AssignmentState.SKIPPED, set()),
            (AssignmentState.EXPIRED, {"rate", "take_again", "prefetch_again"}),
            (AssignmentState.RELEASED, {"rate", "take_again", "prefetch_again"}),
        ],
    )
    def test_allow_these_actions_and_no_others(self, state, actions):
        assert set(ASSIGNMENTS.actions(state, DONE)) == actions

    @pytest.mark.parametrize(
        ("action", "facts", "words"),
        [
            ("rate", AssignmentFacts(heard=False), "to its end"),
            ("skip", AssignmentFacts(reason="  "), "why you skip"),
            ("expire", AssignmentFacts(lease_over=False), "still has time"),
            ("renew", AssignmentFacts(campaign=CampaignState.PAUSED), "campaign is paused"),
        ],
    )
    def test_say_what_is_missing(self, action, facts, words):
        assert words in states.why_not(AssignmentState.OPEN, action, facts)

    @pytest.mark.parametrize("campaign", list(CampaignState))
    @pytest.mark.parametrize("state", [AssignmentState.OPEN, AssignmentState.EXPIRED])
    def test_never_lose_an_answer_to_a_late_or_paused_campaign(self, state, campaign):
        facts = AssignmentFacts(heard=True, campaign=campaign)
        assert states.why_not(state, "rate", facts) is None
        assert ASSIGNMENTS.after(state, "rate") is AssignmentState.RATED


class TestMachines:
    @pytest.mark.parametrize("machine", [CAMPAIGNS, ASSIGNMENTS], ids=lambda m: m.noun)
    def test_every_state_can_be_reached(self, machine):
        reached = set(machine.initial)
        for _ in machine.transitions:
            for transition in machine.transitions:
                if transition.target and transition.sources & reached:
                    reached.add(transition.target)
        assert reached == set(type(next(iter(machine.initial))))

    @pytest.mark.parametrize("machine", [CAMPAIGNS, ASSIGNMENTS], ids=lambda m: m.noun)
    def test_every_action_has_words_and_a_single_meaning(self, machine):
        actions = [transition.action for transition in machine.transitions]
        assert len(set(actions)) == len(actions)
        assert set(actions) == set(machine.spoken)

    def test_are_drawn_with_every_change_of_state(self):
        assert CAMPAIGNS.mermaid() == (
            "stateDiagram-v2\n"
            "    [*] --> draft\n"
            "    draft --> open: open\n"
            "    open --> paused: pause\n"
            "    paused --> open: resume\n"
            "    open --> closed: close\n"
            "    paused --> closed: close\n"
            "    closed --> open: reopen\n"
        )

    def test_do_not_take_the_facts_of_another_noun(self):
        with pytest.raises(TypeError, match="AssignmentFacts"):
            states.why_not(CampaignState.OPEN, "pause", AssignmentFacts())

    def test_do_not_know_every_action(self):
        with pytest.raises(KeyError):
            states.why_not(CampaignState.OPEN, "delete", READY)
