"""Settings come from the environment; a bad value stops the start with a sentence naming the variable."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from crlm_board.environment import Environment

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("DEBUG", "maybe", "allowed: 1, true"),
        ("DEMO", "2", "allowed: 1, true"),
        ("TIME_ZONE", "Mars/Olympus", "a time zone such as"),
        ("HOLIDAYS", "Atlantis", "a country such as IT, a region such as GB-ENG"),
        ("HOLIDAYS", "GB-XYZ", "a country such as IT, a region such as GB-ENG"),
        ("DATABASE_URL", "mysql://a", "DATABASE_URL"),
        ("REDIS_URL", "http://a", "REDIS_URL"),
        ("EMAIL_URL", "carrier-pigeon://a", "EMAIL_URL"),
        ("SITE_URL", "board.example.org", "http:// or https://"),
        ("SITE_URL", "https://board.example.org/clock", "without a path"),
        ("PACS_URL_TEMPLATE", "https://pacs.example/viewer", "with {study_uid} where"),
        ("PACS_URL_TEMPLATE", "https://pacs.example/?a={study_uid}&b={patient}", "nothing else in braces"),
        ("PACS_URL_TEMPLATE", "https://pacs.example/?a={study_uid}&b={", "with {study_uid} where"),
        ("PACS_URL_TEMPLATE", "javascript:alert({study_uid})", "http:// or https://"),
        ("PACS_URL_TEMPLATE", "https:///viewer/{study_uid}", "http:// or https://"),
        ("DIGEST_HOUR", "24", "from 0 to 23"),
        ("DIGEST_HOUR", "7:30", "from 0 to 23"),
        ("SECRET_KEY_FILE", "/no/such/file", "cannot be read"),
    ],
)
def test_a_bad_value_stops_the_start_and_names_the_variable(variable: str, value: str, words: str) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": "postgres://postgres@127.0.0.1:1/none",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "SECRET_KEY": "for this test",
    }
    if variable.endswith("_FILE"):
        del environment[variable.removesuffix("_FILE")]
    result = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={**environment, variable: value},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode != 0
    assert variable.removesuffix("_FILE") in result.stderr
    assert words in result.stderr


def test_a_demonstration_never_starts_on_an_address_that_others_reach() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "crlm_board.supervise"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DEMO": "1", "HOST": "0.0.0.0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode != 0
    assert "allowed with DEMO=1: 127.0.0.1" in result.stderr


def test_a_secret_is_read_from_a_file_and_never_from_two_places(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("from the file\n")
    assert Environment({"SECRET_KEY_FILE": str(file)}).secret("SECRET_KEY") == "from the file"
    with pytest.raises(ImproperlyConfigured, match="one of them"):
        Environment({"SECRET_KEY_FILE": str(file), "SECRET_KEY": "x"}).secret("SECRET_KEY")


@pytest.mark.parametrize("value", ["0", "http", "70000", "-1"])
def test_a_port_that_is_none_is_told(value: str) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "crlm_board.supervise"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PORT": value},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode != 0
    assert f"PORT is '{value}'; allowed: a number from 1 to 65535" in result.stderr
