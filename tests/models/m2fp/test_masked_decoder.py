import torch

from fittingroom.models.m2fp.masked_decoder import _blocked


def test_a_query_looks_where_its_mask_is() -> None:
    assert _blocked(torch.tensor([[[[1.0, -1.0], [0.0, -2.0]]]])).tolist() == [[[False, True, False, True]]]


def test_a_query_without_a_mask_looks_everywhere() -> None:
    assert not _blocked(torch.tensor([[[[-1.0, -1.0]]]])).any()
