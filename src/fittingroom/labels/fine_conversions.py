"""From fine parts to other label sets: a detail can say what the class alone leaves open.

With the neck and the belt as details and the bag as a layer, CIHP's maps say more of ATR than by their classes: the
neck is ATR's face (or IDM-VTON's neck), the belt a class of its own, the bag too. What a set cannot say of the details
is named.
"""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from fittingroom.errors import LabelError, ShapeError
from fittingroom.labels.conversions import convert
from fittingroom.labels.details import DETAILS
from fittingroom.labels.label_set import LabelSet
from fittingroom.labels.sets import CIHP

_SAID: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "atr": MappingProxyType({"neck": "face", "belt": "belt"}),
        "atr-neck": MappingProxyType({"neck": "neck", "belt": "belt"}),
    }
)
"""Target set -> detail -> the class that says it exactly."""


def said_details(target: LabelSet) -> Mapping[str, str]:
    """Details that a label set has a class for, and that class."""
    return _SAID.get(target.name, MappingProxyType({}))


def lost_details(detail_map: npt.NDArray[np.uint8], target: LabelSet) -> tuple[str, ...]:
    """Names of the details that a map shows and the target has no class for, in the order of their ids."""
    shown = np.unique(detail_map[detail_map > 0]).tolist()
    return tuple(DETAILS[number] for number in shown if DETAILS[number] not in said_details(target))


def convert_fine(
    label_map: npt.NDArray[np.uint8],
    detail_map: npt.NDArray[np.uint8],
    target: LabelSet,
    *,
    bag_map: npt.NDArray[np.bool_] | None = None,
    lossy: bool = False,
    instead: Mapping[str, str] | None = None,
) -> npt.NDArray[np.uint8]:
    """A label map of CIHP with its details in another label set.

    Args:
        label_map: uint8 (H, W), CIHP's ids.
        detail_map: uint8 (H, W), ids of `DETAILS`.
        target: label set wanted. Details that it cannot say are left out; `lost_details` names them.
        bag_map: bool (H, W), where bags are; they are drawn where the target has a class for them.
        lossy, instead: as in `fittingroom.labels.convert`, for classes that neither set nor details can say.

    Returns:
        A new uint8 (H, W).

    Raises:
        LabelError: as `fittingroom.labels.convert`, or a detail id is unknown.
        ShapeError: the maps differ in size.
    """
    for name, other in (("detail map", detail_map), ("bag map", bag_map)):
        if other is not None and other.shape != label_map.shape:
            raise ShapeError(f"{name} is {other.shape}, label map is {label_map.shape}; both must be (height, width)")
    highest = int(detail_map.max(initial=0))
    if highest >= len(DETAILS):
        raise LabelError(f"detail map holds id {highest}; details are 0 to {len(DETAILS) - 1}")
    said = {DETAILS.index(detail): target.id_of(name) for detail, name in said_details(target).items()}
    is_said = np.isin(detail_map, list(said))
    # What a detail says needs no substitute: such pixels are background while the rest is converted.
    converted = convert(np.where(is_said, np.uint8(0), label_map), CIHP, target, lossy=lossy, instead=instead)
    for number, class_id in said.items():
        converted[detail_map == number] = class_id
    if bag_map is not None and "bag" in target.classes:
        converted[bag_map & (label_map == 0)] = target.id_of("bag")
    return converted
