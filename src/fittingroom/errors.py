"""Every exception that fittingroom raises on purpose.

::

    FittingroomError
     |- PhotoError              a photo cannot be used
     |   |- PhotoFormatError    not a format that is allowed, or a frame rule is broken
     |   |- PhotoTooLargeError  more bytes or more pixels than the limits allow
     |   |- PhotoDamagedError   empty, truncated or undecodable
     |   `- PhotoNotFoundError  missing, unreadable, or a folder
     |- ShapeError              an array has the wrong shape or dtype (also a ValueError)
     |- LabelError              an unknown class or label set, an impossible conversion (also a ValueError)
     |- ModelError              a model file is missing, unreadable, altered or made for other classes
     |- OutputError             a result cannot be written: no space, no permission, unknown format name
     |- ConfigError             a setting is unknown or out of range
     `- MissingExtraError       an optional dependency is not installed; the message names the pip extra

Errors of other libraries are translated where they appear and kept as ``__cause__``. A message says what was got,
what was expected and what to do.
"""


class FittingroomError(Exception):
    """Base of all errors below: catch this one to catch them all."""


class PhotoError(FittingroomError):
    """A photo cannot be used."""


class PhotoFormatError(PhotoError):
    """The bytes are not a photo of an allowed format, or break the frame rule."""


class PhotoTooLargeError(PhotoError):
    """The photo has more bytes or more pixels than the limits allow."""


class PhotoDamagedError(PhotoError):
    """The photo is empty, truncated or cannot be decoded."""


class PhotoNotFoundError(PhotoError):
    """There is no readable file at the path."""


class ShapeError(FittingroomError, ValueError):
    """An array has the wrong shape or dtype."""


class LabelError(FittingroomError, ValueError):
    """A class or a label set is unknown, or labels cannot be converted."""


class ModelError(FittingroomError):
    """A model file is missing, unreadable, altered, or made for other classes."""


class OutputError(FittingroomError):
    """A result cannot be written."""


class ConfigError(FittingroomError):
    """A setting is unknown or out of range."""


class MissingExtraError(FittingroomError):
    """An optional dependency is not installed."""
