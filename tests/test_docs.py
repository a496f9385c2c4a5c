"""The documentation says what is so: its map is complete, its links lead somewhere, its recipes are valid."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def code_blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def test_the_map_of_the_house_names_every_module_and_no_other() -> None:
    package = ROOT / "src" / "fittingroom"
    modules = {path.relative_to(package).as_posix() for path in package.rglob("*.py") if path.name != "__init__.py"}
    named = set(re.findall(r"`([a-z0-9_/]+\.py)`", (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")))
    assert named == modules


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_to_one(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text(encoding="utf-8"))
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_in_the_documentation_is_python(page: Path) -> None:
    for block in code_blocks(page, "python"):
        compile(block, page.name, "exec")


@pytest.mark.slow
def test_the_recipe_and_the_card_of_the_training_page_are_valid(tmp_path: Path) -> None:
    from fittingroom.training.config import read_config
    from fittingroom.training.export import read_card_text

    recipe, card = (block for block in code_blocks(ROOT / "docs" / "training.md", "toml"))
    (tmp_path / "recipe.toml").write_text(recipe, encoding="utf-8")
    (tmp_path / "card.toml").write_text(card, encoding="utf-8")
    config = read_config(tmp_path / "recipe.toml")
    assert config.label_set.flip_pairs == ((6, 7), (8, 9))
    assert read_card_text(tmp_path / "card.toml", measured={}).name == config.name
