"""The points of the body that OpenPose tells apart, in its two orders.

Source: OpenPose (Cao et al., TPAMI 2021), output formats ``BODY_25`` and ``COCO``. "Left" is the person's own.
"""

BODY_25: tuple[str, ...] = (
    "nose",
    "neck",
    "right-shoulder",
    "right-elbow",
    "right-wrist",
    "left-shoulder",
    "left-elbow",
    "left-wrist",
    "mid-hip",
    "right-hip",
    "right-knee",
    "right-ankle",
    "left-hip",
    "left-knee",
    "left-ankle",
    "right-eye",
    "left-eye",
    "right-ear",
    "left-ear",
    "left-big-toe",
    "left-small-toe",
    "left-heel",
    "right-big-toe",
    "right-small-toe",
    "right-heel",
)
"""Names of the points of ``Person.body_points``; the index is the row."""

COCO_18: tuple[str, ...] = tuple(
    # BODY_25 without the middle of the hips and the feet: every point from the hips on moves up by one.
    name
    for name in BODY_25
    if name != "mid-hip" and not name.endswith(("-toe", "-heel"))
)
"""Names in the older order; readers that expect one and get the other find knees where they look for hips."""

COCO_18_IN_BODY_25: tuple[int, ...] = tuple(BODY_25.index(name) for name in COCO_18)
"""Row in BODY_25 of each point of COCO-18."""

BODY_25_FLIP_PAIRS: tuple[tuple[int, int], ...] = tuple(
    (index, BODY_25.index(name.replace("left-", "right-")))
    for index, name in enumerate(BODY_25)
    if name.startswith("left-")
)
"""Rows ``(left, right)`` that change places when a picture is mirrored."""
