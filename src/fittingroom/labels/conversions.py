"""Conversions between label sets: what each class becomes, and what the other set cannot say.

A conversion of a class is exact when the target has a class that holds all its pixels (a coat is an upper garment of
VITON-HD). Where the target splits what the source joins (ATR's face holds the neck), or has no such class (LIP has no
torso skin), the class is unsayable: `convert` refuses a map that shows it, unless the caller accepts the substitute
that stands in the table, or names another. Groups (ACGPN, VITON-HD) cannot be taken apart again.

The tables of LIP -> ACGPN and CIHP -> VITON-HD are those of the programs that read the maps.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fittingroom.errors import LabelError, ShapeError
from fittingroom.labels.label_set import IGNORE_ID, LabelSet
from fittingroom.labels.sets import ACGPN, ATR, ATR_NECK, CIHP, LIP, VITON_HD


@dataclass(frozen=True)
class Substitute:
    """What stands in for a class that the target cannot say.

    Attributes:
        target: name of the class in the target set.
        reason: why the class has no exact image there.
    """

    target: str
    reason: str


@dataclass(frozen=True)
class Conversion:
    """What becomes of each class on the way from one label set to another.

    Attributes:
        source: set of the maps to convert.
        target: set of the converted maps.
        exact: source class -> target class, where nothing is lost.
        substitutes: source class -> what stands in for it; only used when the caller accepts that.
    """

    source: LabelSet
    target: LabelSet
    exact: Mapping[str, str]
    substitutes: Mapping[str, Substitute]

    @property
    def unsayable(self) -> tuple[str, ...]:
        """Source classes without an exact image in the target, in the order of their ids."""
        return tuple(name for name in self.source.classes if name in self.substitutes)

    @property
    def never_given(self) -> tuple[str, ...]:
        """Target classes that no source class becomes.

        The source does not draw them (a bag is background to CIHP), so a converted map lacks them even where the photo
        shows them.
        """
        given = {*self.exact.values(), *(substitute.target for substitute in self.substitutes.values())}
        return tuple(name for name in self.target.classes if name not in given)


def describe_conversion(source: LabelSet, target: LabelSet) -> Conversion:
    """The table of a conversion.

    Raises:
        LabelError: there is no conversion between these sets; the message names the targets that exist.
    """
    if source == target:
        return Conversion(source, target, {name: name for name in source.classes}, {})
    table = _TABLES.get((source.name, target.name))
    if table is None or source != table.source or target != table.target:
        targets = [name for start, name in _TABLES if start == source.name]
        known = f"from {source.name} there is {', '.join(targets)}" if targets else "its classes cannot be taken apart"
        raise LabelError(f"there is no conversion from {source.name!r} to {target.name!r}; {known}")
    return table


def convert(
    label_map: npt.NDArray[np.uint8],
    source: LabelSet,
    target: LabelSet,
    *,
    lossy: bool = False,
    instead: Mapping[str, str] | None = None,
) -> npt.NDArray[np.uint8]:
    """The label map with the ids of another label set; `IGNORE_ID` (255) stays as it is.

    Args:
        label_map: uint8, any shape, ids of ``source``.
        source: label set of the map.
        target: label set wanted.
        lossy: accept the substitutes that `describe_conversion` lists for unsayable classes.
        instead: substitutes of the caller's own, unsayable source class -> target class; they go before those listed.

    Returns:
        A new uint8 array of the same shape.

    Raises:
        LabelError: there is no conversion between the sets, the map holds ids that ``source`` does not have, or it
            shows a class that cannot be said exactly and no substitute was accepted.
        ShapeError: the map is not uint8.
    """
    if label_map.dtype != np.uint8:
        raise ShapeError(f"label map is {label_map.dtype}; it must be uint8")
    conversion = describe_conversion(source, target)
    chosen = _chosen_substitutes(conversion, lossy=lossy, instead=instead or {})
    table = np.full(256, IGNORE_ID, np.uint8)
    is_known = np.zeros(256, bool)
    is_known[IGNORE_ID] = True
    for name, target_name in {**conversion.exact, **chosen}.items():
        table[source.id_of(name)] = target.id_of(target_name)
        is_known[source.id_of(name)] = True
    present = np.bincount(label_map.reshape(-1), minlength=256) > 0
    _refuse_unknown(np.flatnonzero(present & ~is_known), conversion)
    return table[label_map]


def _chosen_substitutes(conversion: Conversion, *, lossy: bool, instead: Mapping[str, str]) -> dict[str, str]:
    for name in instead:
        if name not in conversion.substitutes:
            raise LabelError(
                f"{conversion.source.name} -> {conversion.target.name}: {name!r} takes no substitute; "
                f"those that need one are {', '.join(conversion.unsayable) or 'none'}"
            )
    listed = {name: substitute.target for name, substitute in conversion.substitutes.items()} if lossy else {}
    return {**listed, **instead}


def _refuse_unknown(refused_ids: npt.NDArray[np.intp], conversion: Conversion) -> None:
    source, target = conversion.source, conversion.target
    beyond = [int(class_id) for class_id in refused_ids if class_id >= len(source)]
    if beyond:
        raise LabelError(
            f"label map holds id {', '.join(map(str, beyond))}; {source.name} has 0 to {len(source) - 1} "
            f"(and {IGNORE_ID} = ignore). Was it written with another label set?"
        )
    if refused_ids.size:
        unsaid = [
            f"{name} ({conversion.substitutes[name].reason}; substitute: {conversion.substitutes[name].target})"
            for name in (source.classes[class_id] for class_id in refused_ids)
        ]
        raise LabelError(
            f"{target.name} cannot say exactly what {source.name} calls {'; '.join(unsaid)}. "
            "Pass lossy=True to accept the substitutes, or instead={...} to choose your own"
        )


_COAT_WITHIN = "ATR's upper-clothes hold coats too"
_NECK_WITHIN = "ATR's face holds the neck too"
_BELT_SOMEWHERE = "a belt takes the class of the garment under it, which the map does not tell"
_NO_SIDE = "there is no such class, and which side of the body it covers is not known"
_NO_TORSO_SKIN = "neck and chest skin has no class there; such maps leave it background"
_NO_JUMPSUITS = "there is no class for a one-piece garment with legs"
_CHEST_TOO = "it is neck and chest skin together"

_NOT_IN_ATR = {"glove": Substitute("background", _NO_SIDE), "socks": Substitute("background", _NO_SIDE)}


def _table(
    source: LabelSet, target: LabelSet, *, renamed: Mapping[str, str], substitutes: Mapping[str, Substitute]
) -> Conversion:
    """Classes of the same name are taken to be the same, unless ``renamed`` or ``substitutes`` says otherwise."""
    exact = {name: renamed.get(name, name) for name in source.classes if name not in substitutes}
    for name in (*exact.values(), *(substitute.target for substitute in substitutes.values())):
        target.id_of(name)
    return Conversion(source, target, exact, dict(substitutes))


_ACGPN_GROUPS = {
    "hat": "hair",
    "sunglasses": "face",
    "dress": "upper-clothes",
    "coat": "upper-clothes",
    "pants": "bottom",
    "skirt": "bottom",
    "glove": "noise",
    "socks": "noise",
    "jumpsuits": "noise",
    "scarf": "noise",
}
_VITON_HD_GROUPS = {
    "torso-skin": "background",
    "hat": "hair",
    "sunglasses": "face",
    "upper-clothes": "upper",
    "dress": "upper",
    "coat": "upper",
    "pants": "bottom",
    "skirt": "bottom",
    "glove": "noise",
    "scarf": "noise",
}
# Neither set draws bags: they lie over the background.
_BAG = {"bag": "background"}

_ALL = (
    _table(CIHP, LIP, renamed={}, substitutes={"torso-skin": Substitute("background", _NO_TORSO_SKIN)}),
    _table(
        CIHP,
        ATR,
        renamed={"coat": "upper-clothes"},
        substitutes={
            **_NOT_IN_ATR,
            "torso-skin": Substitute("face", f"{_CHEST_TOO}; ATR counts the neck alone as face"),
        },
    ),
    _table(
        CIHP,
        ATR_NECK,
        renamed={"coat": "upper-clothes"},
        substitutes={**_NOT_IN_ATR, "torso-skin": Substitute("neck", _CHEST_TOO)},
    ),
    _table(CIHP, ACGPN, renamed=_ACGPN_GROUPS, substitutes={"torso-skin": Substitute("background", _NO_TORSO_SKIN)}),
    _table(CIHP, VITON_HD, renamed=_VITON_HD_GROUPS, substitutes={}),
    _table(LIP, CIHP, renamed={}, substitutes={"jumpsuits": Substitute("dress", _NO_JUMPSUITS)}),
    *(
        _table(
            LIP,
            target,
            renamed={"coat": "upper-clothes"},
            substitutes={**_NOT_IN_ATR, "jumpsuits": Substitute("dress", _NO_JUMPSUITS)},
        )
        for target in (ATR, ATR_NECK)
    ),
    _table(LIP, ACGPN, renamed=_ACGPN_GROUPS, substitutes={}),
    # Read as CIHP, LIP's id 10 would vanish into the background with the torso skin.
    _table(
        LIP,
        VITON_HD,
        renamed=_VITON_HD_GROUPS,
        substitutes={"jumpsuits": Substitute("upper", f"{_NO_JUMPSUITS}; it covers upper and bottom")},
    ),
    *(
        _table(
            ATR,
            target,
            renamed=_BAG,
            substitutes={
                "upper-clothes": Substitute("upper-clothes", _COAT_WITHIN),
                "belt": Substitute("pants", _BELT_SOMEWHERE),
                "face": Substitute("face", _NECK_WITHIN),
            },
        )
        for target in (CIHP, LIP)
    ),
    _table(ATR, ATR_NECK, renamed={}, substitutes={"face": Substitute("face", _NECK_WITHIN)}),
    _table(
        ATR,
        ACGPN,
        renamed={**_ACGPN_GROUPS, **_BAG},
        substitutes={"belt": Substitute("bottom", _BELT_SOMEWHERE), "face": Substitute("face", _NECK_WITHIN)},
    ),
    _table(
        ATR,
        VITON_HD,
        renamed={**_VITON_HD_GROUPS, **_BAG},
        substitutes={"belt": Substitute("bottom", _BELT_SOMEWHERE), "face": Substitute("face", _NECK_WITHIN)},
    ),
    _table(
        ATR_NECK,
        CIHP,
        renamed={**_BAG, "neck": "torso-skin"},
        substitutes={
            "upper-clothes": Substitute("upper-clothes", _COAT_WITHIN),
            "belt": Substitute("pants", _BELT_SOMEWHERE),
        },
    ),
    _table(
        ATR_NECK,
        LIP,
        renamed=_BAG,
        substitutes={
            "upper-clothes": Substitute("upper-clothes", _COAT_WITHIN),
            "belt": Substitute("pants", _BELT_SOMEWHERE),
            "neck": Substitute("background", _NO_TORSO_SKIN),
        },
    ),
    _table(ATR_NECK, ATR, renamed={"neck": "face"}, substitutes={}),
    _table(
        ATR_NECK,
        ACGPN,
        renamed={**_ACGPN_GROUPS, **_BAG},
        substitutes={
            "belt": Substitute("bottom", _BELT_SOMEWHERE),
            "neck": Substitute("background", _NO_TORSO_SKIN),
        },
    ),
    # The neck is torso skin, and torso skin is background by VITON-HD's own rule.
    _table(
        ATR_NECK,
        VITON_HD,
        renamed={**_VITON_HD_GROUPS, **_BAG, "neck": "background"},
        substitutes={"belt": Substitute("bottom", _BELT_SOMEWHERE)},
    ),
)

_TABLES: Mapping[tuple[str, str], Conversion] = {(table.source.name, table.target.name): table for table in _ALL}
