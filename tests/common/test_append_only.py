import pytest
from django.db import DatabaseError, connection, transaction

from common.append_only import append_only

pytestmark = pytest.mark.django_db


@pytest.fixture
def diary():
    """A table whose rows are frozen, with one row."""
    operation = append_only("diary")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE diary (line text)")
        cursor.execute(operation.sql)
        cursor.execute("INSERT INTO diary VALUES ('first')")
        yield cursor


def lines(cursor):
    cursor.execute("SELECT line FROM diary ORDER BY line")
    return [line for (line,) in cursor.fetchall()]


class TestAppendOnly:
    def test_lets_rows_be_added(self, diary):
        diary.execute("INSERT INTO diary VALUES ('second')")
        assert lines(diary) == ["first", "second"]

    @pytest.mark.parametrize("change", ["UPDATE diary SET line = 'x'", "DELETE FROM diary"])
    def test_refuses_changes_and_says_what_to_do(self, diary, change):
        with (
            pytest.raises(DatabaseError, match="rows of diary are append-only: write a new row"),
            transaction.atomic(),
        ):
            diary.execute(change)
        assert lines(diary) == ["first"]

    def test_can_be_taken_back_by_a_migration(self, diary):
        diary.execute(append_only("diary").reverse_sql)
        diary.execute("UPDATE diary SET line = 'changed'")
        assert lines(diary) == ["changed"]
