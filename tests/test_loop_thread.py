"""The thread behind the sync face."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from typing import Any

import pytest

from expunge.errors import UsageError
from expunge.loop_thread import LoopThread


async def nothing() -> str:
    return threading.current_thread().name


def test_work_is_done_in_a_thread_of_its_own_until_it_is_stopped() -> None:
    thread = LoopThread()
    assert thread.run(nothing()) == "expunge"
    thread.stop()
    thread.stop()
    with pytest.raises(UsageError, match="closed"):
        thread.run(nothing())


def test_one_that_was_never_started_is_stopped() -> None:
    thread = LoopThread()
    thread.stop()
    with pytest.raises(UsageError, match="closed"):
        thread.run(nothing())


async def test_it_is_stopped_from_within_another_event_loop() -> None:
    thread = LoopThread()
    assert thread.run(asyncio.to_thread(threading.get_ident)) != threading.get_ident()
    thread.stop()


def test_work_that_would_wait_for_itself_is_told_so() -> None:
    thread = LoopThread()

    async def nested() -> None:
        thread.run(nothing())

    with pytest.raises(UsageError, match="await"):
        thread.run(nested())
    thread.stop()


def test_work_that_ends_by_itself_is_waited_for_and_other_work_is_cancelled() -> None:
    thread = LoopThread()
    ended: list[str] = []
    began = threading.Event()

    async def short() -> None:
        await asyncio.sleep(0.01)
        ended.append("short")

    async def endless() -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    def wait_for(failures: list[type[BaseException]]) -> None:
        try:
            thread.run(endless())
        except UsageError as error:
            failures.append(type(error))

    failures: list[type[BaseException]] = []
    waiting = threading.Thread(target=wait_for, args=(failures,))
    waiting.start()
    began.wait(10)

    async def leave_behind() -> None:
        thread.task = asyncio.create_task(short())  # type: ignore[attr-defined]

    thread.run(leave_behind())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("expunge.loop_thread._PATIENCE", 0.1)
        thread.stop()
    waiting.join(10)
    assert ended == ["short", "cancelled"]
    assert failures == [UsageError]


def test_an_interrupted_wait_leaves_the_work_time_to_end_in_order() -> None:
    thread = LoopThread()
    ended: list[str] = []

    async def interrupting() -> None:
        try:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.2)
            ended.append("stored")

    with pytest.raises(KeyboardInterrupt):
        thread.run(interrupting())
    assert ended == ["stored"]
    thread.stop()


def test_an_interruption_before_the_wait_ends_the_work_too(monkeypatch: pytest.MonkeyPatch) -> None:
    thread = LoopThread()
    ended: list[str] = []
    scheduled = asyncio.run_coroutine_threadsafe

    def interrupted(work: Any, loop: asyncio.AbstractEventLoop) -> None:
        scheduled(work, loop)
        time.sleep(0.1)
        raise KeyboardInterrupt

    async def long() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.05)
            ended.append("stored")

    monkeypatch.setattr("asyncio.run_coroutine_threadsafe", interrupted)
    with pytest.raises(KeyboardInterrupt):
        thread.run(long())
    assert ended == ["stored"]
    monkeypatch.undo()
    thread.stop()


async def test_work_for_another_event_loop_does_not_hold_it_up() -> None:
    thread = LoopThread()
    arrived, go_on = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    async def waits() -> str:
        loop.call_soon_threadsafe(arrived.set)
        await asyncio.to_thread(go_on.wait)
        return threading.current_thread().name

    work = asyncio.ensure_future(thread.arun(waits()))
    await arrived.wait()
    go_on.set()
    assert await work == "expunge"
    thread.stop()


async def test_work_for_another_event_loop_is_cancelled_with_its_caller() -> None:
    thread = LoopThread()
    arrived, ended = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    async def waits() -> None:
        loop.call_soon_threadsafe(arrived.set)
        try:
            await asyncio.Event().wait()
        finally:
            loop.call_soon_threadsafe(ended.set)

    work = asyncio.ensure_future(thread.arun(waits()))
    await arrived.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    await ended.wait()
    thread.stop()


async def test_work_for_another_event_loop_ends_with_the_thread() -> None:
    thread = LoopThread()
    arrived = asyncio.Event()
    loop = asyncio.get_running_loop()

    async def waits() -> None:
        loop.call_soon_threadsafe(arrived.set)
        await asyncio.Event().wait()

    work = asyncio.ensure_future(thread.arun(waits()))
    await arrived.wait()
    await asyncio.to_thread(thread.stop)
    with pytest.raises(UsageError, match="closed"):
        await work
    with pytest.raises(UsageError, match="closed"):
        await thread.arun(nothing())
