"""Photos in, pictures out: any allowed file becomes upright sRGB pixels, and results become files."""

from fittingroom.imaging.reading import Photo, PhotoSource, ReadLimits, read_photo
from fittingroom.imaging.writing import (
    encode_indexed_png,
    encode_jpeg,
    encode_png,
    encode_png16,
    write_bytes_atomically,
)

__all__ = [
    "Photo",
    "PhotoSource",
    "ReadLimits",
    "encode_indexed_png",
    "encode_jpeg",
    "encode_png",
    "encode_png16",
    "read_photo",
    "write_bytes_atomically",
]
