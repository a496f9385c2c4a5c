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
     |- ItemError               a wearable item or an outfit is missing, damaged or not understood (also a ValueError)
     |- PlacementError          an item cannot be worn: the photo shows too little of the person
     |- ConfigError             a setting is unknown or out of range
     |- ServiceError            the service does not take a request or does not finish it
     |   |- QueueFullError      more photos wait than it takes
     |   |- NotReadyError       its models are still being loaded, or cannot be
     |   |- DeadlineError       the result did not come in time
     |   `- ClientLeftError     nobody waits for the result any more
     |- WorkerError             processes or machines that should do the work do not begin, or cannot be reached
     |- PreferencesError        the store of preferences does not do what was asked
     |   |- NoProfileError      there is no such profile, event or look
     |   |- ConsentError        the profile does not allow it
     |   |- StoreFullError      the disk or the database has no space left
     |   |- StoreReadOnlyError  the database can be read and not written
     |   |- StoreBusyError      another process holds the database for too long
     |   |- StoreVersionError   its tables are those of another version
     |   `- StoreUnusableError  it cannot be opened or reached, is damaged, or is no database
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


class ItemError(FittingroomError, ValueError):
    """A wearable item or an outfit is missing, damaged or not understood."""


class PlacementError(FittingroomError):
    """An item cannot be worn, because the photo shows too little of the person."""


class ConfigError(FittingroomError):
    """A setting is unknown or out of range."""


class ServiceError(FittingroomError):
    """The service does not take a request or does not finish it."""


class QueueFullError(ServiceError):
    """More photos wait than the service takes; ``retry_after_s`` says when it may be worth trying again."""

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class NotReadyError(ServiceError):
    """The models are still being loaded, or cannot be."""


class DeadlineError(ServiceError):
    """The result did not come in time."""


class ClientLeftError(ServiceError):
    """Nobody waits for the result any more."""


class PreferencesError(FittingroomError):
    """The store of preferences does not do what was asked."""


class NoProfileError(PreferencesError):
    """There is no such profile, or it has no such event or look."""


class ConsentError(PreferencesError):
    """The profile does not allow it."""


class StoreFullError(PreferencesError):
    """The disk or the database has no space left; what was to be written was not."""


class StoreReadOnlyError(PreferencesError):
    """The database can be read and not written."""


class StoreBusyError(PreferencesError):
    """Another process has held the database for too long; what was to be written was not."""


class StoreVersionError(PreferencesError):
    """The database's tables are those of another version."""


class StoreUnusableError(PreferencesError):
    """The database cannot be opened or reached, is damaged, or is none."""


class WorkerError(FittingroomError):
    """Processes or machines that should do the work do not begin, or cannot be reached."""


class MissingExtraError(FittingroomError):
    """An optional dependency is not installed."""
