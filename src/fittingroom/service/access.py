"""Who may call the service: API keys, rates, host names, and pages of other origins."""

from __future__ import annotations

import hashlib
import hmac
import math
import secrets
import threading
import time
from collections.abc import Callable, Sequence

from werkzeug.datastructures import Headers

from fittingroom.service.problems import Problem
from fittingroom.service.settings import ServiceSettings

KEY_PREFIX = "fr_"
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
MAX_BUCKETS = 10_000  # callers whose rate is remembered


def make_key() -> str:
    """A new API key of 192 random bits, to be shown once and never stored."""
    return KEY_PREFIX + secrets.token_urlsafe(24)


def hash_key(key: str) -> str:
    """What is stored of a key. It is random and long, so that one round of SHA-256 is enough."""
    return hashlib.sha256(key.encode()).hexdigest()


class ApiKeys:
    """The keys that are taken, "NAME:SHA256" each; without any, everybody is let in."""

    def __init__(self, entries: Sequence[str]) -> None:
        self._digests = {digest: name for name, _, digest in (entry.rpartition(":") for entry in entries)}

    def owner_of(self, headers: Headers) -> str:
        """The name of the key that a request carries; empty where no keys are asked for.

        Raises:
            Problem: the key is missing or unknown.
        """
        if not self._digests:
            return ""
        scheme, _, token = headers.get("Authorization", "").partition(" ")
        key = token.strip() if scheme.lower() == "bearer" else headers.get("X-API-Key", "")
        if not key:
            raise Problem("key-needed", "the request carries no API key")
        given = hash_key(key)
        # Every digest is compared, so that the time tells nothing.
        owners = [name for digest, name in self._digests.items() if hmac.compare_digest(digest, given)]
        if not owners:
            raise Problem("key-needed", "the API key is not known here")
        return owners[0]


class RateLimit:
    """So many requests a minute for each caller, as a bucket that fills evenly and holds one minute's worth."""

    def __init__(self, requests_per_minute: int, *, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._size, self._clock_s = requests_per_minute, clock_s
        self._buckets: dict[str, tuple[float, float]] = {}  # caller -> what is left, when that was
        self._lock = threading.Lock()

    def take(self, caller: str) -> None:
        """Count one request.

        Raises:
            Problem: the caller has none left.
        """
        if not self._size:
            return
        now_s, per_second = self._clock_s(), self._size / 60
        with self._lock:
            left, then_s = self._buckets.pop(caller, (float(self._size), now_s))
            left = min(float(self._size), left + (now_s - then_s) * per_second)
            # The caller goes to the end: the first in line has been silent for longest.
            self._buckets[caller] = (left - 1 if left >= 1 else left, now_s)
            if len(self._buckets) > MAX_BUCKETS:
                del self._buckets[next(iter(self._buckets))]
        if left < 1:
            raise Problem(
                "too-many-requests",
                f"more than {self._size} requests in a minute",
                retry_after_s=math.ceil((1 - left) / per_second),
            )


class HostNames:
    """The names by which the service lets itself be called.

    A page from elsewhere can make its own name point to this machine and then read what a service on loopback answers
    (DNS rebinding); its requests still carry that name.
    """

    def __init__(self, settings: ServiceSettings) -> None:
        names = frozenset(name.lower() for name in settings.allowed_hosts)
        if not names and settings.is_loopback:
            host = f"[{settings.host}]" if ":" in settings.host else settings.host
            names = LOOPBACK_NAMES | {host.lower()}
        self._names = names

    def check(self, host_header: str) -> None:
        """
        Raises:
            Problem: the header Host holds another name.
        """
        name = host_header.lower()
        if not name.endswith("]"):
            name = name.rpartition(":")[0] or name
        if self._names and name not in self._names:
            raise Problem(
                "wrong-host", f"called as {host_header[:100]!r}; the names here are {', '.join(sorted(self._names))}"
            )


class CrossOrigin:
    """CORS: which pages of other origins may call the API from a browser. None, unless named."""

    def __init__(self, origins: Sequence[str]) -> None:
        self._origins = frozenset(origin.rstrip("/") for origin in origins)

    def headers(self, origin: str | None, *, is_preflight: bool) -> dict[str, str]:
        """What to add to an answer; nothing where CORS is off."""
        if not self._origins:
            return {}
        headers = {"Vary": "Origin"}
        if origin is None or (origin not in self._origins and "*" not in self._origins):
            return headers
        headers["Access-Control-Allow-Origin"] = origin
        headers["Access-Control-Expose-Headers"] = "X-Request-ID, Retry-After, Location, Server-Timing"
        if is_preflight:
            headers["Access-Control-Allow-Methods"] = "GET, POST, PUT, PATCH, DELETE"
            headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type, X-API-Key, X-Profile, X-Request-ID"
            headers["Access-Control-Max-Age"] = "600"
        return headers
