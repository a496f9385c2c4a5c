"""Parsed photos in the forms of other tools: written, read back, and turned from one into another."""

from fittingroom.interchange.annotated import AnnotatedPhoto, Reading
from fittingroom.interchange.formats import FORMATS, Format, detect_format, find_format, read_dataset, write_dataset

__all__ = [
    "FORMATS",
    "AnnotatedPhoto",
    "Format",
    "Reading",
    "detect_format",
    "find_format",
    "read_dataset",
    "write_dataset",
]
