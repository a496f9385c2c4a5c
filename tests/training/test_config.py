from pathlib import Path

import pytest

from fittingroom.errors import ConfigError
from fittingroom.labels import CIHP, LIP
from fittingroom.training.config import DataSource, TrainingConfig, read_config
from fittingroom.training.losses import LossWeights
from fittingroom.training.m2fp.config import read_m2fp_config

SMALLEST = 'name = "a"\n[[sources]]\nfolder = "photos"\n'


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    return tmp_path / "recipe.toml"


def test_a_recipe_needs_a_name_and_a_folder_of_photos(recipe: Path) -> None:
    recipe.write_text(SMALLEST)
    assert read_config(recipe) == TrainingConfig("a", (DataSource("photos"),))


def test_every_table_of_a_recipe_is_read(recipe: Path) -> None:
    recipe.write_text("""
        name = "a"
        label_set = "lip"
        places = ["indoors", "outdoors"]
        learning_rate = 1
        view_sizes_hw = [[64, 48], [32, 32]]

        [[sources]]
        folder = "one"
        carried_ids = [20, 21]

        [[sources]]
        folder = "two"
        weight = 0.5

        [val]
        folder = "one"
        split = "val"

        [composites]
        people = [1, 2]

        [losses]
        aux = 0.1
    """)
    config = read_config(recipe)
    assert config.label_set == LIP
    assert config.places == ("indoors", "outdoors")
    assert config.view_sizes_hw == ((64, 48), (32, 32))
    assert [(source.folder, source.weight) for source in config.sources] == [("one", 1), ("two", 0.5)]
    assert config.sources[0].carried_ids == (20, 21)
    assert config.val == DataSource("one", split="val")
    assert config.composites.people == (1, 2)
    assert config.losses == LossWeights(aux=0.1)


def test_a_label_set_of_ones_own_is_a_table(recipe: Path) -> None:
    recipe.write_text(SMALLEST + '[label_set]\nname = "uniforms"\nclasses = ["background", "left-boot", "right-boot"]\n'
                      "flip_pairs = [[1, 2]]\n")  # fmt: skip
    label_set = read_config(recipe).label_set
    assert label_set.classes == ("background", "left-boot", "right-boot")
    assert label_set.flip_pairs == ((1, 2),)


def test_the_recipes_of_this_repository_can_be_read() -> None:
    recipes = [path for path in Path(__file__).parents[2].glob("recipes/*.toml") if "[[sources]]" in path.read_text()]
    assert recipes
    for path in recipes:
        assert (read_m2fp_config(path) or read_config(path)).label_set == CIHP


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name = ", "not valid TOML"),
        ('name = "a"', r"no \[\[sources\]\]; name at least one folder of labelled photos"),
        ('name = "a"\nsources = []', r"no \[\[sources\]\]"),
        ('name = "a"\n[sources]\nfolder = "x"', r"no \[\[sources\]\]"),
        ('name = "a"\nsources = ["x"]', r"\[\[sources\]\]: it is 'x', expected a table"),
        ("[[sources]]\nsplit = 'x'", "missing 1 required positional argument: 'folder'"),
        ("[[sources]]\nfolder = 'x'", "missing 1 required positional argument: 'name'"),
        ("stepps = 3\n" + SMALLEST, "unknown key 'stepps'; known keys are .*steps"),
        (SMALLEST + "wait = 3", r"\[\[sources\]\]: unknown key 'wait'; known keys are .*weight"),
        (
            SMALLEST + "[losses]\nedge = 1",
            r"\[losses\]: unknown key 'edge'; known keys are aux, centre, detail, offset, overlap, point",
        ),
        (
            "view_sizes_hw = [[64, 40]]\n" + SMALLEST,
            r"view_sizes_hw is \[\[64, 40\]\]; expected pairs .* multiples of 16",
        ),
        ("view_sizes_hw = [64, 48]\n" + SMALLEST, r"view_sizes_hw is \[64, 48\]; expected pairs \[height, width\]"),
        ("view_sizes_hw = 64\n" + SMALLEST, "view_sizes_hw is 64; expected pairs"),
        ("steps = '5'\n" + SMALLEST, "steps is '5', expected int"),
        ("steps = 5.5\n" + SMALLEST, "steps is 5.5, expected int"),
        ("steps = true\n" + SMALLEST, "steps is True, expected int"),
        ("mixed_precision = 1\n" + SMALLEST, "mixed_precision is 1, expected bool"),
        ("learning_rate = 'fast'\n" + SMALLEST, "learning_rate is 'fast', expected float"),
        ("label_set = 'chip'\n" + SMALLEST, "chip"),
        (SMALLEST + "[label_set]\nname = 'x'\nclasses = ['hair']", "id 0 is 'hair'; it must be 'background'"),
    ],
)
def test_a_wrong_recipe_is_refused_in_words(recipe: Path, text: str, says: str) -> None:
    recipe.write_text(text)
    with pytest.raises(ConfigError, match=says) as refusal:
        read_config(recipe)
    assert str(recipe) in str(refusal.value)


def test_a_missing_recipe_is_named(recipe: Path) -> None:
    with pytest.raises(ConfigError, match=r"recipe\.toml: cannot read the recipe \(No such file .*give the path"):
        read_config(recipe)
