"""The project: settings, addresses, task queue, and the programs that start it."""

from crlm_board.celery import app as celery_app

__all__ = ["celery_app"]
