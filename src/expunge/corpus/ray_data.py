"""The engine on Ray Data: the same parts, spread over a machine or a cluster (extra `ray`)."""

from __future__ import annotations

import logging
import os
import pickle
import sys
import tempfile
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from expunge.corpus.parts import Order, Part, Result
from expunge.corpus.work import Worker
from expunge.errors import MissingError, ScrubStopped

_STORE_BYTES = 256 * 2**20
"""Most bytes of the object store of a Ray that is started here; results wait in it."""
_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_BACKEND_LOG_LEVEL": "fatal",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_DATA_DISABLE_PROGRESS_BARS": "1",
}
"""Nothing is sent to Ray's makers, and nothing printed."""
_LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
"""A Ray that is started here is for this machine: it listens on the loopback address, on any platform."""


class _RayWorker:
    """A worker as Ray Data calls it: rows in, rows out, with pickled values since Arrow knows no others."""

    def __init__(self, order: Order) -> None:
        self._worker = Worker(order)

    def __call__(self, row: Mapping[str, Any]) -> dict[str, Any]:
        return {"result": pickle.dumps(self._worker(pickle.loads(row["part"])))}


def results_of(parts: Iterable[Part], order: Order, workers: int, address: str = "") -> Generator[Result]:
    """The results of parts in their order, worked on by `workers` actors of one processor each.

    `address` is that of a running cluster, whose nodes must see the files, the configuration's registry and its key;
    without one a Ray of `workers` processors is started on this machine, and ended.

    Raises:
        MissingError: if Ray is not installed.
        ScrubStopped: if Ray cannot be started or reached, or lost a worker for good.
    """
    items = [{"part": pickle.dumps(part)} for part in parts]
    if not items:
        return
    with _ray(workers, address) as data:
        order = _without_key(order) if address else order
        rows = data.from_items(items, override_num_blocks=len(items)).map(
            _RayWorker,
            fn_constructor_args=(order,),
            compute=data.ActorPoolStrategy(size=workers),
            num_cpus=1,
        )
        try:
            for row in rows.iter_rows():
                result: Result = pickle.loads(row["result"])
                yield result
        except _ray_error():
            raise ScrubStopped(
                "Ray stopped. What was done is kept: look at the cluster's own log, and run it again."
            ) from None


def _without_key(order: Order) -> Order:
    """The order as it goes over a network: nodes take the key from their own environment or key file."""
    return replace(order, settings=order.settings.model_copy(update={"key": None, "new_key": None}))


@contextmanager
def _ray(workers: int, address: str) -> Iterator[Any]:
    """Ray Data over a cluster, or over a Ray of this machine that ends with the block."""
    with _environment(_QUIET if address else {**_QUIET, **_LOOPBACK}), tempfile.TemporaryDirectory("-ray") as folder:
        ray = _imported()
        try:
            if address:
                with _silence():
                    ray.init(address=address, log_to_driver=False, logging_level=logging.CRITICAL)
            else:
                with _silence():
                    ray.init(
                        address="local",
                        num_cpus=workers,
                        object_store_memory=_STORE_BYTES,
                        include_dashboard=False,
                        log_to_driver=False,
                        logging_level=logging.CRITICAL,
                        _temp_dir=folder,
                    )
        except (ConnectionError, OSError, RuntimeError, ValueError, TimeoutError):
            ray.shutdown()
            where = "reached" if address else "started on this machine"
            raise ScrubStopped(f"Ray cannot be {where}; look at the address, or use --engine local.") from None
        try:
            yield _data(ray)
        finally:
            ray.shutdown()


def _imported() -> Any:
    try:
        import ray
        import ray.data
    except ImportError:
        raise MissingError('--engine ray needs Ray; install it with: pip install "expunge[ray]"') from None
    return ray


def _data(ray: Any) -> Any:
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.execution_options.preserve_order = True
    for name in ("ray", "ray.data"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return ray.data


def _ray_error() -> type[Exception]:
    from ray.exceptions import RayError

    return RayError


@contextmanager
def _silence() -> Iterator[None]:
    """Nothing on standard error, where Ray's native part says what no logger can hold back."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
