"""One thing that is wrong: where, which rule, what was found, how to mend it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

RULES = {
    "pairs-missing": "The pairs file is there.",
    "pairs-encoding": "It is UTF-8 without a byte order mark.",
    "pairs-line": "Every line holds two names.",
    "pairs-spacing": "Names are parted by one space, for programs that cut there.",
    "pairs-empty": "There is at least one pair.",
    "results-overwrite": "No two pairs give a result of the same name.",
    "name-space": "Names hold no spaces.",
    "name-extension": "Names end in .jpg, in small letters, once.",
    "name-image": 'Persons\' names do not hold the word "image".',
    "name-form": "Dress Code's names are 000001_0.jpg and 000001_1.jpg.",
    "missing": "Every file that a pair needs is there.",
    "not-made": "What the bundle's report says cannot be made has been added.",
    "unused": "No file is there that no pair names.",
    "unreadable": "Every picture can be decoded.",
    "size": "Pictures are 768 wide and 1024 high.",
    "aspect": "Pictures have the aspect 3:4.",
    "photo-mode": "Photos are RGB with 8 bits.",
    "photo-orientation": "Photos carry no EXIF orientation: programs do not turn them.",
    "mask-mode": "Garment masks are gray with 8 bits, agnostic masks gray or RGB.",
    "mask-one-channel": "Agnostic masks have three channels for CatVTON's --repaint.",
    "mask-gray": "Masks are black and white.",
    "mask-inverted": "White is the garment, or what is painted over.",
    "mask-empty": "Masks show something, and not everything.",
    "mask-size": "Masks are as large as what they mask.",
    "map-mode": "Label maps hold ids, not colours.",
    "map-jpeg": "Label maps are PNG: JPEG changes ids.",
    "map-range": "Ids are those of the label set.",
    "map-palette": "Indices and colours of label maps agree.",
    "map-id10": "Id 10 is torso skin (CIHP), not jumpsuits (LIP).",
    "map-atr": "Ids are CIHP's, not ATR's.",
    "map-sides": "Left and right are the person's own.",
    "map-empty": "Label maps show somebody.",
    "map-agnostic": "The label map without the garment shows none.",
    "pose-json": "Pose files are OpenPose's JSON, or Dress Code's.",
    "pose-nobody": "Pose files show somebody.",
    "pose-order": "Poses have the 25 points of BODY_25.",
    "pose-scale": "Points are pixels of the picture.",
    "pose-hips": "Shoulders and hips are known, and hips are not knees.",
    "captions-missing": "The file of captions or calls is there and readable.",
    "caption-absent": "Every garment has a caption.",
    "call-absent": "Every pair has the arguments of a call.",
    "call-file": "The files that a call names are there.",
    "call-category": "Calls name the category of their garments.",
}
"""Every rule: its name, and what it wants."""


class Severity(Enum):
    """An error stops the program or spoils its results; a warning may."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        file: relative to the folder, with "/".
        rule: a name from `RULES`.
        found: what was found.
        mend: what to do.
        severity: error or warning.
        fix: mends it where that is safe; None where a person has to.
    """

    file: str
    rule: str
    found: str
    mend: str
    severity: Severity = Severity.ERROR
    fix: Callable[[], None] | None = None

    def __post_init__(self) -> None:
        assert self.rule in RULES, self.rule

    def document(self) -> dict[str, str | bool]:
        """For JSON."""
        return {
            "file": self.file,
            "rule": self.rule,
            "severity": self.severity.value,
            "found": self.found,
            "mend": self.mend,
            "can_be_fixed": self.fix is not None,
        }
