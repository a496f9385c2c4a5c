from __future__ import annotations

import os
import sys
import threading
import time

import pytest

from fittingroom.bench.service import Reply, ServiceReport, by_turns, multipart, overload, rate, rss_mib, run_together


def test_the_rate_counts_all_threads() -> None:
    together = threading.Barrier(4, timeout=10)
    began_s = time.perf_counter()
    per_second = rate(together.wait, threads=4, each=2)
    assert per_second >= 8 / (time.perf_counter() - began_s)


def test_an_error_in_a_thread_is_raised() -> None:
    def fail() -> None:
        raise ValueError("as told")

    with pytest.raises(ValueError, match="as told"):
        run_together([fail, lambda: None])


def test_too_much_is_asked_whatever_becomes_of_it() -> None:
    gate = threading.Event()
    threading.Timer(0.2, gate.set).start()

    def ask_once() -> Reply:
        gate.wait(5)
        return Reply(503, 0.2)

    assert len(overload(ask_once, carried_rate=100, duration_s=0.1)) == 30


def test_turns_alternate() -> None:
    order: list[str] = []

    def there() -> Reply:
        order.append("there")
        return Reply(200, 0.1)

    here_s, replies = by_turns(2, lambda: order.append("here"), there)
    assert order == ["here", "there"] * 2
    assert len(here_s) == len(replies) == 2


def test_the_body_holds_the_photo_between_its_edges() -> None:
    body, headers = multipart(b"photo")
    edge = headers["Content-Type"].partition("boundary=")[2].encode()
    assert body.startswith(b"--" + edge)
    assert body.endswith(b"photo\r\n--" + edge + b"--\r\n")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks /proc")
def test_memory_is_that_of_the_process() -> None:
    assert 10 < rss_mib(os.getpid()) < 4000


def test_the_report_is_told_to_people_and_programs() -> None:
    report = ServiceReport(1, 2, 3, 0.5, 10, 9.5, 30, 20, 10, 0, 4, 5, 6, 100, 104)
    assert "(95%)" in report.text()
    assert "(+4.0%)" in report.text()
    assert report.as_dict()["overload_refused"] == 10
