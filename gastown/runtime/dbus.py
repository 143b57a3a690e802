"""The one door to D-Bus: connections to a bus, all of them served by one thread of the process.

It needs dbus-fast, which comes with the extra `tray`. Where that is missing, or there is no bus,
`connect` says so, and whoever asked does without.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gastown.errors import GtError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence

    from dbus_fast import Message
    from dbus_fast.aio import MessageBus
    from dbus_fast.service import ServiceInterface

_PATIENCE_S = 5.0
_FAREWELL_S = 0.03
_DRIVER = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")


class NoBus(GtError):
    """There is no bus, nobody on it who answers, or no dbus-fast."""

    code = "dbus"


def session_bus(env: Mapping[str, str]) -> str | None:
    """The address of the session's bus, as programs find it; None: there is none."""
    if address := env.get("DBUS_SESSION_BUS_ADDRESS"):
        return address
    folder = env.get("XDG_RUNTIME_DIR")
    if folder and (Path(folder) / "bus").is_socket():
        return f"unix:path={folder}/bus"
    return None


def connect(address: str) -> Bus:
    """A connection to the bus at an address.

    Raises:
        NoBus: nobody answers there, or dbus-fast is not installed.
    """
    bus = Bus(address)
    try:
        bus.open()
    except ImportError:
        bus.close()
        raise NoBus("dbus-fast is not installed", hint="pip install 'gastown[tray]'") from None
    except Exception as error:  # whatever a library makes of a bus that is not there
        bus.close()
        raise NoBus(f"no bus at {address}: {error or type(error).__name__}") from error
    return bus


class Bus:
    """A connection to a bus. All methods may be called from any thread but its own."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._loop = _loop()
        self._bus: MessageBus | None = None
        self._exported: set[str] = set()

    def open(self) -> None:
        """Connect."""
        self.run(self._open())

    async def _open(self) -> None:
        from dbus_fast.aio import MessageBus

        self._bus = bus = await MessageBus(bus_address=self.address).connect()
        if bus._writer is not None:
            bus._writer.sock = _Patient(bus._writer.sock)  # type: ignore[assignment]

    @property
    def is_open(self) -> bool:
        """Whether the connection still stands."""
        return self._bus is not None and self._bus.connected

    @property
    def name(self) -> str:
        """How the bus calls us."""
        return (self._bus.unique_name if self._bus is not None else None) or ""

    def run(self, work: Coroutine[Any, Any, Any], patience_s: float = _PATIENCE_S) -> Any:
        """Have something done in the connection's thread; its result.

        Raises:
            NoBus: it took too long.
        """
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(patience_s)
        except TimeoutError:
            future.cancel()
            raise NoBus(f"nobody answers at {self.address}") from None

    def call(
        self, destination: str, path: str, interface: str, member: str, signature: str = "",
        body: Sequence[Any] = (),
    ) -> tuple[list[Any], str]:  # fmt: skip
        """Call a method; its answer, and who gave it.

        Raises:
            NoBus: nobody of that name is there, or the answer is an error.
        """
        from dbus_fast import Message, MessageType

        if self._bus is None or not self._bus.connected:
            raise NoBus(f"the connection to {self.address} is closed")
        words = Message(destination=destination, path=path, interface=interface, member=member,
                        signature=signature, body=list(body))  # fmt: skip
        answer: Message | None = self.run(self._bus.call(words))
        if answer is None:
            raise NoBus(f"{destination} does not answer")
        if answer.message_type is MessageType.ERROR:
            said = str(answer.body[0]) if answer.body else str(answer.error_name)
            raise NoBus(f"{destination}: {said}")
        return list(answer.body), answer.sender or ""

    def listen(self, rule: str, handler: Callable[[Message], bool | None]) -> None:
        """Have every message that fits a rule handed to `handler`, in the connection's thread.

        Raises:
            NoBus: the bus refuses.
        """
        assert self._bus is not None
        bus = self._bus
        self._loop.call_soon_threadsafe(bus.add_message_handler, handler)
        self.call(*_DRIVER, "AddMatch", "s", [rule])

    def export(self, path: str, interface: ServiceInterface) -> None:
        """Offer an object to others."""
        assert self._bus is not None
        bus = self._bus

        async def work() -> None:
            bus.export(path, interface)
            self._exported.add(path)

        self.run(work())

    def later(self, work: Callable[[], None]) -> None:
        """Have something done in the connection's thread, some time soon."""
        with suppress(RuntimeError):  # it was closed meanwhile
            self._loop.call_soon_threadsafe(work)

    def owner(self, name: str) -> str | None:
        """Who has a well-known name now; None: nobody."""
        try:
            return str(self.call(*_DRIVER, "GetNameOwner", "s", [name])[0][0])
        except NoBus:
            return None

    def close(self) -> None:
        """Leave the bus."""
        with suppress(Exception):  # it was never reached, or has gone already
            self.run(self._leave(), 1.0)

    async def _leave(self) -> None:
        bus, self._bus = self._bus, None
        if bus is None or not bus.connected:
            return
        for path in self._exported:
            bus.unexport(path)
        await asyncio.sleep(_FAREWELL_S)  # what was asked until now gets its answer
        bus.disconnect()
        await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]


class _Patient:
    """A socket that takes nothing, instead of failing, while its buffer is full.

    dbus-fast (5.2) sends what comes while an earlier message is half sent without asking whether
    it may, and gives the connection up when it may not: a host that reads slowly would end it.
    """

    def __init__(self, sock: Any) -> None:
        self._sock = sock

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def send(self, data: Any) -> int:
        try:
            return int(self._sock.send(data))
        except BlockingIOError:
            return 0


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """The loop of all connections, in a thread that ends with the process."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="dbus", daemon=True).start()
    return loop
