"""Checkpoints that are not what they should be."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from fittingroom.errors import ModelError
from fittingroom.m2fp.class_names import MULTIPLE_CLASSES, SINGLE_CLASSES
from fittingroom.training.m2fp.published import load_strictly, read_configuration, read_published, read_weights

Configuration = dict[str, Any]


@pytest.fixture
def configuration() -> Configuration:
    return {
        "framework": "pytorch",
        "model": {
            "backbone": {"depth": 101},
            "decoder": {"nheads": 8, "num_classes": 21},
            "classes": list(MULTIPLE_CLASSES),
            "single_human": False,
        },
    }


@pytest.fixture
def write(tmp_path: Path) -> Callable[[Configuration], Path]:
    def write_json(table: Configuration) -> Path:
        (tmp_path / "configuration.json").write_text(json.dumps(table))
        return tmp_path / "configuration.json"

    return write_json


def test_the_published_configuration_is_understood(configuration: Configuration, write: Callable[..., Path]) -> None:
    assert read_configuration(write(configuration)) == ("m2fp-r101", "m2fp-multiple", MULTIPLE_CLASSES)
    configuration["model"] |= {"classes": list(SINGLE_CLASSES), "single_human": True}
    configuration["model"]["decoder"]["num_classes"] = 20
    assert read_configuration(write(configuration))[1] == "m2fp-single"


def test_other_classes_are_refused_and_the_first_that_differs_is_named(
    configuration: Configuration, write: Callable[..., Path]
) -> None:
    configuration["model"]["classes"][10] = "Jumpsuits"
    with pytest.raises(ModelError, match=r"names 21 classes and counts 21, expected 21; 'Jumpsuits' is not where it"):
        read_configuration(write(configuration))


@pytest.mark.parametrize("key", ["backbone", "decoder", "classes", "single_human"])
def test_a_configuration_of_something_else_is_refused(
    configuration: Configuration, write: Callable[..., Path], key: str
) -> None:
    del configuration["model"][key]
    with pytest.raises(ModelError, match="not the configuration of an M2FP checkpoint"):
        read_configuration(write(configuration))


def test_an_unknown_depth_is_refused(configuration: Configuration, write: Callable[..., Path]) -> None:
    configuration["model"]["backbone"]["depth"] = 18
    with pytest.raises(ModelError, match=r"depth 18 and 8 attention heads; known are the depths 50, 101"):
        read_configuration(write(configuration))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"pytorch_model\.pt: no such file; a checkpoint is a folder with"):
        read_published(tmp_path)
    (tmp_path / "pytorch_model.pt").touch()
    with pytest.raises(ModelError, match=r"configuration\.json: no such file"):
        read_published(tmp_path / "pytorch_model.pt")


class RunsCode:
    def __reduce__(self) -> tuple[Any, ...]:
        return (print, ("code has run",))


def test_a_pickle_with_code_in_it_is_not_run(tmp_path: Path) -> None:
    torch.save({"model": RunsCode()}, tmp_path / "weights.pt")
    with pytest.raises(ModelError, match=r"holds other things than weights, perhaps code.*it was not loaded"):
        read_weights(tmp_path / "weights.pt")


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    torch.save({"model": {"a": torch.zeros(1000)}}, tmp_path / "weights.pt")
    whole = (tmp_path / "weights.pt").read_bytes()
    (tmp_path / "weights.pt").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelError, match=r"cannot be read as a PyTorch checkpoint.*Fetch it again"):
        read_weights(tmp_path / "weights.pt")


@pytest.mark.parametrize(
    ("saved", "says"),
    [
        ({"state": 1}, 'holds state; expected an entry "model"'),
        ({"model": {"a": 3}}, "is no tensor"),
        ({"model": {"a": torch.tensor([1.0, float("nan")])}}, "a holds numbers that are not finite"),
    ],
)
def test_what_is_no_table_of_weights_is_refused(tmp_path: Path, saved: object, says: str) -> None:
    torch.save(saved, tmp_path / "weights.pt")
    with pytest.raises(ModelError, match=says):
        read_weights(tmp_path / "weights.pt")


def test_every_missing_extra_and_reshaped_key_is_listed_and_nothing_is_loaded() -> None:
    net = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.BatchNorm1d(2))
    before = {key: value.clone() for key, value in net.state_dict().items()}
    state = {key: torch.ones_like(value) for key, value in net.state_dict().items()}
    del state["0.bias"], state["1.weight"]
    state |= {"2.weight": torch.zeros(1), "0.weight": torch.zeros(3, 2)}
    with pytest.raises(ModelError) as caught:
        load_strictly(net, state, "mine.pt")
    assert str(caught.value).splitlines()[1:] == [
        "  2 missing: 0.bias; 1.weight",
        "  1 extra: 2.weight",
        "  1 reshaped: 0.weight is (3, 2), expected (2, 2)",
    ]
    assert all(torch.equal(value, before[key]) for key, value in net.state_dict().items())


def test_counters_of_batch_norms_may_be_missing() -> None:
    net = torch.nn.BatchNorm1d(2)
    state = {key: torch.ones_like(value) for key, value in net.state_dict().items() if "num_batches" not in key}
    load_strictly(net, state, "mine.pt")
    assert torch.equal(net.bias, torch.ones(2))
