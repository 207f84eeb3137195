#!/usr/bin/env bash
# One word says what the container is; anything else is run as it stands:
#   entrypoint web | health | beat | worker | speech | migrate | manage <command …> | <program …>
set -euo pipefail

what="${1:-web}"
shift || true

case "$what" in
  web)
    exec gunicorn config.wsgi --bind "0.0.0.0:${PORT:-8000}" --workers "${WEB_WORKERS:-2}" \
      --threads "${WEB_THREADS:-4}" --access-logfile - --max-requests 2000 \
      --max-requests-jitter 200 "$@"
    ;;
  beat)
    exec celery -A config.celery:app beat --loglevel "${LOG_LEVEL:-INFO}" "$@"
    ;;
  worker)
    exec celery -A config.celery:app worker --queues "${QUEUES:-short,cpu}" \
      --concurrency "${CONCURRENCY:-2}" --loglevel "${LOG_LEVEL:-INFO}" "$@"
    ;;
  speech)
    # solo: CUDA dies in a forked process, and one process holds one copy of the weights.
    exec celery -A config.celery:app worker --queues "${QUEUES:-gpu}" --pool solo \
      --loglevel "${LOG_LEVEL:-INFO}" "$@"
    ;;
  health)
    # Asks as a visitor would: with a host name that ALLOWED_HOSTS knows.
    exec python -c '
import http.client, os, sys
host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].lstrip(".") or "localhost"
ask = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("PORT", "8000")), timeout=4)
ask.request("GET", "/health", headers={"Host": host})
sys.exit(ask.getresponse().status != 200)'
    ;;
  migrate)
    exec python manage.py migrate --noinput "$@"
    ;;
  manage)
    exec python manage.py "$@"
    ;;
  *)
    exec "$what" "$@"
    ;;
esac
