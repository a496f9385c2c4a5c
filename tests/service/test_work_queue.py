from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future

import pytest

from fittingroom.errors import ClientLeftError, DeadlineError, QueueFullError
from fittingroom.service.work_queue import FOREGROUND_TURNS, WorkQueue, await_answer


@pytest.fixture
def queue() -> Iterator[WorkQueue]:
    made = WorkQueue(workers=1, capacity=3, longest_wait_s=60)
    yield made
    assert made.stop(5)


def soon() -> float:
    return time.monotonic() + 5


def stays() -> bool:
    return False


def hold(queue: WorkQueue) -> threading.Event:
    """Keep the only worker busy until the event is set."""
    begun, gate = threading.Event(), threading.Event()

    def wait() -> None:
        begun.set()
        gate.wait(5)

    queue.submit(wait)
    assert begun.wait(5)
    return gate


def test_work_is_answered(queue: WorkQueue) -> None:
    assert await_answer(queue.submit(lambda: 6 * 7), deadline_s=soon(), has_left=stays) == 42


@pytest.mark.parametrize("error", [ValueError, TimeoutError])
def test_what_the_work_raises_is_raised(queue: WorkQueue, error: type[Exception]) -> None:
    def fail() -> None:
        raise error("as told")

    with pytest.raises(error, match="as told"):
        await_answer(queue.submit(fail), deadline_s=soon(), has_left=stays)


def test_an_answer_that_comes_just_when_the_wait_ends_is_taken() -> None:
    class LateFuture(Future[int]):
        def result(self, timeout: float | None = None) -> int:
            if not self.done():
                self.set_result(42)
                raise TimeoutError
            return super().result(timeout)

    assert await_answer(LateFuture(), deadline_s=soon(), has_left=stays) == 42


def test_a_full_queue_refuses_at_once_and_takes_again_when_left(queue: WorkQueue) -> None:
    with queue.admit(3):
        began_s = time.monotonic()
        with pytest.raises(QueueFullError) as refused:
            queue.admit()
        assert time.monotonic() - began_s < 1
        assert refused.value.retry_after_s >= 1
    with queue.admit(3):
        assert queue.admitted == 3
    assert queue.admitted == 0


def test_no_more_is_let_in_than_can_be_done_in_time() -> None:
    queue = WorkQueue(workers=1, capacity=100, longest_wait_s=0.15)
    with queue.admit(), pytest.raises(QueueFullError, match="would wait for about"):
        queue.admit()
    with queue.admit(50):  # whoever comes to an empty queue is let in
        pass
    for _ in range(40):
        queue.submit(lambda: None).result(5)
    with queue.admit(), queue.admit():
        pass
    assert queue.stop(5)


def test_an_admission_widens_only_as_far_as_there_is_room(queue: WorkQueue) -> None:
    with queue.admit() as admission:
        admission.widen(3)
        assert queue.admitted == 3
        with pytest.raises(QueueFullError):
            admission.widen(4)
    assert queue.admitted == 0


def test_work_that_nobody_waits_for_is_left_out(queue: WorkQueue) -> None:
    gate, done = hold(queue), []
    future = queue.submit(lambda: done.append("worked in vain"))
    with pytest.raises(ClientLeftError):
        await_answer(future, deadline_s=soon(), has_left=lambda: True)
    late = queue.submit(lambda: done.append("worked too late"))
    with pytest.raises(DeadlineError):
        await_answer(late, deadline_s=time.monotonic(), has_left=stays)
    gate.set()
    queue.submit(lambda: None).result(5)
    assert not done


def test_requests_go_before_jobs_but_do_not_starve_them(queue: WorkQueue) -> None:
    gate, order = hold(queue), []
    jobs = [queue.submit(lambda: order.append("job"), in_background=True) for _ in range(2)]
    requests = [queue.submit(lambda: order.append("request")) for _ in range(FOREGROUND_TURNS + 1)]
    gate.set()
    for future in (*jobs, *requests):
        future.result(5)
    # The request that held the worker took the first turn.
    assert order == ["request"] * (FOREGROUND_TURNS - 1) + ["job"] + ["request"] * 2 + ["job"]


def test_stopping_finishes_requests_and_leaves_out_jobs() -> None:
    queue = WorkQueue(workers=1, capacity=3, longest_wait_s=60)
    gate, done = hold(queue), []
    request = queue.submit(lambda: done.append("request"))
    job = queue.submit(lambda: done.append("job"), in_background=True)
    threading.Timer(0.1, gate.set).start()
    assert queue.stop(5)
    assert (request.done(), job.cancelled(), done) == (True, True, ["request"])
    assert queue.submit(lambda: None).cancelled()
    with pytest.raises(QueueFullError):
        queue.admit()


def test_stopping_gives_up_after_its_time() -> None:
    queue = WorkQueue(workers=1, capacity=3, longest_wait_s=60)
    gate = hold(queue)
    assert not queue.stop(0.05)
    gate.set()
    assert queue.stop(5)
