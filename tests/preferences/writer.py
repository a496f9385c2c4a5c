"""A process that writes until it is done or killed: python writer.py URL PROFILE COUNT [LARGEST_FILE_BYTES].

It prints the id of each event after the store has acknowledged it, or the error that ended it.
"""

from __future__ import annotations

import sys

from fittingroom.errors import PreferencesError
from fittingroom.preferences.records import ProfileKey, TryOn
from fittingroom.preferences.store import Store


def main(url: str, profile: str, count: str, largest_file_bytes: str = "") -> None:
    if largest_file_bytes:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (int(largest_file_bytes),) * 2)
    with Store.open(url, is_migrating=False) as store:
        print("ready", flush=True)
        try:
            for i in range(int(count)):
                outcome = "kept" if i % 2 else "tried"
                (event_id,) = store.record(ProfileKey(profile), [TryOn(f"item-{i % 3}", "hat", outcome)])
                print(event_id, flush=True)
        except PreferencesError as error:
            print(f"{type(error).__name__}: {error}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
