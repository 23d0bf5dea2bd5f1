"""What the pages are made of:
nothing inline, nothing from elsewhere, third-party files as they were published.
"""

import hashlib
import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SHEETS = sorted((ROOT / "static" / "css").rglob("*.css"))
SCRIPTS = sorted((ROOT / "static" / "js").rglob("*.js"))


def test_third_party_files_have_the_sums_that_are_written_down() -> None:
    rows = re.findall(
        r"^\| `([^`]+)` \|.*`([0-9a-f]{64})` \|$", (ROOT / "static/vendor/README.md").read_text(), re.M
    )
    assert rows
    for name, digest in rows:
        assert hashlib.sha256((ROOT / "static/vendor" / name).read_bytes()).hexdigest() == digest


def test_every_script_of_others_is_written_down() -> None:
    readme = (ROOT / "static/vendor/README.md").read_text()
    for path in (ROOT / "static/vendor").glob("*.js"):
        assert f"`{path.name}`" in readme


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_inline_style_or_script(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"\sstyle\s*=", text)
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", text)
    assert "hx-on" not in text
    # A mail has no style sheet beside it, and is shown by no page of ours.
    assert "<style" not in text or path.parent.name == "mail"
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)


@pytest.mark.parametrize("path", [*TEMPLATES, *SHEETS, *SCRIPTS], ids=lambda path: path.name)
def test_nothing_is_fetched_from_another_host(path: Path) -> None:
    addresses = re.findall(r"(?:src|href|url\()\s*=?\s*[\"']?(?:https?:)?//", path.read_text())
    assert addresses == []


@pytest.mark.parametrize(
    "path",
    [sheet for sheet in SHEETS if sheet.name not in ("tokens.css", "print.css")],
    ids=lambda path: path.name,
)
def test_colours_are_named_only_in_the_tokens_and_for_paper(path: Path) -> None:
    colours = re.findall(r"#[0-9a-fA-F]{3,8}\b", re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S))
    assert colours == []


def test_every_used_token_exists() -> None:
    defined = set(re.findall(r"(--[\w-]+):", "".join(sheet.read_text() for sheet in SHEETS)))
    for sheet in SHEETS:
        assert set(re.findall(r"var\((--[\w-]+)", sheet.read_text())) <= defined
