"""M2FP: Mask2Former for human parsing, in plain PyTorch.

Yang, Jia, Li, Song, "Deep Learning Technique for Human Parsing: A Survey and Outlook", arXiv:2301.00394; on
Cheng et al., "Masked-attention Mask Transformer for Universal Image Segmentation", arXiv:2112.01527.
"""

from fittingroom.models.m2fp.network import M2FP, M2fpOutput
from fittingroom.models.m2fp.presets import (
    PRESETS,
    PUBLISHED_CLASSES_MULTIPLE,
    PUBLISHED_CLASSES_SINGLE,
    M2fpPreset,
    build,
    build_multiple,
    build_single,
)

__all__ = [
    "M2FP",
    "PRESETS",
    "PUBLISHED_CLASSES_MULTIPLE",
    "PUBLISHED_CLASSES_SINGLE",
    "M2fpOutput",
    "M2fpPreset",
    "build",
    "build_multiple",
    "build_single",
]
