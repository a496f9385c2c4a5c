"""What can be set about the service on a cluster, beyond what can be set about the service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from fittingroom.errors import ConfigError
from fittingroom.service.settings import ServiceSettings, read_settings


@dataclass(frozen=True)
class ClusterSettings:
    """How many replicas there may be, and what each takes.

    Attributes:
        min_replicas, max_replicas: Ray starts and stops them between these as requests come.
        target_requests: requests inside a replica at which another is started.
        cpus: cores of a replica; the threads of its network, unless the service's settings say otherwise.
        doors: processes that take requests in and hand them to replicas. They do little, so few are enough.

    Raises:
        ConfigError: a value is out of its range.
    """

    min_replicas: int = 1
    max_replicas: int = 4
    target_requests: float = 4.0
    cpus: float = 1.0
    doors: int = 1

    def __post_init__(self) -> None:
        for name in ("min_replicas", "max_replicas", "doors"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} is {getattr(self, name)}; it must be at least 1")
        if self.max_replicas < self.min_replicas:
            raise ConfigError(f"max_replicas is {self.max_replicas}; it must be at least {self.min_replicas}")
        if self.cpus <= 0 or self.target_requests <= 0:
            raise ConfigError(f"cpus is {self.cpus}, target_requests {self.target_requests}; both must be above 0")

    @classmethod
    def of(cls, values: Mapping[str, float]) -> ClusterSettings:
        """From a table of a configuration file.

        Raises:
            ConfigError: a name is unknown or a value is of another kind or out of its range.
        """
        kinds = {entry.name: type(getattr(cls, entry.name)) for entry in fields(cls)}
        unknown = sorted(set(values) - set(kinds))
        if unknown:
            raise ConfigError(f"unknown setting {', '.join(unknown)}; known are {', '.join(kinds)}")
        converted: dict[str, Any] = {}
        for name, value in values.items():
            if isinstance(value, bool) or not isinstance(value, (int, kinds[name])):
                raise ConfigError(f"{name} is {value!r}; expected a number ({kinds[name].__name__})")
            converted[name] = kinds[name](value)
        return cls(**converted)


def service_settings(values: Mapping[str, Any]) -> ServiceSettings:
    """From a table of a configuration file, or from what `service_document` gave.

    Raises:
        ConfigError: a name is unknown, or a value is out of its range.
    """
    unknown = sorted(set(values) - {entry.name for entry in fields(ServiceSettings)})
    if unknown:
        raise ConfigError(f"unknown setting {', '.join(unknown)} of the service; see `fittingroom serve --help`")
    texts = {
        name: ",".join(value) if isinstance(value, (list, tuple)) else str(value) for name, value in values.items()
    }
    return read_settings(texts, environ={})


def service_document(settings: ServiceSettings) -> dict[str, Any]:
    """Every setting, ready for JSON."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(settings).items()}
