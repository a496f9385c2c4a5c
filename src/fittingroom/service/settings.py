"""What can be set about the service, and where it is read: flags, then the environment, then one file."""

from __future__ import annotations

import ipaddress
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from fittingroom.errors import ConfigError

ENVIRONMENT_PREFIX = "FITTINGROOM_"
_MIB = 2**20
_PASSWORD = re.compile(r"(://[^/@:]*:)[^/]*@")
Value = TypeVar("Value")


def setting(default: Value, help_text: str) -> Value:
    """A field of `ServiceSettings`: its flag is named after it and shows this help."""
    described: Value = field(default=default, metadata={"help": help_text})
    return described


@dataclass(frozen=True)
class ServiceSettings:
    """Everything that can be set; each field is a flag, a variable FITTINGROOM_<NAME> and a key of the file.

    Raises:
        ConfigError: a value is out of its range, or two do not go together.
    """

    host: str = setting("127.0.0.1", "Address to listen on; 0.0.0.0 means every network of this machine.")
    port: int = setting(5000, "Port to listen on; 0 takes a free one.")
    models: tuple[str, ...] = setting(("default", "fast"), "Presets or model folders; the first is used by default.")
    threads: int = setting(0, "Threads of the network; 0 means one for each core, at most 4.")
    workers: int = setting(2, "Photos worked on at the same time.")
    max_batch: int = setting(1, "Pictures that one run of the network may hold; 1 means no batches.")
    queue_size: int = setting(32, "Photos that may wait, those worked on included; more are answered 503.")
    deadline_s: float = setting(30.0, "Seconds in which a request is answered; after that 504.")
    receive_timeout_s: float = setting(60.0, "Seconds in which a request must have arrived.")
    shutdown_s: float = setting(30.0, "Seconds to finish what was accepted when the service is stopped.")
    connections: int = setting(256, "Connections open at the same time.")
    max_body_bytes: int = setting(128 * _MIB, "Bytes of a request.")
    max_photo_bytes: int = setting(32 * _MIB, "Bytes of one photo.")
    max_pixels: int = setting(40_000_000, "Pixels of one photo (width x height).")
    max_photos: int = setting(16, "Photos in one request that waits for its answer.")
    max_job_photos: int = setting(500, "Photos in one job.")
    max_jobs_bytes: int = setting(512 * _MIB, "Bytes of all jobs together, photos and results; more are answered 503.")
    max_streams: int = setting(8, "Jobs watched by server-sent events at the same time.")
    retention_s: int = setting(
        0, "Seconds that results of jobs are kept; 0 means until they are fetched, and no longer than 10 minutes."
    )
    rate_limit: int = setting(0, "Requests a minute for each API key (without keys: each address); 0 means no limit.")
    api_keys: tuple[str, ...] = setting((), "NAME:SHA256 of each API key (see --make-key); none means no keys.")
    cors_origins: tuple[str, ...] = setting((), "Origins whose pages may call the API, as in https://shop.example.")
    allowed_hosts: tuple[str, ...] = setting(
        (), "Names by which the service may be called; by default any, on loopback only those of this machine."
    )
    trusted_proxy: str = setting("", "Address of a reverse proxy whose X-Forwarded headers are believed.")
    log: str = setting("json", "Form of the log: json or text.")
    preferences: str = setting(
        "", "Where profiles are kept: a file, or postgresql://USER@HOST/NAME. Without it there are none."
    )
    preferences_retention_days: int = setting(
        365, "Days that profiles' events are kept, and profiles that are not used."
    )

    def __post_init__(self) -> None:
        lowest = {"port": 0, "threads": 0, "retention_s": 0, "rate_limit": 0}
        for entry in fields(self):
            value = getattr(self, entry.name)
            if isinstance(value, (int, float)) and value < lowest.get(entry.name, 1):
                raise ConfigError(f"{entry.name} is {value}; it must be at least {lowest.get(entry.name, 1)}")
        if self.port > 65535:
            raise ConfigError(f"port is {self.port}; it must be at most 65535")
        if not self.models:
            raise ConfigError("models is empty; name at least one preset or model folder")
        if self.max_photos > self.queue_size:
            raise ConfigError(
                f"max_photos is {self.max_photos}, queue_size {self.queue_size}: such a request would never be taken; "
                "raise queue_size or lower max_photos"
            )
        if self.log not in ("json", "text"):
            raise ConfigError(f"log is {self.log!r}; it must be json or text")
        for key in self.api_keys:
            name, _, digest = key.rpartition(":")
            if not name or len(digest) != 64 or set(digest) - set("0123456789abcdef"):
                raise ConfigError(
                    f"an API key begins with {key[:8]!r}; expected NAME:SHA256 as `fittingroom serve --make-key NAME` "
                    "prints it, never the key itself"
                )

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the service."""
        try:
            return self.host == "localhost" or ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def shown(self) -> dict[str, object]:
        """Every setting as it may be printed: of the API keys only their names, of addresses no password."""
        values = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        return values | {
            "api_keys": [key.rpartition(":")[0] for key in self.api_keys],
            "preferences": _PASSWORD.sub(r"\1***@", self.preferences),
        }


def read_settings(
    flags: Mapping[str, str], *, environ: Mapping[str, str] = os.environ, file: Path | None = None
) -> ServiceSettings:
    """Put settings together.

    Args:
        flags: text by field name, only what was given on the command line. Lists are parted by commas.
        environ: where FITTINGROOM_<NAME> is looked for. FITTINGROOM_CONFIG names the file, if `file` is None.
        file: TOML with field names as keys.

    Raises:
        ConfigError: a name is unknown, a value is not of its kind or out of range, or the file cannot be read.
    """
    types = get_type_hints(ServiceSettings)
    path = file or (Path(environ["FITTINGROOM_CONFIG"]) if environ.get("FITTINGROOM_CONFIG") else None)
    values: dict[str, Any] = _read_file(path, types) if path else {}
    for name, kind in types.items():
        text = flags.get(name, environ.get(ENVIRONMENT_PREFIX + name.upper()))
        if text is not None:
            values[name] = _read_text(name, text, kind)
    return ServiceSettings(**values)


def _read_text(name: str, text: str, kind: type) -> object:
    try:
        if kind is int:
            return int(text.replace("_", ""))
        if kind is float:
            return float(text)
    except ValueError as error:
        raise ConfigError(f"{name} is {text!r}; expected a number") from error
    return text if kind is str else tuple(part.strip() for part in text.split(",") if part.strip())


def _read_file(path: Path, types: Mapping[str, type]) -> dict[str, object]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"settings file '{path}' is not readable TOML: {error}; correct it or leave it out"
        ) from error
    unknown = sorted(set(table) - set(types))
    if unknown:
        raise ConfigError(f"{path}: unknown setting {', '.join(unknown)}; known are {', '.join(types)}")
    values: dict[str, object] = {}
    for name, value in table.items():
        kind = types[name]
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if isinstance(value, list) and all(isinstance(entry, str) for entry in value):
            value = tuple(value)
        is_list = kind not in (int, float, str)
        if isinstance(value, bool) or not isinstance(value, tuple if is_list else kind):
            expected = "a list of strings" if is_list else f"a value of type {kind.__name__}"
            raise ConfigError(f"{path}: {name} is {value!r}; expected {expected}")
        values[name] = value
    return values
