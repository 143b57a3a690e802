"""What a rig remembers: a text under a key, kept until it is forgotten."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.bead_words import nearest
from gastown.domain.memory import Memory, memory_id
from gastown.errors import NotFound, UsageTrouble

if TYPE_CHECKING:
    from gastown.store.reader import Reader
    from gastown.store.town import Town

MAX_KEY = 200
_WORDS_OF_KEY = 6


@dataclass(frozen=True)
class Remembered:
    """A memory, and what stood under its key before; None: nothing."""

    memory: Memory
    before: str | None


def remember(town: Town, rig: str, text: str, *, key: str | None, actor: str) -> Remembered:
    """Keep a text; under the key that is there already it takes the place of the former.

    Raises:
        UsageTrouble: the text is empty, or the key cannot be one.
    """
    if not text.strip():
        raise UsageTrouble("what is to be remembered?", hint='bd remember "TEXT" --key KEY')
    name = _checked(key) if key is not None else _key_of(text)
    with town.transaction(f"remember {name}", actor=actor) as tx:
        found: Memory | None = tx.read.find("memory", memory_id(rig, name))
        kept = found.data if found is not None else {"_type": "memory", "key": name}
        memory = Memory({**kept, "value": text}, rig)
        tx.put(memory)
    return Remembered(memory, found.value if found is not None else None)


def forget(town: Town, rig: str, key: str, *, actor: str) -> Memory:
    """Remove a memory; the ledger's history still has it.

    Raises:
        NotFound: there is none under that key; the hint names one like it.
    """
    with town.transaction(f"forget {key}", actor=actor) as tx:
        memory = recall(tx.read, rig, key)
        tx.delete(memory)
    return memory


def recall(reader: Reader, rig: str, key: str) -> Memory:
    """The memory under a key.

    Raises:
        NotFound: there is none; the hint names one like it.
    """
    found: Memory | None = reader.find("memory", memory_id(rig, key))
    if found is None:
        known = [memory.key for memory in reader.memories(rig)]
        alike = nearest(key, known)
        raise NotFound(
            f"{rig} remembers nothing under {key!r}",
            hint=f"did you mean {alike}?" if alike else "bd memories shows all",
        )
    return found


def matching(reader: Reader, rig: str, words: str | None) -> list[Memory]:
    """The memories of a rig, by key; with `words`, those whose key or text holds all of them."""
    wanted = (words or "").casefold().split()
    return [
        memory for memory in reader.memories(rig)
        if all(word in f"{memory.key}\n{memory.value}".casefold() for word in wanted)
    ]  # fmt: skip


def _checked(key: str) -> str:
    name = key.strip()
    if not 1 <= len(name) <= MAX_KEY or not name.isprintable():
        raise UsageTrouble(f"key {key!r} is not allowed", hint=f"1 to {MAX_KEY} characters, a line")
    return name


def _key_of(text: str) -> str:
    """The first words of a text, as a key."""
    words = re.findall(r"\w+", text.casefold())[:_WORDS_OF_KEY]
    if not words:
        raise UsageTrouble("no key can be made of this text", hint="--key KEY")
    return "-".join(words)[:MAX_KEY]
