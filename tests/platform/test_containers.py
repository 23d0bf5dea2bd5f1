"""The team's installation: the compose file keeps to its schema, the image's steps work in a clean directory.

`compose-spec.json` is the schema of the Compose specification (Apache License 2.0, compose-spec/compose-spec),
with the top-level `name` that later versions of it have.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
OURS = ("web", "worker", "beat", "migrate")


def test_the_compose_file_keeps_to_the_compose_schema() -> None:
    schema = json.loads(Path(__file__).with_name("compose-spec.json").read_text())
    jsonschema.Draft201909Validator(schema).validate(COMPOSE)


def test_every_service_is_there_and_says_how_its_health_is_checked() -> None:
    assert set(COMPOSE["services"]) == {"web", "worker", "beat", "db", "redis", "migrate"}
    for name in ("web", "worker", "beat", "db", "redis"):
        assert COMPOSE["services"][name]["healthcheck"]["test"], name


def test_our_services_do_not_run_as_root_and_read_their_secrets_from_files() -> None:
    for name in OURS:
        service = COMPOSE["services"][name]
        assert service["user"] not in ("0", "root")
        environment = service["environment"]
        assert {"DATABASE_URL_FILE", "SECRET_KEY_FILE"} <= set(environment)
        assert not {"DATABASE_URL", "SECRET_KEY"} & set(environment)
        for key in ("DATABASE_URL_FILE", "SECRET_KEY_FILE"):
            assert environment[key].removeprefix("/run/secrets/") in COMPOSE["secrets"]
    assert re.search(r"^USER (?!root|0)\S+", DOCKERFILE, re.M)


def test_every_image_is_pinned_to_a_full_version() -> None:
    images = [service["image"] for service in COMPOSE["services"].values() if "build" not in service]
    images += re.findall(r"^FROM (\S+)", DOCKERFILE, re.M)
    for image in images:
        assert re.search(r":\d+\.\d+(\.\d+)?-", image), image


def _copied(target: Path) -> None:
    for line in re.findall(r"^COPY (.+)$", DOCKERFILE, re.M):
        *sources, where = line.split()
        for source in sources:
            origin = ROOT / source
            assert origin.exists(), f"the Dockerfile copies {source}, which is not there"
            place = target / where if origin.is_dir() else target / where / origin.name
            if origin.is_dir():
                shutil.copytree(origin, place, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(origin, place)


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """What the image's file system holds below its working directory."""
    _copied(tmp_path)
    return tmp_path


def _run(folder: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_image_s_own_steps_work_on_what_it_copies_alone(image: Path) -> None:
    (image / "var").mkdir()
    collected = _run(image, "manage.py", "collectstatic", "--no-input", SECRET_KEY="only-for-building")
    assert collected.returncode == 0, collected.stderr
    assert (image / "var" / "static" / "staticfiles.json").exists()


def test_the_image_starts_the_programs_that_the_compose_file_names(image: Path) -> None:
    given = {
        "SECRET_KEY": "x",
        "DATABASE_URL": "postgres://u@127.0.0.1:1/x",
        "REDIS_URL": "redis://127.0.0.1:1/0",
    }
    code = "import crlm_board.asgi, crlm_board.celery, meetings.tasks, decisions.tasks"
    loaded = _run(image, "-c", f"import django, os; os.environ['DJANGO_SETTINGS_MODULE']='crlm_board.settings'; "
                  f"django.setup(); {code}", **given)  # fmt: skip
    assert loaded.returncode == 0, loaded.stderr


def test_what_is_installed_is_locked_with_hashes() -> None:
    text = (ROOT / "requirements.txt").read_text()
    pinned = re.findall(r"^([A-Za-z0-9_.\[\]-]+)==", text, re.M)
    assert len(pinned) > 30
    assert text.count("--hash=sha256:") >= len(pinned)
    assert "--require-hashes" in DOCKERFILE
