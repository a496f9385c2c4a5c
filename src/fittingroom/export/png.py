"""Label map and person map as lossless PNG."""

from fittingroom.imaging.writing import encode_indexed_png, encode_png16
from fittingroom.labels import INDEX_PALETTE
from fittingroom.results import ParseResult


def label_png(result: ParseResult) -> bytes:
    """The label map as a palette PNG (mode P): the index is the class id, the colour is for display only."""
    return encode_indexed_png(result.label_map, INDEX_PALETTE)


def instance_png(result: ParseResult) -> bytes:
    """The person map as a gray PNG of 16 bits: 0 is nobody, people count from 1."""
    return encode_png16(result.person_map)
