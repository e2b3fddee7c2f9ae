"""Shadow models in processes of their own, one thread each: as many at once as there are cores."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, Final

from faifo.ai.assess import wire
from faifo.errors import FaifoError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from faifo.ai.assess.remote import Worker

MOST: Final = 8


def cores() -> int:
    """Return how many processes can run at once."""
    # Only some systems tell which cores a process may use.
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(MOST, usable or 1)


class Shadows:
    """Trainings that begin at once on further processes, and at the end on the model's own too."""

    def __init__(
        self,
        own: Worker,
        others: Callable[[], Worker],
        pool: tuple[dict[str, Any], bytes],
        inside: Sequence[NDArray[np.bool_]],
    ) -> None:
        self.inside = inside
        self._own, self._pool = own, pool
        self._results: list[Future[NDArray[Any]]] = [Future() for _ in inside]
        self._open: SimpleQueue[int] = SimpleQueue()
        for place in range(len(inside)):
            self._open.put(place)
        for _ in range(cores() - 1):
            Thread(target=self._work, args=(others,), daemon=True).start()

    def answers(self) -> Iterator[NDArray[Any]]:
        """Yield what each shadow model answers of the rows that it did not see."""
        helping = Thread(target=self._work, args=(None,), daemon=True)
        helping.start()
        try:
            for result in self._results:
                yield result.result()
        finally:
            # It may still be getting ready: what is asked of its process next must not mix in.
            helping.join()

    def _work(self, make: Callable[[], Worker] | None) -> None:
        try:
            worker = make() if make else self._own
            worker.ask(*self._pool)
            while True:
                place = self._open.get_nowait()
                self._results[place].set_running_or_notify_cancel()
                try:
                    rows = self.inside[place]
                    limit = len(rows) * 101 * 8 + 2**20
                    answer = worker.ask({"do": "shadow"}, rows.tobytes(), limit)
                    self._results[place].set_result(wire.as_array(*answer))
                except Exception as error:  # noqa: BLE001 - raised where the answer is asked for
                    self._results[place].set_exception(error)
        except Empty:
            return
        except FaifoError as error:
            # The model's own process could not begin: nobody answers what is left.
            while make is None and not self._open.empty():
                self._results[self._open.get_nowait()].set_exception(error)
