"""Settings. Everything that differs between installations comes from the environment; see `.env.example`.

A bad value stops the start with a sentence that names the variable.
"""

import datetime
from pathlib import Path
from typing import Any

import pghistory
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from crlm_board import embedded
from crlm_board.environment import Environment

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment()

# ------------------------------------------------------------------- what kind of installation this is
DEBUG = env.flag("DEBUG")
DEMO = env.flag("DEMO")
DEMO_PASSWORD = env.secret("DEMO_PASSWORD", "demo-board")
if DEMO and env.text("HOST", "127.0.0.1") not in {"127.0.0.1", "localhost", "::1"}:
    raise ImproperlyConfigured(
        f"DEMO is on and HOST is {env.text('HOST')!r}; allowed with DEMO=1: 127.0.0.1, localhost, ::1."
    )
SECRET_KEY = env.secret("SECRET_KEY") or embedded.secret_key()
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
if DEMO and not set(ALLOWED_HOSTS) <= {"127.0.0.1", "localhost", "[::1]", "testserver"}:
    raise ImproperlyConfigured(
        f"DEMO is on and ALLOWED_HOSTS is {','.join(ALLOWED_HOSTS)!r}; allowed with DEMO=1: loopback names."
    )

# ----------------------------------------------------------------------------------------- the program
INSTALLED_APPS = [
    "accounts",
    "patients",
    "decisions",
    "meetings",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "pgtrigger",
    "pghistory",
    "rules.apps.AutodiscoverRulesConfig",
    "axes",
    "csp",
    "django_htmx",
    "template_partials",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.audit.AuditMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "crlm_board.urls"
ASGI_APPLICATION = "crlm_board.asgi.application"
WSGI_APPLICATION = "crlm_board.wsgi.application"
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
                "crlm_board.context.installation",
            ],
        },
    }
]

# ------------------------------------------------------------------------------- database, broker, cache
DATABASES: dict[str, dict[str, Any]] = {
    "default": env.database("DATABASE_URL") if env.secret("DATABASE_URL") else embedded.database_settings()
}
if "pool" not in DATABASES["default"].get("OPTIONS", {}):
    DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {"min_size": 1, "max_size": 8, "timeout": 10}
DATABASES["default"]["CONN_MAX_AGE"] = 0  # the pool keeps the connections
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.redis("REDIS_URL") if env.secret("REDIS_URL") else embedded.redis_url()
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}

# ------------------------------------------------------------------------------------- people and audit
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "rules.permissions.ObjectPermissionBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "meetings:home"
LOGOUT_REDIRECT_URL = "accounts:login"
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = datetime.timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
PGHISTORY_APPEND_ONLY = True
PGHISTORY_DEFAULT_TRACKERS = (pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
PGHISTORY_INSTALL_CONTEXT_FUNC_ON_MIGRATE = True
SESSION_COOKIE_AGE = 12 * 60 * 60

# -------------------------------------------------------------------------------------------- the browser
SECURE = not (DEBUG or DEMO)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = SECURE
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 30 if SECURE else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("BEHIND_PROXY") else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# ----------------------------------------------------------------------------------- language, time, files
LANGUAGE_CODE = "en-gb"
TIME_ZONE = env.time_zone("TIME_ZONE", "UTC")
USE_TZ = True
HOLIDAYS = env.holidays("HOLIDAYS")  # the region whose public holidays are no days for a scan
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = BASE_DIR / "var" / "media"
FACT_STORE = embedded.VAR / "facts"
"""Columns of the stored facts (`decisions.fact_store`): derived, may be deleted at any time."""
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
vars().update(env.email("EMAIL_URL", "consolemail://"))
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "crlm-board@localhost")
METRICS_TOKEN = env.secret("METRICS_TOKEN")
if METRICS_TOKEN and len(METRICS_TOKEN) < 16:
    raise ImproperlyConfigured(
        f"METRICS_TOKEN has {len(METRICS_TOKEN)} characters; allowed: 16 or more, or none (this machine only)."
    )
EMAIL_TIMEOUT = 20  # seconds; a mail server that hangs must not hold a worker
SITE_URL = env.site("SITE_URL", f"http://127.0.0.1:{env.text('PORT', '8000') or '8000'}")
"""Where the links in mails lead."""
PACS_URL_TEMPLATE = env.address_template("PACS_URL_TEMPLATE", "study_uid")
"""Where the viewer of the images opens an examination; '' when there is none to link to."""
DIGEST_HOUR = env.whole("DIGEST_HOUR", 7, 0, 23)
"""From this hour on, local time, the notices of a working day are written."""

# ---------------------------------------------------------------------------------------------------- API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["crlm_board.parsers.DocumentParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.LimitOffsetPagination",
    "PAGE_SIZE": 100,
    "EXCEPTION_HANDLER": "crlm_board.problem.problem_json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "CRLM Board",
    "DESCRIPTION": "Not certified as a medical device; not for decisions on real patients.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# -------------------------------------------------------------------------------------------------- tasks
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    "socket_timeout": 10,
    "socket_connect_timeout": 5,
}
CELERY_TASK_IGNORE_RESULT = True  # results are rows of our own
CELERY_TASK_ACKS_LATE = True  # a worker that is killed loses nothing: the task comes again
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SOFT_TIME_LIMIT = 120
CELERY_TASK_TIME_LIMIT = 180
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 2, "interval_start": 0, "interval_step": 0.2}
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE_FILENAME = str(BASE_DIR / "var" / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    "queue staged cases without an assessment": {
        "task": "decisions.tasks.sweep_unassessed",
        "schedule": 60,
        "options": {"expires": 55},
    },
    "activate approved rulebook drafts on their day": {
        "task": "decisions.tasks.activate_rulebooks",
        "schedule": 60,
        "options": {"expires": 55},
    },
    "draft documents of closed meetings that have none": {
        "task": "meetings.tasks.sweep_documents",
        "schedule": 60,
        "options": {"expires": 55},
    },
    "note a sign of life": {"task": "meetings.tasks.beat", "schedule": 60, "options": {"expires": 55}},
    "prove that nobody is missing from the clock": {
        "task": "meetings.tasks.reconcile_clock",
        "schedule": crontab(hour="3", minute="0"),
        "options": {"expires": 3600 * 12},
    },
    "let the dated reminders follow the day": {
        "task": "meetings.tasks.sync_all_reminders",
        "schedule": crontab(hour="3", minute="20"),
        "options": {"expires": 3600 * 12},
    },
    # Often, though each person gets one a day: a scheduler that was down in the morning catches up, the same day.
    "write the notices of the day": {
        "task": "meetings.tasks.write_notices",
        "schedule": crontab(minute="*/15"),
        "options": {"expires": 60 * 14},
    },
    "send the notices that wait": {
        "task": "meetings.tasks.send_notices",
        "schedule": 60,
        "options": {"expires": 55},
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"axes": {"level": "WARNING"}},
}
