"""Who signed what: each operation by its actor's key, from the one that switched signing on.

Who may sign as whom stands in the ledger itself, so a change of that must be trusted, too:

- The person's key is the root: what it has signed may change anybody's. The first one that the
  ledger names is believed, and those that whoever verifies trusts.
- An actor that has none yet brings its own with its first operation (trust on first use).

Nothing else on this machine counts: agents can write here. Any other change is named, and is not
followed: what a forger signs later is named as well.
"""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING

from gastown.errors import Unreadable
from gastown.ids import HUMAN
from gastown.store.documents import read_settings
from gastown.store.layout import SETTINGS
from gastown.store.signing.keys import principal
from gastown.store.signing.signers import SIGNERS, Signers, parse
from gastown.store.signing.sshsig import BadSignature, Signature, read, signed_part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gastown.store.git import Git
    from gastown.store.steps import Contents, Step


class Signatures:
    """The signatures of a ledger that is replayed; `sound`: how many were right so far.

    Args:
        trusted: keys that are the person's, whatever the ledger says.
    """

    def __init__(self, git: Git, trusted: frozenset[str]) -> None:
        self._git = git
        self._trusted = trusted
        self._on = False
        self._signers = Signers()
        self.sound = 0

    def after(self, step: Step, contents: Contents) -> Iterator[str]:
        """What is wrong with the signature of a commit, in sentences."""
        was_on, before = self._on, self._signers
        self._on = self._switched(step, contents)
        listed = self._listed(step, contents)
        if not (was_on or self._on):
            self._signers = listed
            return
        actor = principal(next(iter(step.said("Actor")), HUMAN)) if step.is_own else HUMAN
        key = None
        try:
            key = self._key(step)
        except BadSignature as wrong:
            yield str(wrong)
        if listed != before:
            if self._may_change(before, listed, actor, key):
                self._signers = listed
            else:
                others = before.changed(listed)
                yield f"it changes who may sign as {', '.join(others)}: only the person may"
        if was_on and not self._on and not self._is_root(before, key):
            yield "it switches signing off: only the person may"
        if key is not None and key in before.of(actor) | self._signers.of(actor):
            self.sound += 1
        elif key is not None:
            owners = self._signers.owners(key)
            whose = f"the key of {', '.join(owners)}" if owners else "a key that nobody has"
            yield f"it says that {actor} did it, but it is signed by {whose}"

    def _switched(self, step: Step, contents: Contents) -> bool:
        """Whether operations are signed from this commit on."""
        new = next((file.new for file in step.files if file.path == SETTINGS), None)
        try:
            return read_settings(contents.data(new)).signs if new is not None else self._on
        except Unreadable:  # that they are is told elsewhere
            return self._on

    def _listed(self, step: Step, contents: Contents) -> Signers:
        """Who may sign, as the commit has it."""
        found = [file.new for file in step.files if file.path == SIGNERS]
        if not found:
            return self._signers
        return parse(contents.data(found[0]) if found[0] is not None else None)

    def _may_change(self, before: Signers, listed: Signers, actor: str, key: str | None) -> bool:
        if key is None:
            return False
        if self._is_root(before, key) or (not before.of(HUMAN) and actor == HUMAN):
            return True
        first = not before.of(actor) and listed.of(actor) == {key}
        return first and before.changed(listed) == [actor] and before.former == listed.former

    def _is_root(self, before: Signers, key: str | None) -> bool:
        return key is not None and key in before.of(HUMAN) | self._trusted

    def _key(self, step: Step) -> str:
        """The key that has signed a commit.

        Raises:
            BadSignature: none has.
        """
        signed, armored = signed_part(step.raw)
        if armored is None:
            raise BadSignature("it is not signed")
        found = read(armored)
        fits = found.fits(signed)
        if fits is None:
            fits = self._git_says(step, found)
        if not fits:
            raise BadSignature("it is not what was signed: it was changed since, or forged")
        return f"{found.kind} {found.key}"

    def _git_says(self, step: Step, found: Signature) -> bool:
        """Whether a signature fits, of a key that only ssh-keygen knows."""
        with tempfile.NamedTemporaryFile(suffix=".signers") as file:
            file.write(Signers({"whoever": frozenset({f"{found.kind} {found.key}"})}).dump())
            file.flush()
            asked = self._git.run(
                "-c", f"gpg.ssh.allowedSignersFile={file.name}", "verify-commit", step.commit,
                accept=(0, 1, 128),
            )  # fmt: skip
        return asked.returncode == 0
