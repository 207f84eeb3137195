"""The policy table: complete, and never changed without its version."""

import pytest

from corpus.core import policy

# Changed the table? Then older decisions were made by other rules: raise POLICY_VERSION, and add its digest here.
DIGESTS = {"2": "520dd2fc3599c858c1464f9208f79ba7166cb2150d918e3498e4fc4c178d5603"}


class TestTable:
    def test_is_changed_together_with_its_version(self):
        assert DIGESTS.get(policy.POLICY_VERSION) == policy.digest()

    def test_has_codes_that_fit_a_decision(self):
        assert all(0 < len(code) <= 20 for code in policy.RULES)
        assert len(policy.RULES) == sum(len(rules) for rules in policy.GROUPS.values())

    @pytest.mark.parametrize("rule", policy.RULES.values(), ids=policy.RULES)
    def test_explains_every_rule(self, rule):
        assert rule.sentence.endswith(".")
        assert rule.why.endswith(".")
        assert rule.verdict is None or rule.verdict in policy.VERDICTS

    def test_leaves_the_verdict_open_only_where_a_person_names_the_licence(self):
        assert {c for c, r in policy.RULES.items() if r.verdict is None} == {
            "grant",
            "permission",
            "statement",
        }


class TestDocument:
    def test_holds_the_whole_table(self):
        found = policy.document()
        assert found["version"] == policy.POLICY_VERSION
        assert [row["rule"] for row in found["rules"]] == list(policy.RULES)
        assert found["licences"]["CC-BY-NC-ND-3.0-IGO"] == "by-nc-nd"
        assert found["elements"][0] == "podcast:license"

    def test_changes_its_digest_with_any_rule(self, monkeypatch):
        before = policy.digest()
        monkeypatch.setitem(policy.POLICY, "CC-PDM-1.0", policy.RULES["by-nc"])
        assert policy.digest() != before
