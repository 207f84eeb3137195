"""Child processes that live and die with this one, and are started again when they fall."""

import ctypes
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

PDEATHSIG = 1  # prctl: what a child is sent when its parent dies, kill -9 included
GRACE = 20.0  # seconds to stop in
QUIET = 5.0  # seconds between two starts of a process that keeps falling


@dataclass(slots=True)
class Child:
    """One process of the set."""

    name: str
    command: list[str]
    process: "subprocess.Popen[bytes] | None" = None
    started: float = field(default=0.0)

    def start(self) -> None:
        self.started = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            self.command,
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - no threads here yet
            start_new_session=True,  # Ctrl-C is for us to pass on
        )

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None


class Stop(Exception):
    """Somebody asked us to stop."""


def run(children: list[Child], *, say: Callable[[str], None], look: Callable[[], None]) -> None:
    """Keep all children running until SIGINT or SIGTERM; `look` is called each second."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    try:
        while True:
            look()
            for child in children:
                if not child.is_running and time.monotonic() - child.started > QUIET:
                    if child.process is not None:
                        say(
                            f"{child.name} ended with {child.process.returncode}: starting it again"
                        )
                    child.start()
            time.sleep(1)
    except Stop:
        say("Stopping …")
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        _end(children, say)


def _end(children: list[Child], say: Callable[[str], None]) -> None:
    running = [child.process for child in children if child.process and child.is_running]
    for process in running:
        process.terminate()
    deadline = time.monotonic() + GRACE
    for process in running:
        try:
            process.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()  # its claims come back by themselves
            process.wait()
    say("Stopped. What was under way goes on at the next start.")


def _stop(number: int, frame: object) -> None:
    raise Stop


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PDEATHSIG, signal.SIGTERM)
