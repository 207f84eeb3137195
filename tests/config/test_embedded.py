"""Real servers in a folder of their own, whose path is long and holds spaces."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from config import embedded

START = """
import sys
from pathlib import Path
from config import embedded
var = Path(sys.argv[1])
print(embedded.database(var)["HOST"], embedded.redis_url(var))
"""


@pytest.fixture(scope="module")
def home():
    """Not in pytest's own folder: that is closed to the user whom root runs PostgreSQL as."""
    folder = Path(tempfile.mkdtemp(prefix="emocast-tests-"))
    folder.chmod(0o755)
    yield folder
    for var in folder.rglob("var"):
        embedded.stop(var)
        for name in ("postgres", "redis"):
            shutil.rmtree(embedded._socket_folder(var / name), ignore_errors=True)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def var(home):
    return home / "a folder whose name is long" / ("x" * 80) / "var"


def connect(var):
    return psycopg.connect(
        host=str(embedded.database(var)["HOST"]),
        user="postgres",
        dbname=embedded.DATABASE,
        autocommit=True,
    )


def broker(var):
    return redis.Redis(unix_socket_path=embedded.redis_url(var).removeprefix("redis+socket://"))


def servers(var, name):
    """Numbers of the servers (not their children) that run on this folder."""
    parents = {}
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            is_alive = process.status() != psutil.STATUS_ZOMBIE
            if is_alive and Path(process.cwd()) == var / name:
                parents[process.pid] = process.ppid()
    return {pid for pid, parent in parents.items() if parent not in parents}


def kill(var, name):
    file = {"postgres": "postmaster.pid", "redis": "redis.pid"}[name]
    pid = int((var / name / file).read_text().split()[0])
    os.kill(pid, signal.SIGKILL)
    for _ in range(200):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return pid
        time.sleep(0.05)
    raise AssertionError(f"{name} survived kill -9")


@pytest.mark.slow
class TestServices:
    def test_are_one_each_for_two_processes_that_start_them_at_once(self, var):
        embedded.stop(var)
        command = [sys.executable, "-c", START, str(var)]
        both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
        said = [process.communicate()[0] for process in both]
        assert [process.returncode for process in both] == [0, 0]
        assert said[0] == said[1] != ""
        assert len(servers(var, "postgres")) == len(servers(var, "redis")) == 1

    def test_outlive_the_process_that_started_them(self, var):
        subprocess.run(
            [sys.executable, "-c", START, str(var)], check=True, stdout=subprocess.DEVNULL
        )
        before = servers(var, "postgres"), servers(var, "redis")
        assert broker(var).ping()
        with connect(var) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert (servers(var, "postgres"), servers(var, "redis")) == before

    def test_bring_vectors_along(self, var):
        with connect(var) as connection:
            connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
            found = connection.execute("SELECT '[3,4]'::vector <-> '[0,0]'::vector").fetchone()
        assert found == (5.0,)

    def test_listen_on_no_port(self, var):
        pids = servers(var, "postgres") | servers(var, "redis")
        embedded.database(var)
        embedded.redis_url(var)
        for pid in pids:
            kinds = {c.status for c in psutil.Process(pid).net_connections("inet")}
            assert psutil.CONN_LISTEN not in kinds


@pytest.mark.slow
class TestAKill:
    def test_of_postgres_loses_nothing_that_was_committed(self, var):
        with connect(var) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS kept (line text)")
            connection.execute("TRUNCATE kept")
            connection.execute("INSERT INTO kept VALUES ('before the kill')")
        dead = kill(var, "postgres")
        with connect(var) as connection:
            assert connection.execute("SELECT line FROM kept").fetchall() == [("before the kill",)]
        assert dead not in servers(var, "postgres")

    def test_of_redis_is_mended_by_the_next_call(self, var):
        assert broker(var).ping()
        dead = kill(var, "redis")
        assert broker(var).ping()
        assert dead not in servers(var, "redis")

    def test_in_the_middle_of_making_the_database_is_made_good(self, home):
        fresh = home / "fresh" / "var"
        (fresh / "postgres.new" / "half").mkdir(parents=True)
        with connect(fresh) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert not (fresh / "postgres.new").exists()


@pytest.mark.slow
class TestStop:
    def test_ends_both_and_says_so(self, var):
        embedded.database(var)
        embedded.redis_url(var)
        assert embedded.stop(var) == ["postgres", "redis"]
        assert servers(var, "postgres") == servers(var, "redis") == set()
        assert embedded.stop(var) == []

    def test_keeps_the_data(self, var):
        with connect(var) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS stopped (line text)")
        embedded.stop(var)
        with connect(var) as connection:
            assert connection.execute("SELECT count(*) FROM stopped").fetchone() == (0,)

    def test_ends_no_stranger_whose_number_stands_in_an_old_file(self, var):
        embedded.database(var)
        embedded.redis_url(var)
        embedded.stop(var)
        with subprocess.Popen(["sleep", "60"]) as stranger:
            try:
                (var / "postgres" / "postmaster.pid").write_text(f"{stranger.pid}\nready\n")
                (var / "redis" / "redis.pid").write_text(f"{stranger.pid}\n")
                assert embedded.stop(var) == []
                assert stranger.poll() is None
                with connect(var) as connection:
                    assert connection.execute("SELECT 1").fetchone() == (1,)
                assert broker(var).ping()
                assert stranger.poll() is None
            finally:
                stranger.kill()

    def test_in_a_folder_without_services_has_nothing_to_do(self, tmp_path):
        assert embedded.stop(tmp_path / "var") == []


@pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX")
class TestOwnSocketFolder:
    @pytest.fixture
    def data(self, tmp_path, monkeypatch):
        """Of a path that is too long, with the temporary folder elsewhere."""
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        return Path("/srv") / ("x" * 100) / "postgres"

    def test_is_closed_to_everybody_else(self, data):
        folder = embedded._own_socket_folder(data)
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700

    def test_is_closed_if_it_stood_open(self, data):
        embedded._socket_folder(data).mkdir(mode=0o755)
        assert stat.S_IMODE(embedded._own_socket_folder(data).stat().st_mode) == 0o700

    def test_is_none_that_leads_elsewhere(self, data, tmp_path):
        (tmp_path / "elsewhere").mkdir()
        embedded._socket_folder(data).symlink_to(tmp_path / "elsewhere")
        with pytest.raises(SystemExit, match="somebody else made it"):
            embedded._own_socket_folder(data)

    @pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder away")
    def test_is_none_that_somebody_else_made(self, data):
        folder = embedded._socket_folder(data)
        folder.mkdir()
        os.chown(folder, 65_534, 65_534)
        with pytest.raises(SystemExit, match="somebody else made it"):
            embedded.database(data.parent)


class TestSecretKey:
    def test_is_made_once_for_its_owner_alone(self, tmp_path):
        key = embedded.secret_key(tmp_path)
        assert len(key) > 50
        assert embedded.secret_key(tmp_path) == key
        assert stat.S_IMODE((tmp_path / "secret-key").stat().st_mode) == 0o600

    def test_is_another_in_another_checkout(self, tmp_path):
        keys = {embedded.secret_key(tmp_path / name) for name in ("a", "b")}
        assert len(keys) == 2


class TestSocketFolder:
    def test_is_that_of_the_data_where_the_path_is_short(self):
        assert embedded._socket_folder(Path("/srv/var/postgres")) == Path("/srv/var/postgres")

    def test_is_a_short_one_of_its_own_where_it_is_not(self):
        long = Path("/srv") / ("x" * 100)
        first, second = (embedded._socket_folder(long / name) for name in ("a", "b"))
        assert first != second
        assert len(str(first / ".s.PGSQL.5432")) < 107
        assert embedded._socket_folder(long / "a") == first
