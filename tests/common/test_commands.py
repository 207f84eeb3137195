import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from common.commands import Command, refuse


class Counting(Command):
    requires_system_checks = ()

    def declare(self, parser):
        parser.add_argument("n", type=int)

    def handle(self, *args, **options):
        if options["n"] < 0:
            raise refuse("Fewer than none.", code=4)
        with self.progress(total=options["n"], what="numbers") as bar:
            bar.update(options["n"])
        document = {"n": options["n"], "at": datetime(2026, 1, 1, tzinfo=UTC), "é": Path("x")}
        self.answer(options=options, document=document, lines=["one", "two"])


class Wordy(Counting):
    takes_json = False


def run(command, *words, **options):
    out = io.StringIO()
    call_command(command, *words, stdout=out, **options)
    return out.getvalue()


class TestAnswer:
    def test_speaks_in_lines_to_people(self):
        assert run(Counting(), "3") == "one\ntwo\n"

    def test_is_one_json_document_on_request(self):
        said = run(Counting(), "3", json=True)
        assert json.loads(said) == {"n": 3, "at": "2026-01-01 00:00:00+00:00", "é": "x"}
        assert "é" in said


class TestArguments:
    def test_leave_json_to_the_verbs_where_a_command_says_so(self):
        with pytest.raises(CommandError, match="unrecognized arguments"):
            run(Wordy(), "3", "--json")

    def test_that_make_no_sense_are_refused(self):
        with pytest.raises(CommandError, match="invalid int value"):
            run(Counting(), "three")


class TestRefuse:
    def test_carries_its_exit_code(self):
        with pytest.raises(CommandError, match="Fewer than none") as caught:
            run(Counting(), "--", "-1")
        assert caught.value.returncode == 4

    def test_is_1_by_itself(self):
        assert refuse("no").returncode == 1


class TestProgress:
    def test_is_silent_where_nobody_looks(self, capsys):
        run(Counting(), "3")
        assert capsys.readouterr().err == ""


class Unprepared(Counting):
    def handle(self, *args, **options):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM a_table_of_tomorrow")


class Watched(Counting):
    def handle(self, *args, **options):
        raise BrokenPipeError


class TestAccidents:
    @pytest.mark.django_db(transaction=True)
    def test_that_a_migration_mends_say_so(self):
        with pytest.raises(CommandError, match=r"manage\.py migrate"):
            run(Unprepared(), "3")

    def test_of_a_reader_that_has_seen_enough_are_none(self, monkeypatch, tmp_path):
        with (tmp_path / "pipe").open("w") as out:
            monkeypatch.setattr("sys.stdout", out)
            with pytest.raises(SystemExit) as end:
                run(Watched(), "3")
        assert end.value.code == 141
