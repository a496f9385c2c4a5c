"""Fetching from a hub that runs in the test: it lists two files, and may break off, lie or fall silent."""

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from fittingroom.errors import ModelError, OutputError
from fittingroom.m2fp.hub import HUB_MODELS, fetch, find_hub_model

MODEL = HUB_MODELS["m2fp-r101"]
CONTENT = {"configuration.json": b"{}", "pytorch_model.pt": bytes(range(256)) * 40}


class Hub(ThreadingHTTPServer):
    """`breaks_after`: bytes of the weights after which the connection ends. `ranges`: what was asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.content = dict(CONTENT)
        self.listing: bytes | None = None
        self.breaks_after: int | None = None
        self.knows_ranges = True
        self.ranges: list[str | None] = []


class Answer(BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        asked = parse_qs(url.query)
        root = f"/api/v1/models/{MODEL.hub_id}/repo"
        if url.path not in (root, f"{root}/files") or asked["Revision"] != [MODEL.revision]:
            self.send_error(404)
        elif url.path.endswith("/files"):
            files = [
                {"Path": name, "Size": len(CONTENT[name]), "Sha256": hashlib.sha256(CONTENT[name]).hexdigest()}
                for name in CONTENT
            ]
            self._send(200, self.server.listing or json.dumps({"Data": {"Files": files}}).encode())
        else:
            content = self.server.content[asked["FilePath"][0]]
            wanted = self.headers["Range"]
            self.server.ranges.append(wanted)
            start = int(wanted[6:-1]) if wanted and self.server.knows_ranges else 0
            self._send(206 if start else 200, content[start:])

    def _send(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: self.server.breaks_after])

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    with Hub() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setenv("FITTINGROOM_HUB", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("FITTINGROOM_HOME", str(tmp_path))
        monkeypatch.delenv("FITTINGROOM_OFFLINE", raising=False)
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        yield server
        server.shutdown()
        thread.join()


def fetched(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_both_files_arrive_whole_and_progress_is_told(hub: Hub) -> None:
    told: list[tuple[str, int, int]] = []
    folder = fetch(MODEL, progress=lambda *step: told.append(step))
    assert fetched(folder) == CONTENT
    assert told[-1] == ("pytorch_model.pt", 10240, 10240)


def test_what_is_there_and_whole_is_not_fetched_again(hub: Hub) -> None:
    fetch(MODEL)
    hub.ranges.clear()
    fetch(MODEL)
    assert hub.ranges == []


def test_an_interrupted_download_goes_on_where_it_stopped(hub: Hub) -> None:
    hub.breaks_after = 4096
    hub.listing = listing_of_weights_last()
    with pytest.raises(ModelError, match=r"cannot be fetched .*What has come so far is kept"):
        fetch(MODEL)
    assert (MODEL.folder / "pytorch_model.pt.part").stat().st_size == 4096
    assert not (MODEL.folder / "pytorch_model.pt").exists()
    hub.breaks_after = None
    assert fetched(fetch(MODEL)) == CONTENT
    assert hub.ranges[-1] == "bytes=4096-"


def test_a_server_that_knows_no_ranges_begins_anew(hub: Hub) -> None:
    MODEL.folder.mkdir(parents=True)
    (MODEL.folder / "pytorch_model.pt.part").write_bytes(b"x" * 100)
    hub.knows_ranges = False
    assert fetched(fetch(MODEL)) == CONTENT


def test_a_file_with_another_hash_is_thrown_away(hub: Hub) -> None:
    hub.content["pytorch_model.pt"] = b"?" * 10240
    with pytest.raises(ModelError, match=r"sha256 .*the hub lists .*thrown away.*To do it by hand"):
        fetch(MODEL)
    assert fetched(MODEL.folder) == {"configuration.json": b"{}"}


def test_a_listing_of_another_form_is_no_traceback(hub: Hub) -> None:
    hub.listing = b"<html>sorry</html>"
    with pytest.raises(ModelError, match=r"does not list configuration\.json and pytorch_model\.pt"):
        fetch(MODEL)


def test_a_hub_that_is_down_says_which_files_to_put_where(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FITTINGROOM_HUB", "http://127.0.0.1:9")  # nobody listens there
    with pytest.raises(ModelError) as caught:
        fetch(MODEL)
    message = str(caught.value)
    for needed in (
        "configuration.json",
        "pytorch_model.pt",
        MODEL.hub_id,
        "v1.0.1",
        str(MODEL.folder),
        "models import",
    ):
        assert needed in message


def test_offline_nothing_is_asked_of_the_network(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FITTINGROOM_OFFLINE", "1")
    with pytest.raises(ModelError, match=r"FITTINGROOM_OFFLINE is set.*To do it by hand"):
        fetch(MODEL)
    assert hub.ranges == []


def test_too_little_room_is_said_before_anything_is_fetched(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage:
        free = 1

    monkeypatch.setattr("fittingroom.m2fp.hub.shutil.disk_usage", lambda path: Usage)
    with pytest.raises(OutputError, match=r"MB are free; make room"):
        fetch(MODEL)
    assert hub.ranges == []


def test_an_unknown_name_lists_those_there_are() -> None:
    with pytest.raises(ModelError, match="no model 'm2fp' to fetch; there are m2fp-r101, m2fp-r101-single"):
        find_hub_model("m2fp")


def listing_of_weights_last() -> bytes:
    files = [
        {"Path": name, "Size": len(content), "Sha256": hashlib.sha256(content).hexdigest().upper()}
        for name, content in CONTENT.items()
    ]
    return json.dumps({"Data": {"Files": files}}).encode()
