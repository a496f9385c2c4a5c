"""What parsing a photo gives: a label map, the people in it, and the parts of each person."""

from fittingroom.results.parse_result import ParseResult
from fittingroom.results.pieces import BoxXyxy, Part, Person

__all__ = ["BoxXyxy", "ParseResult", "Part", "Person"]
