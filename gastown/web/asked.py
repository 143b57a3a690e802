"""What git was asked, kept: a diff or a history is worked out once, however often it is shown.

A key names what cannot change (commits, the ledger's commit with an id), so nothing kept is ever
wrong, only unused; what was not used for long is dropped.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

T = TypeVar("T")
_KEPT = 256


class Asked:
    """Answers by key. `kept`: so many at most."""

    def __init__(self, kept: int = _KEPT) -> None:
        self._most = kept
        self._answers: OrderedDict[Hashable, Future[Any]] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, key: Hashable, make: Callable[[], T]) -> T:
        """The answer of a key; threads that want the same one at once wait for one `make`.

        What `make` raises is raised to all of them, and not kept.
        """
        with self._lock:
            found = self._answers.get(key)
            mine = found is None
            answer: Future[Any] = Future() if found is None else found
            self._answers[key] = answer
            self._answers.move_to_end(key)
            while len(self._answers) > self._most:
                self._answers.popitem(last=False)
        if mine:
            self._make(key, answer, make)
        result: T = answer.result()
        return result

    def _make(self, key: Hashable, answer: Future[Any], make: Callable[[], T]) -> None:
        try:
            answer.set_result(make())
        except BaseException as error:  # noqa: BLE001  (raised to all who wait, by `result`)
            with self._lock:
                if self._answers.get(key) is answer:
                    del self._answers[key]
            answer.set_exception(error)


asked = Asked()
"""The answers of this process."""
