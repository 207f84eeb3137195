"""`up`: the whole application in one foreground process."""

import socket
import sys
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config import embedded
from config.supervisor import Child, run


class Command(BaseCommand):
    help = "Run web, workers and beat together until Ctrl-C; embedded services are kept up as well."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on")
        parser.add_argument("--no-web", action="store_true", help="workers and beat only")

    def handle(self, *args: Any, **options: Any) -> None:
        address = f"{options['host']}:{options['port']}"
        if not options["no_web"]:
            _refuse_if_open(options["host"])
            _refuse_if_taken(options["host"], options["port"])
        call_command("migrate", verbosity=0)
        children = _children(address)[1 if options["no_web"] else 0 :]
        self.stdout.write(f"Emocast is at http://{address}/ (Ctrl-C stops it)")
        run(children, say=self.stderr.write, look=_keep_services_up)


def _children(address: str) -> list[Child]:
    celery = [sys.executable, "-m", "celery", "--quiet", "-A", "config"]
    worker = [*celery, "worker", "--pool=solo", "--loglevel=WARNING", "--without-gossip"]
    web = ["gunicorn", "config.wsgi", "--bind", address, "--worker-class=gthread"]
    return [
        Child(
            "web", [sys.executable, "-m", *web, "--workers=2", "--threads=4", "--log-level=warning"]
        ),
        Child("light worker", [*worker, "--queues=short", "--hostname=light@%h"]),
        Child("speech worker", [*worker, "--queues=cpu,gpu", "--hostname=speech@%h"]),
        Child("beat", [*celery, "beat", "--loglevel=WARNING", "--pidfile="]),
    ]


def _keep_services_up() -> None:
    if not settings.DATABASE_URL:
        embedded.database(settings.VAR_DIR)
    if not settings.REDIS_URL:
        embedded.redis_url(settings.VAR_DIR)


def _refuse_if_open(host: str) -> None:
    """Tracebacks show settings and data: with DEBUG the page is for this machine alone."""
    if settings.DEBUG and not _is_here(host):
        raise CommandError(
            f"With DEBUG on, Emocast listens on this machine alone, not on {host}. For others to "
            "reach it, set DEBUG=0, SECRET_KEY and ALLOWED_HOSTS (docs/settings.md)."
        )


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _refuse_if_taken(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"{host}:{port} cannot be used ({error.strerror}): try --port."
            ) from error
