# One image for web, worker and beat; the command says which.
FROM python:3.11.14-slim-bookworm

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app

COPY requirements.txt ./
RUN pip install --require-hashes -r requirements.txt

COPY manage.py ./
COPY crlm_board/ crlm_board/
COPY accounts/ accounts/
COPY patients/ patients/
COPY decisions/ decisions/
COPY meetings/ meetings/
COPY templates/ templates/
COPY static/ static/

RUN useradd --system --uid 10001 --home-dir /app board \
    && mkdir -p var \
    && SECRET_KEY=only-for-building python manage.py collectstatic --no-input \
    && chown -R board var
USER board

EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen(r.Request('http://127.0.0.1:8000/healthz', headers={'Host': 'localhost'}))"]
CMD ["uvicorn", "crlm_board.asgi:application", "--host", "0.0.0.0", "--port", "8000", "--proxy-headers", "--timeout-graceful-shutdown", "5"]
