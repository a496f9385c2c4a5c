from pathlib import Path

import numpy as np
import pytest
import torch

from fittingroom.engine.card import model_folder, read_card
from fittingroom.errors import ConfigError
from fittingroom.models.parsing_net import ParsingNet
from fittingroom.training.checkpoint import load_checkpoint, load_network, save_checkpoint, weights_npz

CPU = torch.device("cpu")


def optimizer_of(net: ParsingNet) -> torch.optim.Optimizer:
    return torch.optim.AdamW(net.parameters(), lr=0.1)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ParsingNet, ParsingNet]:
    """A checkpoint of a network that took one step, the network, and one that stands for its average."""
    path = tmp_path_factory.mktemp("run") / "checkpoint.pt"
    net, averaged = ParsingNet(4), ParsingNet(4)
    optimizer = optimizer_of(net)
    net.offset(torch.ones(1, 48, 2, 2)).sum().backward()
    optimizer.step()
    save_checkpoint(path, net, averaged.state_dict(), optimizer, 7)
    return path, net, averaged


def test_a_run_is_taken_up_where_it_was_left(saved: tuple[Path, ParsingNet, ParsingNet]) -> None:
    path, net, averaged = saved
    fresh = ParsingNet(4)
    optimizer = optimizer_of(fresh)
    state, step = load_checkpoint(path, fresh, optimizer, CPU)
    assert step == 7
    torch.testing.assert_close(fresh.state_dict(), net.state_dict(), rtol=0, atol=0)
    torch.testing.assert_close(state, averaged.state_dict(), rtol=0, atol=0)
    assert any(entry["step"] == 1 for entry in optimizer.state_dict()["state"].values())


def test_the_network_of_a_checkpoint_is_its_average_ready_to_evaluate(
    saved: tuple[Path, ParsingNet, ParsingNet],
) -> None:
    path, _, averaged = saved
    net = load_network(path)
    assert not net.training
    torch.testing.assert_close(net.state_dict(), averaged.state_dict(), rtol=0, atol=0)


def test_weights_of_16_bits_are_the_network_up_to_rounding(
    saved: tuple[Path, ParsingNet, ParsingNet], tmp_path: Path
) -> None:
    net = saved[1].train()
    net(torch.rand(2, 3, 32, 32))  # so that the norms have seen something
    (tmp_path / "weights.npz").write_bytes(weights_npz(net))
    loaded = load_network(tmp_path / "weights.npz")
    assert not loaded.training
    assert (tmp_path / "weights.npz").stat().st_size < 0.6 * sum(
        4 * value.numel() for value in net.state_dict().values()
    )
    for name, value in net.state_dict().items():
        assert loaded.state_dict()[name].dtype == value.dtype
        torch.testing.assert_close(loaded.state_dict()[name], value, rtol=1e-3, atol=1e-6)


def test_training_can_start_from_the_bundled_weights() -> None:
    folder = model_folder("default")
    assert load_network(folder / "weights.npz").classify.out_channels == len(read_card(folder).classes)


def test_an_archive_of_other_arrays_is_no_network(tmp_path: Path) -> None:
    np.savez(tmp_path / "weights.npz", **{"00.weight": np.zeros(3)})
    with pytest.raises(
        ConfigError, match=r"weights\.npz: not a checkpoint of this network .+ or a model's weights\.npz"
    ):
        load_network(tmp_path / "weights.npz")


def test_nothing_half_written_is_left_beside_a_checkpoint(saved: tuple[Path, ParsingNet, ParsingNet]) -> None:
    assert [path.name for path in saved[0].parent.iterdir()] == ["checkpoint.pt"]


def test_a_checkpoint_of_other_classes_is_refused(saved: tuple[Path, ParsingNet, ParsingNet]) -> None:
    other = ParsingNet(5)
    with pytest.raises(ConfigError, match=r"\.pt: cannot go on from this checkpoint .*size mismatch.*; start in"):
        load_checkpoint(saved[0], other, optimizer_of(other), CPU)


@pytest.mark.parametrize("content", [b"", b"no checkpoint"])
def test_a_damaged_checkpoint_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "checkpoint.pt").write_bytes(content)
    net = ParsingNet(4)
    with pytest.raises(ConfigError, match="cannot go on from this checkpoint"):
        load_checkpoint(tmp_path / "checkpoint.pt", net, optimizer_of(net), CPU)
    with pytest.raises(ConfigError, match=r"not a checkpoint of this network \(.+\); give a run's checkpoint\.pt or a"):
        load_network(tmp_path / "checkpoint.pt")


def test_a_checkpoint_that_would_run_code_is_refused(tmp_path: Path) -> None:
    torch.save({"averaged": Path("anything but tensors")}, tmp_path / "checkpoint.pt")
    with pytest.raises(ConfigError, match=r"\(it is damaged, or holds other things than weights\)"):
        load_network(tmp_path / "checkpoint.pt")
