"""The label sets that fittingroom knows, as data.

Sources: CIHP (Gong et al., ECCV 2018), LIP (Gong et al., CVPR 2017), ATR (Liang et al., TPAMI 2015), ACGPN (Yang
et al., CVPR 2020), VITON-HD (Choi et al., CVPR 2021), IDM-VTON (Choi et al., ECCV 2024).
"""

from collections.abc import Mapping
from types import MappingProxyType

from fittingroom.errors import LabelError
from fittingroom.labels.label_set import LabelSet

CIHP = LabelSet(
    name="cihp",
    classes=(
        "background",
        "hat",
        "hair",
        "glove",
        "sunglasses",
        "upper-clothes",
        "dress",
        "coat",
        "socks",
        "pants",
        "torso-skin",
        "scarf",
        "skirt",
        "face",
        "left-arm",
        "right-arm",
        "left-leg",
        "right-leg",
        "left-shoe",
        "right-shoe",
    ),
    classes_zh=(
        "背景",
        "帽子",
        "头发",
        "手套",
        "太阳镜",
        "上衣",
        "连衣裙",
        "外套",
        "袜子",
        "裤子",
        "躯干皮肤",
        "围巾",
        "半身裙",
        "面部",
        "左臂",
        "右臂",
        "左腿",
        "右腿",
        "左鞋",
        "右鞋",
    ),
    flip_pairs=((14, 15), (16, 17), (18, 19)),
)
"""Ours by default, and what VITON-HD reads as ``image-parse``."""

LIP = LabelSet(
    name="lip",
    # The ids of CIHP, but for 10: CIHP's torso-skin does not exist here, and LIP's jumpsuits not there.
    classes=tuple("jumpsuits" if name == "torso-skin" else name for name in CIHP.classes),
    classes_zh=tuple("连体裤" if name == "躯干皮肤" else name for name in CIHP.classes_zh),
    flip_pairs=CIHP.flip_pairs,
)

ATR = LabelSet(
    name="atr",
    classes=(
        "background",
        "hat",
        "hair",
        "sunglasses",
        "upper-clothes",
        "skirt",
        "pants",
        "dress",
        "belt",
        "left-shoe",
        "right-shoe",
        "face",
        "left-leg",
        "right-leg",
        "left-arm",
        "right-arm",
        "bag",
        "scarf",
    ),
    classes_zh=(
        "背景",
        "帽子",
        "头发",
        "太阳镜",
        "上衣",
        "半身裙",
        "裤子",
        "连衣裙",
        "腰带",
        "左鞋",
        "右鞋",
        "面部",
        "左腿",
        "右腿",
        "左臂",
        "右臂",
        "包",
        "围巾",
    ),
    flip_pairs=((9, 10), (12, 13), (14, 15)),
)
"""The face of ATR includes the neck."""

ATR_NECK = LabelSet(
    name="atr-neck",
    classes=(*ATR.classes, "neck"),
    classes_zh=(*ATR.classes_zh, "颈部"),
    flip_pairs=ATR.flip_pairs,
)
"""ATR as IDM-VTON writes it: 18 is the neck, where ATR says face and LIP does not."""

ACGPN = LabelSet(
    name="acgpn",
    classes=(
        "background",
        "hair",
        # No LIP class becomes 2 or 3.
        "unused-2",
        "unused-3",
        "upper-clothes",
        "left-shoe",
        "right-shoe",
        "noise",
        "bottom",
        "left-leg",
        "right-leg",
        "left-arm",
        "face",
        "right-arm",
    ),
    classes_zh=(
        "背景",
        "头发",
        "未使用2",
        "未使用3",
        "上衣",
        "左鞋",
        "右鞋",
        "其他",
        "下装",
        "左腿",
        "右腿",
        "左臂",
        "面部",
        "右臂",
    ),
    flip_pairs=((5, 6), (9, 10), (11, 13)),
)
"""The 14 groups of ACGPN: hair with hat, face with sunglasses; noise is glove, socks, jumpsuits and scarf."""

VITON_HD = LabelSet(
    name="viton-hd",
    classes=(
        "background",
        "hair",
        "face",
        "upper",
        "bottom",
        "left-arm",
        "right-arm",
        "left-leg",
        "right-leg",
        "left-shoe",
        "right-shoe",
        "socks",
        "noise",
    ),
    classes_zh=("背景", "头发", "面部", "上装", "下装", "左臂", "右臂", "左腿", "右腿", "左鞋", "右鞋", "袜子", "其他"),
    flip_pairs=((5, 6), (7, 8), (9, 10)),
)
"""The 13 groups of VITON-HD; torso skin counts as background, noise is glove and scarf."""

LABEL_SETS: Mapping[str, LabelSet] = MappingProxyType(
    {label_set.name: label_set for label_set in (CIHP, LIP, ATR, ATR_NECK, ACGPN, VITON_HD)}
)


def find_label_set(name: str) -> LabelSet:
    """The label set of that name.

    Raises:
        LabelError: there is none; the message lists those that exist.
    """
    if name not in LABEL_SETS:
        raise LabelError(f"there is no label set {name!r}; known are {', '.join(LABEL_SETS)}")
    return LABEL_SETS[name]
