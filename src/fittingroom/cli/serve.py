"""``fittingroom serve``: the page and the API on a port of this machine."""

from __future__ import annotations

import signal
import sys
import threading
from dataclasses import fields
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fittingroom.cli.extras import needs_preferences_extra
from fittingroom.errors import MissingExtraError
from fittingroom.service.settings import ServiceSettings, read_settings

if TYPE_CHECKING:
    from fittingroom.service.models import Models
    from fittingroom.service.server import Server


def serve(
    config: Path | None,
    make_key: str | None,
    ray_address: str | None,
    min_replicas: int,
    max_replicas: int,
    replica_cpus: float,
    **flags: str | None,
) -> None:
    """Serve the page and the API, at http://127.0.0.1:5000 unless told otherwise.

    Each setting can also be a variable FITTINGROOM_<NAME>, or a line of the file that --config names (TOML). Flags go
    first, then variables, then the file. Ctrl-C or SIGTERM stops the service when it has finished what it accepted.
    """
    needs_service_extra()
    if make_key is not None:
        show_new_key(make_key)
        return
    settings = read_settings({name: text for name, text in flags.items() if text is not None}, file=config)
    if ray_address is not None:
        serve_on_ray(settings, ray_address, min_replicas=min_replicas, max_replicas=max_replicas, cpus=replica_cpus)
        return

    from fittingroom.service.app import BuildBlueprint, create_app
    from fittingroom.service.logs import log_event, set_up_logging
    from fittingroom.service.models import bundled_models
    from fittingroom.service.server import Server
    from fittingroom.service.tryon_api import tryon_blueprint

    further: list[BuildBlueprint] = [tryon_blueprint]
    if settings.preferences:
        needs_preferences_extra()
        from fittingroom.service.preferences_api import preferences_blueprint

        further.append(preferences_blueprint)
    set_up_logging(settings.log)
    models = bundled_models(settings)
    server = Server(create_app(settings, models, further=further), settings)
    server.stop_on_signals()
    log_event("settings", settings.shown())
    if not settings.is_loopback and not settings.api_keys:
        log_event("open to everybody who reaches this machine: no API keys are set", {})
    click.echo(f"fittingroom is at {server.url}  (Ctrl-C stops it)")
    # Threads that compute would otherwise keep the one that answers waiting for 5 ms each time.
    sys.setswitchinterval(0.001)
    loading = threading.Thread(target=load_models, args=(models, server), name="load-models", daemon=True)
    loading.start()
    server.run()
    # A process that ends while a network is being loaded in another thread may end badly.
    loading.join(settings.shutdown_s)
    if models.failure is not None:
        raise models.failure


def serve_on_ray(settings: ServiceSettings, address: str, *, min_replicas: int, max_replicas: int, cpus: float) -> None:
    """Serve from replicas on a Ray cluster until Ctrl-C or SIGTERM.

    Raises:
        MissingExtraError: Ray is not installed.
        WorkerError: no cluster answers at the address.
    """
    from fittingroom.distributed.serving import served_on_ray
    from fittingroom.distributed.settings import ClusterSettings

    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    cluster = ClusterSettings(min_replicas=min_replicas, max_replicas=max(min_replicas, max_replicas), cpus=cpus)
    with served_on_ray(settings, cluster, address=address) as url:
        click.echo(f"fittingroom is at {url}  (Ctrl-C stops it)")
        ended.wait()


def load_models(models: Models, server: Server) -> None:
    """Load the models while the page is served already; a service without models ends."""
    from fittingroom.service.logs import log_event

    models.load_all()
    if models.failure is not None:
        server.stop()
    else:
        log_event("ready", {"models": list(models.names)})


def needs_service_extra() -> None:
    """
    Raises:
        MissingExtraError: the web framework or the server is not installed.
    """
    missing = [name for name in ("apiflask", "waitress", "prometheus_client") if find_spec(name) is None]
    if missing:
        raise MissingExtraError(
            f"serving needs {', '.join(missing)}, which is not installed; pip install 'fittingroom[service]'"
        )


def show_new_key(name: str) -> None:
    """Print a new API key and what to put into the settings, which is all that may be stored."""
    from fittingroom.service.access import hash_key, make_key

    key = make_key()
    click.echo(f"Key of {name}, shown this once: {key}")
    click.echo(f'For the settings: api_keys = ["{name}:{hash_key(key)}"]')


def option_of(name: str, default: object, help_text: str) -> click.Option:
    """The flag of one setting. It is text here: `read_settings` reads all sources alike."""
    shown = ",".join(default) if isinstance(default, tuple) else str(default)
    text = f"{help_text} [default: {shown}]" if shown else help_text
    kind = "A,B,..." if isinstance(default, tuple) else "N" if isinstance(default, (int, float)) else "TEXT"
    return click.Option([f"--{name.replace('_', '-')}"], metavar=kind, help=text)


command = click.Command(
    "serve",
    callback=serve,
    help=serve.__doc__,
    params=[
        click.Option(
            ["--config"], type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Settings as TOML."
        ),
        click.Option(["--make-key"], metavar="NAME", help="Print a new API key and its hash, and end."),
        click.Option(
            ["--ray", "ray_address"],
            is_flag=False,
            flag_value="local",
            metavar="[ADDRESS]",
            help="From replicas on the Ray cluster at ADDRESS (auto: this machine's); alone: on one started here.",
        ),
        click.Option(
            ["--min-replicas"],
            type=click.IntRange(min=1),
            default=1,
            metavar="N",
            help="With --ray: replicas that are always there. [default: 1]",
        ),
        click.Option(
            ["--max-replicas"],
            type=click.IntRange(min=1),
            default=4,
            metavar="N",
            help="With --ray: replicas when many ask. [default: 4]",
        ),
        click.Option(
            ["--replica-cpus"],
            type=click.FloatRange(min=0),
            default=1.0,
            metavar="N",
            help="With --ray: cores of a replica. [default: 1]",
        ),
        *(option_of(entry.name, entry.default, entry.metadata["help"]) for entry in fields(ServiceSettings)),
    ],
)
