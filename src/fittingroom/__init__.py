"""Person parsing for virtual try-on: for everybody in a photo, the pixel masks of hair, face, clothes, limbs and shoes.

    import fittingroom

    result = fittingroom.parse("photo.jpg")
    result.people[0].parts["hair"].mask

Everything else is in the packages below: imaging, labels, export, engine.
"""

from fittingroom.parser import Parser, parse
from fittingroom.results import ParseResult, Part, Person

__all__ = ["ParseResult", "Parser", "Part", "Person", "parse"]
