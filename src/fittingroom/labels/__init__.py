"""Label sets, their palettes, and exact conversions between them."""

from fittingroom.labels.conversions import Conversion, Substitute, convert, describe_conversion
from fittingroom.labels.label_set import IGNORE_ID, LabelSet, swap_classes
from fittingroom.labels.palettes import BINDING_COLOURS, INDEX_PALETTE, MOSAIC_COLOURS, mosaic_palette
from fittingroom.labels.sets import ACGPN, ATR, ATR_NECK, CIHP, LABEL_SETS, LIP, VITON_HD, find_label_set

__all__ = [
    "ACGPN",
    "ATR",
    "ATR_NECK",
    "BINDING_COLOURS",
    "CIHP",
    "IGNORE_ID",
    "INDEX_PALETTE",
    "LABEL_SETS",
    "LIP",
    "MOSAIC_COLOURS",
    "VITON_HD",
    "Conversion",
    "LabelSet",
    "Substitute",
    "convert",
    "describe_conversion",
    "find_label_set",
    "mosaic_palette",
    "swap_classes",
]
