"""What several test modules need."""

import hashlib
import importlib
import os
import socket
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fittingroom.engine.card import ModelCard
from fittingroom.labels import LabelSet

HEADS = LabelSet("heads", ("background", "hair", "face"), ("背景", "头发", "面部"), ((1, 2),))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of photographs and label maps beside the repository, which is no part of it."""
    folder = Path(__file__).resolve().parents[1] / "../shared/data"
    if not folder.is_dir():
        pytest.skip("needs the folder ../shared/data beside the repository, which is not there")
    return folder


@pytest.fixture(scope="session")
def build_tiny_model() -> Callable[..., bytes]:
    """Builds a model.onnx of a few operators that sees hair in red, a face in green and nothing elsewhere.

    It has the inputs and outputs of a parsing network, sees no centres, and points nowhere. Its arguments spoil it.
    """
    from onnx import TensorProto, helper, numpy_helper

    def build(*, input_type: int = TensorProto.UINT8, logits_name: str = "class_logits", logits_axes: int = 4) -> bytes:
        # logits: hair and face a tenth of red and green, the background half as much as they at their brightest
        tables = {
            "see": np.array([[0, 0, 0], [0.1, 0, 0], [0, 0.1, 0]], np.float32)[:, :, None, None],
            "start": np.array([12.75, 0, 0], np.float32),
            "cold": np.zeros((1, 3, 1, 1), np.float32),
            "here": np.zeros((2, 3, 1, 1), np.float32),
            "axis": np.array([1], np.int64),
        }
        nodes = [
            helper.make_node("Cast", ["images_rgb"], ["floats"], to=TensorProto.FLOAT),
            helper.make_node("Transpose", ["floats"], ["planes"], perm=[0, 3, 1, 2]),
            helper.make_node("AveragePool", ["planes"], ["cells"], kernel_shape=[4, 4], strides=[4, 4]),
            helper.make_node("Conv", ["cells", "see", "start"], ["four_axes"]),
            helper.make_node("Identity" if logits_axes == 4 else "Flatten", ["four_axes"], [logits_name]),
            helper.make_node("Conv", ["cells", "cold"], ["heat"]),
            helper.make_node("Squeeze", ["heat", "axis"], ["centre_heat"]),
            helper.make_node("Conv", ["cells", "here"], ["centre_offsets_px"]),
        ]
        logits_shape = ["b", 3, "h", "w"] if logits_axes == 4 else ["b", "all"]
        graph = helper.make_graph(
            nodes,
            "tiny",
            [helper.make_tensor_value_info("images_rgb", input_type, ["b", "H", "W", 3])],
            [
                helper.make_tensor_value_info(logits_name, TensorProto.FLOAT, logits_shape),
                helper.make_tensor_value_info("centre_heat", TensorProto.FLOAT, ["b", "h", "w"]),
                helper.make_tensor_value_info("centre_offsets_px", TensorProto.FLOAT, ["b", 2, "h", "w"]),
            ],
            [numpy_helper.from_array(table, name) for name, table in tables.items()],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        return bytes(model.SerializeToString())

    return build


@pytest.fixture
def tiny_card(build_tiny_model: Callable[..., bytes]) -> ModelCard:
    """The card of the tiny model."""
    return ModelCard(
        name="tiny",
        label_set=HEADS.name,
        classes=HEADS.classes,
        classes_zh=HEADS.classes_zh,
        flip_pairs=HEADS.flip_pairs,
        long_side_px=64,
        also_mirrored=False,
        sha256=hashlib.sha256(build_tiny_model()).hexdigest(),
        licence="Apache-2.0",
        training_data=("drawn by hand (CC0)",),
        recipe="none",
        measured={"mIoU": 0.5},
    )


@pytest.fixture
def tiny_model_folder(tmp_path: Path, build_tiny_model: Callable[..., bytes], tiny_card: ModelCard) -> Path:
    """A folder with the tiny model and its card."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    (folder / "model.onnx").write_bytes(build_tiny_model())
    (folder / "card.json").write_text(tiny_card.to_json(), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def drawn_photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data root with the folder "heads" of four labelled pictures, 64 x 48: red hair over a green face.

    The third shows two heads, told apart in instances/. Beside it the folder "places" has two empty pictures.
    """
    root = tmp_path_factory.mktemp("drawn")
    for folder in ("heads/images", "heads/labels", "heads/instances", "places"):
        (root / folder).mkdir(parents=True)
    for number in range(4):
        pixels, labels = np.full((64, 48, 3), 30, np.uint8), np.zeros((64, 48), np.uint8)
        instances = np.zeros((64, 48), np.uint8)
        for person, left in enumerate((4, 28) if number == 2 else (4 + 4 * number,), start=1):
            for class_id, rows in ((1, slice(8, 24)), (2, slice(24, 56))):
                head = np.s_[rows, left : left + 16]
                labels[head], instances[head] = class_id, person
                pixels[head] = (230, 20, 20) if class_id == 1 else (20, 230, 20)
        Image.fromarray(pixels).save(root / f"heads/images/{number}.png")
        Image.fromarray(labels).save(root / f"heads/labels/{number}.png")
        if number == 2:
            Image.fromarray(instances).save(root / f"heads/instances/{number}.png")
    for number, gray in enumerate((60, 90)):
        Image.new("RGB", (64, 64), (gray, gray, gray)).save(root / f"places/{number}.jpg")
    return root


def add_node(cluster: Any, *, num_cpus: int, object_store_memory: int, include_dashboard: bool) -> Any:
    """Another node; Ray gives it 30 s to begin, which a busy machine may not keep to at once."""
    for is_last in (False, False, True):
        try:
            return cluster.add_node(
                num_cpus=num_cpus, object_store_memory=object_store_memory, include_dashboard=include_dashboard
            )
        except Exception:  # it has no class of its own
            if is_last:
                raise
    return None


@pytest.fixture(scope="session")
def ray_cluster() -> Iterator[Any]:
    """A Ray cluster of two nodes on this machine, which this program is connected to."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # as `fittingroom.distributed.cluster` does
        ray = pytest.importorskip("ray", reason="needs the extra 'cluster'")
        for name in ("ray.data", "ray.serve"):
            importlib.import_module(name)  # here, where its warnings are nobody's business
        from ray.cluster_utils import Cluster

        # The smallest store that Ray takes: photos do not go through it.
        cluster = Cluster()
        for _ in range(2):
            add_node(cluster, num_cpus=1, object_store_memory=80 * 2**20, include_dashboard=False)
        ray.init(address=cluster.address, log_to_driver=False)
    yield cluster
    ray.shutdown()
    cluster.shutdown()


@pytest.fixture(scope="session")
def serve_port(ray_cluster: Any) -> int:
    """The port of Ray Serve, which is started on the cluster."""
    from ray import serve

    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    # Both nodes are this machine, whose port is there once.
    serve.start(proxy_location="HeadOnly", http_options={"host": "127.0.0.1", "port": port})
    return port
