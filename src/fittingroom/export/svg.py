"""Contours as SVG: a group for each person, a path for each part, along the edges of the pixels."""

from xml.sax.saxutils import quoteattr

import numpy as np

from fittingroom.export.outlines import Ring, outline_rings
from fittingroom.labels import mosaic_palette
from fittingroom.results import ParseResult, Part


def svg(result: ParseResult) -> bytes:
    """An SVG of the photo's size. Filled by the even-odd rule, as the file says, the paths are the masks exactly.

    Groups carry ``data-person`` and ``data-score``, paths ``data-label``, ``data-class-id`` and ``data-score``.
    """
    height, width = result.size_hw
    colours = mosaic_palette(result.label_set)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f"data-label-set={quoteattr(result.label_set.name)} "
        f"data-classes={quoteattr(' '.join(result.label_set.classes))}>"
    ]
    for person in result.people:
        lines.append(f'<g id="person-{person.id}" data-person="{person.id}" data-score="{person.score:.4f}">')
        for part in person.parts.values():
            red, green, blue = colours[part.class_id].tolist()
            lines.append(
                f"<path id={quoteattr(f'person-{person.id}-{part.label}')} data-label={quoteattr(part.label)} "
                f'data-class-id="{part.class_id}" data-score="{part.score:.4f}" '
                f'fill="#{red:02x}{green:02x}{blue:02x}" fill-rule="evenodd" d="{path_data(part)}"/>'
            )
        lines.append("</g>")
    lines.append("</svg>\n")
    return "\n".join(lines).encode()


def path_data(part: Part) -> str:
    """SVG's path of the part's outlines: M, then H and V by turns, Z."""
    corner = np.array(part.box_xyxy[:2], np.int32)
    return "".join(_ring_data(ring + corner) for ring in outline_rings(part.crop_mask))


def _ring_data(ring: Ring) -> str:
    (x, y), rest = ring[0].tolist(), ring[1:].tolist()
    turns = "".join(f"H{x}" if number % 2 == 0 else f"V{y}" for number, (x, y) in enumerate(rest))
    return f"M{x} {y}{turns}Z"
