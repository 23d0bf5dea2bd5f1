"""The task queue. Its settings are the CELERY_* names of `settings.py`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crlm_board.settings")

app = Celery("crlm_board")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
