"""Named sizes of M2FP, and the two networks whose weights were published."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fittingroom.errors import ConfigError
from fittingroom.models.m2fp.masked_decoder import MaskedDecoder
from fittingroom.models.m2fp.network import M2FP, MaskHead
from fittingroom.models.m2fp.pixel_decoder import Encoder, EncoderLayer, PixelDecoder
from fittingroom.models.m2fp.resnet import RESNET50_BLOCKS, RESNET101_BLOCKS, ResNet
from fittingroom.models.m2fp.vision_transformer import VisionTransformer

PUBLISHED_CLASSES_MULTIPLE = 21  # CIHP's 20, and Human
PUBLISHED_CLASSES_SINGLE = 20  # LIP's


@dataclass(frozen=True)
class M2fpPreset:
    """Everything about the network but its classes. Widths count channels."""

    backbone: Callable[[], ResNet | VisionTransformer]
    width: int = 256
    heads: int = 8
    encoder_layers: int = 6
    encoder_points: int = 4
    encoder_feedforward: int = 1024
    queries: int = 100
    decoder_layers: int = 9
    decoder_feedforward: int = 2048


PRESETS = {
    "m2fp-r50": M2fpPreset(lambda: ResNet(RESNET50_BLOCKS)),
    "m2fp-r101": M2fpPreset(lambda: ResNet(RESNET101_BLOCKS)),
    "m2fp-vit-l": M2fpPreset(
        lambda: VisionTransformer(width=1024, depth=24, heads=16, window_cells=14, global_every=6)
    ),
    # for tests, and for trying a training set out on a CPU
    "m2fp-tiny": M2fpPreset(
        lambda: ResNet((1, 1, 1, 1), stem_width=16),
        width=64,
        heads=4,
        encoder_layers=1,
        encoder_feedforward=128,
        queries=40,
        decoder_layers=3,
        decoder_feedforward=128,
    ),
}


def build(preset: M2fpPreset | str, num_classes: int, *, resizes_features: bool = True) -> M2FP:
    """The network of a preset, with random weights.

    Args:
        preset: or the name of one.
        num_classes: of the masks; "no object" comes on top.
        resizes_features: see :class:`MaskedDecoder`.

    Raises:
        ConfigError: there is no preset of that name.
    """
    if isinstance(preset, str):
        if preset not in PRESETS:
            raise ConfigError(f"there is no M2FP preset {preset!r}; known are {', '.join(PRESETS)}")
        preset = PRESETS[preset]
    backbone = preset.backbone()
    return M2FP(
        backbone=backbone,
        sem_seg_head=MaskHead(
            pixel_decoder=PixelDecoder(
                backbone.out_channels,
                width=preset.width,
                mask_width=preset.width,
                encoder=Encoder(
                    [
                        EncoderLayer(
                            preset.width,
                            heads=preset.heads,
                            points=preset.encoder_points,
                            feedforward_width=preset.encoder_feedforward,
                        )
                        for _ in range(preset.encoder_layers)
                    ]
                ),
            ),
            predictor=MaskedDecoder(
                num_classes,
                width=preset.width,
                mask_width=preset.width,
                queries=preset.queries,
                layers=preset.decoder_layers,
                heads=preset.heads,
                feedforward_width=preset.decoder_feedforward,
                resizes_features=resizes_features,
            ),
        ),
    )


def build_multiple() -> M2FP:
    """The network of the published weights for several people: ResNet-101, CIHP's classes and Human."""
    return build("m2fp-r101", PUBLISHED_CLASSES_MULTIPLE)


def build_single() -> M2FP:
    """The network of the published weights for one person: ResNet-101, LIP's classes."""
    return build("m2fp-r101", PUBLISHED_CLASSES_SINGLE)
