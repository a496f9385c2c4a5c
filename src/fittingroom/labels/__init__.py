"""Label sets, their palettes, and exact conversions between them."""

from fittingroom.labels.body_points import BODY_25, BODY_25_FLIP_PAIRS, COCO_18, COCO_18_IN_BODY_25
from fittingroom.labels.conversions import Conversion, Substitute, convert, describe_conversion
from fittingroom.labels.details import (
    DETAIL_CLASSES,
    DETAIL_FLIP_PAIRS,
    DETAIL_PALETTE,
    DETAILS,
    DETAILS_ZH,
    allowed_details,
    detail_id,
)
from fittingroom.labels.label_set import IGNORE_ID, LabelSet, swap_classes
from fittingroom.labels.palettes import BINDING_COLOURS, INDEX_PALETTE, MOSAIC_COLOURS, mosaic_palette
from fittingroom.labels.sets import ACGPN, ATR, ATR_NECK, CIHP, LABEL_SETS, LIP, VITON_HD, find_label_set

__all__ = [
    "ACGPN",
    "ATR",
    "ATR_NECK",
    "BINDING_COLOURS",
    "BODY_25",
    "BODY_25_FLIP_PAIRS",
    "CIHP",
    "COCO_18",
    "COCO_18_IN_BODY_25",
    "DETAILS",
    "DETAILS_ZH",
    "DETAIL_CLASSES",
    "DETAIL_FLIP_PAIRS",
    "DETAIL_PALETTE",
    "IGNORE_ID",
    "INDEX_PALETTE",
    "LABEL_SETS",
    "LIP",
    "MOSAIC_COLOURS",
    "VITON_HD",
    "Conversion",
    "LabelSet",
    "Substitute",
    "allowed_details",
    "convert",
    "describe_conversion",
    "detail_id",
    "find_label_set",
    "mosaic_palette",
    "swap_classes",
]
