import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from fittingroom.m2fp.class_names import MULTIPLE_CLASSES
from fittingroom.m2fp.engine import M2fpNetworkOutput
from fittingroom.m2fp.framing import Framing
from fittingroom.m2fp.instances import find_instances
from fittingroom.m2fp.legacy import legacy_multiple, semantic_map

HUMAN = 3
PLAIN = Framing((32, 32), (32, 32), (32, 32))


def test_masks_are_those_of_enlarging_cutting_and_enlarging_whole_pictures() -> None:
    rng = np.random.default_rng(0)
    framing = Framing(photo_hw=(150, 263), resized_hw=(155, 250), input_hw=(160, 256))
    logits = np.zeros((5, 5), np.float32)
    logits[:, 1] = 8
    cells = cv2.GaussianBlur(rng.standard_normal((40, 64, 5)).astype(np.float32), (0, 0), 2).transpose(2, 0, 1)
    found = find_instances(logits, np.ascontiguousarray(cells), framing, human_class=HUMAN)
    assert len(found) == 5
    for instance in found:
        whole = cv2.resize(cells[instance.query], (256, 160), interpolation=cv2.INTER_LINEAR)[:155, :250]
        whole = cv2.resize(whole, (263, 150), interpolation=cv2.INTER_LINEAR)
        expected = whole > 0
        assert np.count_nonzero(instance.mask((150, 263)) != expected) <= 2  # rounding, where the logit is 0
        assert instance.area_px == pytest.approx(expected.sum(), abs=2)
        chance = (1 / (1 + np.exp(-whole)))[expected]
        assert instance.score == pytest.approx(float(chance.mean()) * np.exp(8) / (np.exp(8) + 4), abs=1e-4)
        x0, y0, x1, y1 = instance.box_xyxy
        ys, xs = np.nonzero(instance.mask((150, 263)))
        assert (x0, y0, x1, y1) == (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1)


def test_parts_come_before_people_and_the_background_is_no_entry(says: Callable[..., M2fpNetworkOutput]) -> None:
    said = says(
        [(HUMAN, 0.9, np.s_[0:4, 0:4]), (0, 0.99, np.s_[:, :]), (1, 0.7, np.s_[0:2, 0:4]), (2, 0.8, np.s_[2:4, 0:4])],
        classes=4, cells_hw=(8, 8),
    )  # fmt: skip
    found = find_instances(said.pred_logits, said.pred_masks, PLAIN, human_class=HUMAN)
    assert [instance.class_id for instance in found] == [2, 1, HUMAN]


def test_a_score_is_that_of_the_class_times_that_of_the_mask_and_counts_from_a_tenth(
    says: Callable[..., M2fpNetworkOutput],
) -> None:
    said = says([(1, 0.5, np.s_[0:4, :]), (2, 0.09, np.s_[4:8, :])], classes=4, cells_hw=(8, 8))
    faint = np.where(said.pred_masks > 0, np.float32(1), said.pred_masks)
    (found,) = find_instances(said.pred_logits, faint, PLAIN, human_class=HUMAN)
    assert 0.5 * 0.5 < found.score < 0.5 / (1 + np.exp(-1))
    assert found.probability.dtype == np.uint8
    assert found.probability[found.crop_mask].min() >= 128


def test_a_mask_that_is_nowhere_is_no_instance(says: Callable[..., M2fpNetworkOutput]) -> None:
    said = says([(1, 0.9, np.s_[0:0, 0:0])], classes=4, cells_hw=(8, 8))
    assert find_instances(said.pred_logits, said.pred_masks, PLAIN, human_class=HUMAN) == []


def test_the_original_form_lists_every_query_by_the_checkpoints_names(says: Callable[..., M2fpNetworkOutput]) -> None:
    said = says([(1, 0.9, np.s_[0:4, 0:4]), (HUMAN, 0.9, np.s_[0:8, 0:4])], classes=4, cells_hw=(8, 8))
    found = find_instances(said.pred_logits, said.pred_masks, PLAIN, human_class=HUMAN)
    output = legacy_multiple(found, (32, 32), ("Background", "Hair", "Face", "Human"))
    assert output["labels"] == ["Hair", "Human"]
    assert [mask.dtype for mask in output["masks"]] == [bool, bool]
    assert output["masks"][1].shape == (32, 32)
    assert output["scores"] == [instance.score for instance in found]


def post_inputs(shared_data: Path) -> tuple[Path, M2fpNetworkOutput]:
    """The stored answer of a network with 21 classes; numpy alone, so that it can be made without torch."""
    folder = shared_data.parent / "parity"
    if not folder.is_dir():
        pytest.skip("needs the folder ../shared/parity beside the repository, which is not there")
    pytest.importorskip("torch")
    import importlib.util

    spec = importlib.util.spec_from_file_location("post_inputs", folder / "post_inputs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    logits, masks = module.post_inputs(21)
    return folder, M2fpNetworkOutput(logits[0].numpy(), masks[0].numpy())


@pytest.mark.slow
def test_what_follows_the_network_gives_the_references_masks_and_scores(shared_data: Path) -> None:
    folder, said = post_inputs(shared_data)
    framing = Framing(photo_hw=(150, 263), resized_hw=(155, 270), input_hw=(160, 272))
    found = find_instances(said.pred_logits, said.pred_masks, framing, human_class=20)
    stored = np.load(folder / "post_multi.npz")
    expected = json.loads((folder / "post_multi.json").read_text())["out"]
    theirs = sorted((entry["label"], int(entry["area"]), entry["score"], n) for n, entry in enumerate(expected))
    ours = sorted((MULTIPLE_CLASSES[one.class_id], one.area_px, one.score, n) for n, one in enumerate(found))
    assert [entry[:2] for entry in ours] == [entry[:2] for entry in theirs]
    assert np.allclose([entry[2] for entry in ours], [entry[2] for entry in theirs], atol=1e-4)
    masks = np.unpackbits(stored["masks"], axis=-1)[..., :263].astype(bool)
    for (*_, our_number), (*_, their_number) in zip(ours, theirs, strict=True):
        assert np.array_equal(found[our_number].mask((150, 263)), masks[their_number])
    semantic = semantic_map(said.pred_logits, said.pred_masks, framing, human_class=20)
    assert np.array_equal(semantic.argmax(0), stored["semantic_argmax"])
    assert np.allclose(semantic[:, ::4, ::4], stored["semantic_s4"], atol=1e-4)
