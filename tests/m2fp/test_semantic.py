from collections.abc import Callable

import numpy as np
import pytest

from fittingroom.m2fp.engine import M2fpNetworkOutput
from fittingroom.m2fp.framing import Framing
from fittingroom.m2fp.legacy import legacy_single
from fittingroom.m2fp.semantic import class_maps, parse_semantic

FRAMING = Framing(photo_hw=(48, 32), resized_hw=(24, 16), input_hw=(32, 32), offset_yx=(4, 8))


def test_queries_add_up_to_the_probability_of_each_class(says: Callable[..., M2fpNetworkOutput]) -> None:
    said = says([(1, 0.6, np.s_[:, :]), (1, 0.3, np.s_[:, :]), (0, 0.5, np.s_[:, :])], classes=2, cells_hw=(8, 8))
    maps = class_maps(said.pred_logits, said.pred_masks, FRAMING)
    assert maps.shape == (2, 24, 16)
    assert np.allclose(maps[0], 0.5, atol=2e-3)
    assert np.allclose(maps[1], 0.9, atol=2e-3)


def test_the_padding_is_cut_and_the_photo_has_its_own_size(says: Callable[..., M2fpNetworkOutput]) -> None:
    # cells are 4 pixels of the input; the photo lies in rows 1 to 6 and columns 2 to 5
    said = says([(0, 0.9, np.s_[:, :]), (1, 0.99, np.s_[0:4, :])], classes=2, cells_hw=(8, 8))
    parse = parse_semantic(said.pred_logits, said.pred_masks, FRAMING)
    assert parse.label_map.shape == (48, 32)
    assert (parse.label_map[:22] == 1).all()
    assert (parse.label_map[26:] == 0).all()
    assert parse.confidence.dtype == np.uint8
    assert parse.confidence[40, 16] > 250


def test_the_original_form_has_an_entry_for_each_class_there_the_background_included(
    says: Callable[..., M2fpNetworkOutput],
) -> None:
    said = says([(0, 0.9, np.s_[:, :]), (2, 0.99, np.s_[1:4, :])], classes=3, cells_hw=(8, 8))
    parse = parse_semantic(said.pred_logits, said.pred_masks, FRAMING)
    output = legacy_single(parse, ("Background", "Hat", "Hair"))
    assert output["labels"] == ["Background", "Hair"]
    area = int(np.count_nonzero(parse.label_map == 0))
    assert output["masks"][0].sum() == area
    assert output["scores"][0] == pytest.approx(area / (area + 1) / (1 + np.exp(-0.9)), abs=0.01)
