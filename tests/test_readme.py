"""What the README and the page on Python show runs as it stands there."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from fittingroom.cli import main

ROOT = Path(__file__).resolve().parents[1]

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _folder_with_a_photo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current folder is an empty one with photo.jpg and photos/, both from the samples."""
    sample = min(path for path in (ROOT / "samples").iterdir() if path.suffix in (".jpg", ".png"))
    (tmp_path / "photos").mkdir()
    shutil.copy(sample, tmp_path / "photo.jpg")
    shutil.copy(sample, tmp_path / "photos" / "a.jpg")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("page", ["README.md", "docs/python-api.md"])
def test_the_python_of_a_page_runs_from_top_to_bottom(page: str) -> None:
    names: dict[str, object] = {}
    for block in blocks(page, "python"):
        exec(compile(block, page, "exec"), names)


def test_the_commands_of_the_readme_run() -> None:
    commands = [
        line for block in blocks("README.md", "sh") for line in block.splitlines() if line.startswith("fittingroom")
    ]
    assert commands
    for command in commands:
        outcome = CliRunner().invoke(main, shlex.split(command)[1:])
        assert outcome.exit_code == 0, (command, outcome.output)


def blocks(page: str, language: str) -> list[str]:
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
