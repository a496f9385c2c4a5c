"""Label map, person map and detail map as lossless PNG."""

from fittingroom.errors import OutputError
from fittingroom.imaging.writing import encode_indexed_png, encode_png16
from fittingroom.labels import DETAIL_PALETTE, INDEX_PALETTE
from fittingroom.results import ParseResult


def label_png(result: ParseResult) -> bytes:
    """The label map as a palette PNG (mode P): the index is the class id, the colour is for display only."""
    return encode_indexed_png(result.label_map, INDEX_PALETTE)


def instance_png(result: ParseResult) -> bytes:
    """The person map as a gray PNG of 16 bits: 0 is nobody, people count from 1."""
    return encode_png16(result.person_map)


def detail_png(result: ParseResult) -> bytes:
    """The detail map as a palette PNG (mode P): the index is the id in `fittingroom.labels.DETAILS`.

    Raises:
        OutputError: the photo was not parsed for details.
    """
    if result.detail_map is None:
        raise OutputError("the result has no details; parse with schema='fine'")
    return encode_indexed_png(result.detail_map, DETAIL_PALETTE)
