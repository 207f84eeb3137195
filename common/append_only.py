"""Rows that are written once: a trigger in the database refuses UPDATE and DELETE."""

from django.db import migrations

FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are append-only: write a new row instead', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$ LANGUAGE plpgsql;
"""


def append_only(table: str) -> migrations.RunSQL:
    """A migration operation that freezes the rows of a table.

    TRUNCATE stays possible, for the tests' own clean-up; nothing in the code uses it.
    """
    trigger = f"{table}_is_append_only"
    return migrations.RunSQL(
        sql=f"{FUNCTION}\nCREATE TRIGGER {trigger} BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change();",
        reverse_sql=f"DROP TRIGGER {trigger} ON {table};",
    )
