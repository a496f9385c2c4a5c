"""M2FP put together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from torch import Tensor, nn

from fittingroom.models.m2fp.masked_decoder import MaskedDecoder
from fittingroom.models.m2fp.pixel_decoder import PixelDecoder
from fittingroom.models.m2fp.resnet import ResNet
from fittingroom.models.m2fp.vision_transformer import VisionTransformer


class M2fpOutput(NamedTuple):
    """What the network says about a batch; Q queries, C classes and, after them, "no object"."""

    pred_logits: Tensor  # (B, Q, C + 1)
    pred_masks: Tensor  # (B, Q, H/4, W/4), logits
    aux_outputs: Sequence[tuple[Tensor, Tensor]]  # in training, the same two before each layer; else empty


class MaskHead(nn.Module):
    """Features to masks: first for pixels, then for queries."""

    def __init__(self, pixel_decoder: PixelDecoder, predictor: MaskedDecoder) -> None:
        super().__init__()
        self.pixel_decoder = pixel_decoder
        self.predictor = predictor

    def forward(self, features: Sequence[Tensor]) -> list[tuple[Tensor, Tensor]]:
        levels, mask_features = self.pixel_decoder(features)
        predictions: list[tuple[Tensor, Tensor]] = self.predictor(levels, mask_features)
        return predictions


class M2FP(nn.Module):
    """Normalised RGB (B, 3, H, W), H and W multiples of 32 -> :class:`M2fpOutput`.

    A query is one part of one person, one whole person (class "Human"), or nothing.
    """

    def __init__(self, backbone: ResNet | VisionTransformer, sem_seg_head: MaskHead) -> None:
        super().__init__()
        self.backbone = backbone
        self.sem_seg_head = sem_seg_head

    def forward(self, pixels: Tensor) -> M2fpOutput:
        *aux_outputs, (pred_logits, pred_masks) = self.sem_seg_head(self.backbone(pixels))
        return M2fpOutput(pred_logits, pred_masks, aux_outputs)
