"""Which processes are actors of the cluster."""

from __future__ import annotations


def pids_of_actors(name: str) -> list[int]:
    """Process ids of the living actors whose class is named so."""
    # Ray's public way asks its dashboard, which is not there.
    from ray._private.state import actors

    return [
        actor["Pid"] for actor in actors().values() if actor["State"] == "ALIVE" and name in actor["ActorClassName"]
    ]
