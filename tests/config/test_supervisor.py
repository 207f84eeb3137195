import os
import signal
import subprocess
import sys
import textwrap
import time

import psutil
import pytest

pytestmark = pytest.mark.slow

# Keeps children that write their number into a folder, and says what happens on stdout.
KEEPER = """
import sys
from config import supervisor
from config.supervisor import Child, run

folder, *programs = sys.argv[1:]
supervisor.QUIET, supervisor.GRACE = 0.2, 1.0
supervisor.time.sleep = lambda s, sleep=supervisor.time.sleep: sleep(s / 20)
children = [
    Child(f"child {n}", [sys.executable, "-c", program, f"{folder}/{n}"])
    for n, program in enumerate(programs)
]
run(children, say=lambda text: print(text, flush=True), look=lambda: None)
"""
NOTE = "import os, sys, time; open(sys.argv[1], 'a').write(f'{os.getpid()}\\n')"
PATIENT = f"{NOTE}; time.sleep(60)"
FALLING = f"{NOTE}; sys.exit(3)"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {NOTE}; time.sleep(60)"


class Keeper:
    def __init__(self, folder, *programs):
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(KEEPER), str(folder), *programs],
            stdout=subprocess.PIPE,
            text=True,
        )

    def pids(self, n=0):
        file = self.folder / str(n)
        return [int(line) for line in file.read_text().split()] if file.exists() else []

    def wait_for(self, *, starts, n=0):
        assert until(lambda: len(self.pids(n)) >= starts)
        return self.pids(n)

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        said, _ = self.process.communicate(timeout=60)
        return said


def until(condition):
    for _ in range(1200):
        if condition():
            return True
        time.sleep(0.05)
    return False


def is_gone(pid):
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.fixture
def keep(tmp_path):
    keepers = []

    def start(*programs):
        keepers.append(Keeper(tmp_path, *programs))
        return keepers[-1]

    yield start
    for keeper in keepers:
        keeper.process.kill()
        keeper.process.wait()
        keeper.process.stdout.close()


class TestRun:
    def test_starts_a_child_again_that_was_killed(self, keep):
        keeper = keep(PATIENT)
        (first,) = keeper.wait_for(starts=1)
        os.kill(first, signal.SIGKILL)
        first, second = keeper.wait_for(starts=2)
        assert not is_gone(second)
        assert "child 0 ended with -9: starting it again" in keeper.end()

    def test_starts_a_child_again_that_fell(self, keep):
        keeper = keep(FALLING)
        keeper.wait_for(starts=2)
        assert "child 0 ended with 3" in keeper.end()

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_ends_all_children_when_asked_to_stop(self, keep, number):
        keeper = keep(PATIENT, PATIENT)
        pids = keeper.wait_for(starts=1) + keeper.wait_for(starts=1, n=1)
        said = keeper.end(number)
        assert said.splitlines() == [
            "Stopping …",
            "Stopped. What was under way goes on at the next start.",
        ]
        assert all(is_gone(pid) for pid in pids)
        assert keeper.process.returncode == 0

    def test_kills_a_child_that_does_not_listen(self, keep):
        keeper = keep(DEAF)
        (pid,) = keeper.wait_for(starts=1)
        keeper.end()
        assert is_gone(pid)

    @pytest.mark.skipif(sys.platform != "linux", reason="children follow by prctl, which is Linux")
    def test_takes_its_children_along_when_it_is_killed_itself(self, keep):
        keeper = keep(PATIENT)
        (pid,) = keeper.wait_for(starts=1)
        keeper.process.kill()
        assert until(lambda: is_gone(pid))
