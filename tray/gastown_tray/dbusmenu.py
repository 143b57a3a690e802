"""The menu as com.canonical.dbusmenu, which StatusNotifier hosts draw themselves.

Numbers of entries are never given to another entry, so that a click on what was on the screen a
moment ago does what stood there.
"""

# Without `from __future__ import annotations`: dbus-fast reads the signatures, and a deferred
# `None` is none to it.

from typing import TYPE_CHECKING, Annotated, Any

from dbus_fast import PropertyAccess, Variant
from dbus_fast.annotations import DBusBool, DBusInt32, DBusSignature, DBusStr, DBusUInt32
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property, dbus_signal

from gastown_tray.menu import LINE, Item

if TYPE_CHECKING:
    from gastown_tray.shell import Choose

PATH = "/MenuBar"
_KEPT = 3000

Strings = Annotated[list[str], DBusSignature("as")]
Numbers = Annotated[list[int], DBusSignature("ai")]
AnyValue = Annotated[Any, DBusSignature("v")]
Layout = Annotated[list[Any], DBusSignature("u(ia{sv}av)")]
Properties = Annotated[list[Any], DBusSignature("a(ia{sv})")]
Events = Annotated[list[Any], DBusSignature("a(isvu)")]
TwoLists = Annotated[list[Any], DBusSignature("aiai")]
Changed = Annotated[list[Any], DBusSignature("ui")]


class DBusMenu(ServiceInterface):
    """A menu that others draw. Its methods run in the bus's thread."""

    def __init__(self, choose: "Choose") -> None:
        super().__init__("com.canonical.dbusmenu")
        self._choose = choose
        self._items: tuple[Item, ...] = ()
        self._revision = 1
        self._numbers: dict[tuple[str, ...], int] = {}
        self._deeds: dict[int, tuple[str, ...]] = {}

    def show(self, items: tuple[Item, ...]) -> None:
        """Offer another menu; nothing is said where it is the same."""
        if items != self._items:
            if len(self._numbers) > _KEPT:
                self._forget()
            self._items = items
            self._revision += 1
            self.LayoutUpdated()

    def _forget(self) -> None:
        """Begin new numbers above the old ones, which mean nothing any more."""
        first = max(self._numbers.values()) + 1
        self._numbers = {(): first}
        self._deeds = {}

    def _number(self, path: tuple[str, ...], item: Item) -> int:
        key = (*path, item.label, *item.deed)
        number = self._numbers.setdefault(key, max(self._numbers.values(), default=0) + 1)
        self._deeds[number] = item.deed
        return number

    def _node(self, item: Item, path: tuple[str, ...], place: int, depth: int) -> Variant:
        # Two lines, or two entries that say the same, are told apart by their place.
        here = (*path, str(place) if item == LINE else "")
        children = self._children(item.items, (*here, item.label), depth - 1)
        number = self._number(here, item)
        return Variant("(ia{sv}av)", [number, _properties(item), children])

    def _children(
        self, items: tuple[Item, ...], path: tuple[str, ...], depth: int
    ) -> list[Variant]:  # fmt: skip
        if depth == 0:
            return []
        return [self._node(item, path, place, depth) for place, item in enumerate(items)]

    def _find(self, number: int) -> tuple[Item, tuple[str, ...]] | None:
        if number == 0:
            return Item("", items=self._items), ()
        waiting: list[tuple[Item, tuple[str, ...], int]] = [
            (item, (), place) for place, item in enumerate(self._items)
        ]
        while waiting:
            item, path, place = waiting.pop()
            here = (*path, str(place) if item == LINE else "")
            if self._number(here, item) == number:
                return item, (*here, item.label)
            waiting += [(one, (*here, item.label), n) for n, one in enumerate(item.items)]
        return None

    @dbus_property(access=PropertyAccess.READ)
    def Version(self) -> DBusUInt32:
        return 3

    @dbus_property(access=PropertyAccess.READ)
    def TextDirection(self) -> DBusStr:
        return "ltr"

    @dbus_property(access=PropertyAccess.READ)
    def Status(self) -> DBusStr:
        return "normal"

    @dbus_property(access=PropertyAccess.READ)
    def IconThemePath(self) -> Strings:
        return []

    @dbus_method()
    def GetLayout(self, parent: DBusInt32, depth: DBusInt32, names: Strings) -> Layout:
        found = self._find(parent)
        if found is None:
            return [self._revision, [parent, {}, []]]
        item, path = found
        properties = {"children-display": Variant("s", "submenu")} if parent == 0 else (
            _properties(item))  # fmt: skip
        return [self._revision, [parent, properties, self._children(item.items, path, depth)]]

    @dbus_method()
    def GetGroupProperties(self, numbers: Numbers, names: Strings) -> Properties:
        found = ((number, self._find(number)) for number in numbers)
        return [[number, _properties(one[0])] for number, one in found if one is not None]

    @dbus_method()
    def GetProperty(self, number: DBusInt32, name: DBusStr) -> AnyValue:
        found = self._find(number)
        known = _properties(found[0]) if found is not None else {}
        return known.get(name, Variant("s", ""))

    @dbus_method()
    def Event(self, number: DBusInt32, event: DBusStr, data: AnyValue, at: DBusUInt32) -> None:
        if event == "clicked" and (deed := self._deeds.get(number)):
            self._choose(deed)

    @dbus_method()
    def EventGroup(self, events: Events) -> Numbers:
        for number, event, data, at in events:
            self.Event(number, event, data, at)
        return []

    @dbus_method()
    def AboutToShow(self, number: DBusInt32) -> DBusBool:
        return False

    @dbus_method()
    def AboutToShowGroup(self, numbers: Numbers) -> TwoLists:
        return [[], []]

    @dbus_signal()
    def LayoutUpdated(self) -> Changed:
        return [self._revision, 0]


def _properties(item: Item) -> dict[str, Variant]:
    """As the protocol has them; what is as usual is left out."""
    if item == LINE:
        return {"type": Variant("s", "separator")}
    found = {"label": Variant("s", item.label.replace("_", "__"))}
    if not item.is_enabled:
        found["enabled"] = Variant("b", False)
    if item.items:
        found["children-display"] = Variant("s", "submenu")
    if item.ticked is not None:
        found["toggle-type"] = Variant("s", "checkmark")
        found["toggle-state"] = Variant("i", int(item.ticked))
    return found
