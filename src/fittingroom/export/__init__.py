"""A result as pictures and data; each format is a function from a result to an array, a dict or bytes."""

from fittingroom.export.cutouts import cut_out, cutouts
from fittingroom.export.json_document import ResultDocument, detail_maps_from_json, maps_from_json, result_json
from fittingroom.export.mosaic import mosaic
from fittingroom.export.npz import npz
from fittingroom.export.openpose import body_25_json, coco_18_json
from fittingroom.export.overlay import overlay
from fittingroom.export.png import detail_png, instance_png, label_png
from fittingroom.export.rle import Rle, decode_rle, encode_rle
from fittingroom.export.writer import FORMATS, Format, check_formats, write_result

__all__ = [
    "FORMATS",
    "Format",
    "ResultDocument",
    "Rle",
    "body_25_json",
    "check_formats",
    "coco_18_json",
    "cut_out",
    "cutouts",
    "decode_rle",
    "detail_maps_from_json",
    "detail_png",
    "encode_rle",
    "instance_png",
    "label_png",
    "maps_from_json",
    "mosaic",
    "npz",
    "overlay",
    "result_json",
    "write_result",
]
