from datetime import date

from corpus.core.tombstones import Tombstone, told


def stone(clip: str, *versions: str, reason: str = "speaker") -> Tombstone:
    releases = tuple(f"talk {version}" for version in versions)
    return Tombstone(clip, "a" * 64, releases, date(2026, 3, 1), reason)


class TestTold:
    def test_counts_what_went_by_its_reason_the_most_frequent_first(self) -> None:
        stones = [
            stone("a", "1.0.0", reason="rights"),
            stone("b", "1.0.0"),
            stone("c", "1.0.0"),
        ]
        first, last = told(stones, line="talk", since="1.0.0")
        assert first == (
            "3 clips were withdrawn since 1.0.0: 2 because a person who is heard asked for it, "
            "1 because the makers or holders of rights asked for it."
        )
        assert "`tombstones.csv`" in last

    def test_parts_what_the_version_before_had_lost_already(self) -> None:
        stones = [stone("a", "0.9.0"), stone("b", "0.9.0", "1.0.0")]
        first, second, _ = told(stones, line="talk", since="1.0.0")
        assert first.startswith("1 clip was withdrawn since 1.0.0")
        assert second == "1 clip was withdrawn before that, and stays out."

    def test_is_clear_where_only_older_ones_are_gone(self) -> None:
        first, *_ = told([stone("a", "0.9.0")], line="talk", since="1.0.0")
        assert first == "No clips were withdrawn since 1.0.0."

    def test_says_that_nothing_went(self) -> None:
        assert told([], line="talk", since="1.0.0") == ("No clip was withdrawn since 1.0.0.",)

    def test_takes_a_version_for_itself_and_not_for_a_longer_one(self) -> None:
        first, *_ = told([stone("a", "1.0.00")], line="talk", since="1.0.0")
        assert first.startswith("No clips")
