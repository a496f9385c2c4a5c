"""What each try-on generator reads: folders, names and kinds of files. The bundle writes them, the linter checks them.

Taken from the programs' own loaders: VITON-HD (Choi et al., CVPR 2021), HR-VITON (Lee et al., ECCV 2022), IDM-VTON
(Choi et al., ECCV 2024), CatVTON (Chong et al., ICLR 2025), Dress Code (Morelli et al., ECCV 2022), FASHN VTON 1.5,
OOTDiffusion (Xu et al., AAAI 2025), whose ``run_ootd.py`` reads one photo and one garment a call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from types import MappingProxyType

from fittingroom.errors import ConfigError

CATEGORIES = ("upper", "lower", "dress")
"""Categories of garments."""

SIZE_HW = (1024, 768)
"""Height and width of every picture in a bundle, in pixels."""

DRESSCODE_FOLDERS: Mapping[str, str] = MappingProxyType(
    {"upper": "upper_body", "lower": "lower_body", "dress": "dresses"}
)
FASHN_CATEGORIES: Mapping[str, str] = MappingProxyType({"upper": "tops", "lower": "bottoms", "dress": "one-pieces"})
OOTDIFFUSION_CATEGORIES: Mapping[str, int] = MappingProxyType({"upper": 0, "lower": 1, "dress": 2})


class Kind(Enum):
    """What a file is; the linter has rules for each."""

    PHOTO = "photo"
    GARMENT = "garment photo"
    GARMENT_MASK = "garment mask"
    CIHP_MAP = "label map with CIHP's ids"
    AGNOSTIC_MAP = "label map without the garment"
    ATR_MAP = "label map with ATR's ids"
    AGNOSTIC_MASK = "agnostic mask"
    AGNOSTIC_PICTURE = "agnostic picture"
    POSE = "pose, OpenPose's BODY_25"
    DRESSCODE_POSE = "pose, Dress Code's form"
    POSE_PICTURE = "drawn pose"
    DENSEPOSE = "DensePose picture"


@dataclass(frozen=True)
class FileRule:
    """One kind of file. path holds {person} or {garment}, names without extension, or {number}, the part before "_"."""

    kind: Kind
    path: str
    is_read: bool = True
    is_made: bool = True


@dataclass(frozen=True)
class Layout:
    """The folder of a program for one category.

    Attributes:
        pairs: the pairs file.
        persons, garments: files for each person and each garment.
        captions: file with words for the garments, or with the arguments of a call for each pair; empty where the
            program reads none.
        empty_pairs: pairs files that must exist, though nothing stands in them.
        has_numbered_names: names are those of Dress Code, ``000001_0.jpg`` and ``000001_1.jpg``.
        names_results_by_person: the results' names do not say which garment: a person may stand in one pair only.
        names_results_by_prefix: the results' names hold the person's name up to the first "_" alone.
        must_be_single_spaced: pairs are cut at single spaces.
        run: how the program is told to read the bundle.
    """

    pairs: str
    persons: tuple[FileRule, ...]
    garments: tuple[FileRule, ...]
    captions: str = ""
    empty_pairs: tuple[str, ...] = ()
    has_numbered_names: bool = False
    names_results_by_person: bool = False
    names_results_by_prefix: bool = False
    must_be_single_spaced: bool = False
    run: str = ""

    def rules(self, kind: Kind) -> tuple[FileRule, ...]:
        """The files of one kind."""
        return tuple(rule for rule in (*self.persons, *self.garments) if rule.kind is kind)


_OUR_MASKS = (
    FileRule(Kind.AGNOSTIC_MASK, "test/agnostic-mask/{person}_mask.png", is_read=False),
    FileRule(Kind.AGNOSTIC_PICTURE, "test/agnostic/{person}.jpg", is_read=False),
)
_READ_MASKS = (FileRule(Kind.AGNOSTIC_MASK, "test/agnostic-mask/{person}_mask.png"), _OUR_MASKS[1])
_PHOTO = FileRule(Kind.PHOTO, "test/image/{person}.jpg")
_CLOTH = FileRule(Kind.GARMENT, "test/cloth/{garment}.jpg")
_CLOTH_MASK = FileRule(Kind.GARMENT_MASK, "test/cloth-mask/{garment}.jpg")
_DENSEPOSE = FileRule(Kind.DENSEPOSE, "test/image-densepose/{person}.jpg", is_made=False)

_VITON_HD = Layout(
    pairs="test_pairs.txt",
    persons=(
        _PHOTO,
        FileRule(Kind.CIHP_MAP, "test/image-parse/{person}.png"),
        FileRule(Kind.POSE, "test/openpose-json/{person}_keypoints.json"),
        FileRule(Kind.POSE_PICTURE, "test/openpose-img/{person}_rendered.png"),
        *_OUR_MASKS,
    ),
    garments=(_CLOTH, _CLOTH_MASK),
    names_results_by_prefix=True,
    run="python test.py --dataset_dir DIR --dataset_list test_pairs.txt --name NAME",
)
_HR_VITON = Layout(
    pairs="test_pairs.txt",
    persons=(
        _PHOTO,
        FileRule(Kind.CIHP_MAP, "test/image-parse-v3/{person}.png"),
        FileRule(Kind.AGNOSTIC_MAP, "test/image-parse-agnostic-v3.2/{person}.png"),
        FileRule(Kind.POSE, "test/openpose_json/{person}_keypoints.json"),
        FileRule(Kind.POSE_PICTURE, "test/openpose_img/{person}_rendered.png"),
        _DENSEPOSE,
        # Read for unpaired tests too: the garment that the person wears.
        FileRule(Kind.GARMENT, "test/cloth/{person}.jpg"),
        FileRule(Kind.GARMENT_MASK, "test/cloth-mask/{person}.jpg"),
        *_OUR_MASKS,
    ),
    garments=(_CLOTH, _CLOTH_MASK),
    names_results_by_prefix=True,
    run="python test_generator.py --dataroot DIR --data_list test_pairs.txt --test_datasetting unpaired",
)
_IDM_VTON = Layout(
    pairs="test_pairs.txt",
    persons=(_PHOTO, *_READ_MASKS, _DENSEPOSE),
    garments=(_CLOTH, FileRule(Kind.GARMENT_MASK, "test/cloth-mask/{garment}.jpg", is_read=False)),
    captions="test/vitonhd_test_tagged.json",
    names_results_by_person=True,
    run="accelerate launch inference.py --unpaired --data_dir DIR --output_dir RESULTS",
)
_CATVTON = Layout(
    pairs="test_pairs_unpaired.txt",
    persons=(_PHOTO, *_READ_MASKS),
    garments=(_CLOTH,),
    names_results_by_person=True,
    must_be_single_spaced=True,
    run="python inference.py --dataset_name vitonhd --data_root_path DIR --output_dir OUT --width 768 --height 1024",
)


def _dresscode(category: str, program: str) -> Layout:
    folder = DRESSCODE_FOLDERS[category]
    reads_masks, reads_labels, reads_densepose = program == "catvton", program != "catvton", program == "idm-vton"
    runs = {
        "idm-vton": f"accelerate launch inference_dc.py --unpaired --category {folder} --data_dir DIR",
        "catvton": "python inference.py --dataset_name dresscode --data_root_path DIR --output_dir RESULTS",
    }
    persons: tuple[FileRule, ...] = (
        FileRule(Kind.PHOTO, f"{folder}/images/{{person}}.jpg"),
        FileRule(Kind.ATR_MAP, f"{folder}/label_maps/{{number}}_4.png", is_read=reads_labels),
        FileRule(Kind.DRESSCODE_POSE, f"{folder}/keypoints/{{number}}_2.json", is_read=reads_labels),
        FileRule(Kind.POSE_PICTURE, f"{folder}/skeletons/{{number}}_5.jpg", is_read=reads_labels),
        FileRule(Kind.AGNOSTIC_MASK, f"{folder}/agnostic_masks/{{person}}.png", is_read=reads_masks),
        FileRule(Kind.AGNOSTIC_PICTURE, f"{folder}/agnostic/{{person}}.jpg", is_read=False),
    )
    if reads_densepose:
        persons += (FileRule(Kind.DENSEPOSE, f"{folder}/image-densepose/{{person}}.jpg", is_made=False),)
    return Layout(
        pairs=f"{folder}/test_pairs_unpaired.txt",
        persons=persons,
        garments=(FileRule(Kind.GARMENT, f"{folder}/images/{{garment}}.jpg"),),
        captions=f"{folder}/dc_caption.txt" if program == "idm-vton" else "",
        empty_pairs=tuple(
            f"{other}/test_pairs_unpaired.txt" for other in DRESSCODE_FOLDERS.values() if other != folder
        ),
        has_numbered_names=True,
        names_results_by_person=True,
        must_be_single_spaced=True,
        run=runs.get(program, ""),
    )


_FASHN = Layout(
    pairs="pairs.txt",
    persons=(
        FileRule(Kind.PHOTO, "person/{person}.jpg"),
        FileRule(Kind.AGNOSTIC_MASK, "agnostic-mask/{person}_mask.png", is_read=False),
        FileRule(Kind.AGNOSTIC_PICTURE, "agnostic/{person}.jpg", is_read=False),
    ),
    garments=(FileRule(Kind.GARMENT, "garment/{garment}.jpg"),),
    captions="requests.jsonl",
    must_be_single_spaced=True,
    run="each line of requests.jsonl holds the arguments of one call",
)
# The same folder: its own networks parse the photo at 384 x 512, and its results have one name whoever is in them.
_OOTDIFFUSION = replace(
    _FASHN,
    run="in OOTDiffusion/run, for each line of requests.jsonl: python run_ootd.py with --model_path, --cloth_path, "
    "--model_type and --category; move images_output/ away after each call, the next one writes the same names",
)

PROGRAMS: Mapping[str, Mapping[str, Layout]] = MappingProxyType(
    {
        "viton-hd": {"upper": _VITON_HD},
        "hr-viton": {"upper": _HR_VITON},
        "idm-vton": {
            "upper": _IDM_VTON, "lower": _dresscode("lower", "idm-vton"), "dress": _dresscode("dress", "idm-vton")
        },
        "catvton": {
            "upper": _CATVTON, "lower": _dresscode("lower", "catvton"), "dress": _dresscode("dress", "catvton")
        },
        "dresscode": {category: _dresscode(category, "dresscode") for category in CATEGORIES},
        "fashn": dict.fromkeys(CATEGORIES, _FASHN),
        "ootdiffusion": dict.fromkeys(CATEGORIES, _OOTDIFFUSION),
    }
)  # fmt: skip
"""Program -> category -> what it reads. Categories that a program does not know are not there."""


def find_layout(program: str, category: str) -> Layout:
    """
    Raises:
        ConfigError: the program is unknown, or has nothing for garments of that category.
    """
    if program not in PROGRAMS:
        raise ConfigError(f"there is no program {program!r}; known are {', '.join(PROGRAMS)}")
    if category not in PROGRAMS[program]:
        others = [name for name, layouts in PROGRAMS.items() if category in layouts]
        raise ConfigError(
            f"{program} knows no garments of the category {category!r}, only {', '.join(PROGRAMS[program])}; "
            + (f"{', '.join(others)} do" if others else f"categories are {', '.join(CATEGORIES)}")
        )
    return PROGRAMS[program][category]


def file_path(rule: FileRule, name: str) -> str:
    """The file's path in the bundle, for a person's or garment's name without extension."""
    return rule.path.format(person=name, garment=name, number=name.partition("_")[0])
