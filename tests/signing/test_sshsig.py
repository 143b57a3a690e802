"""Signatures as ssh makes them: what is right is found right, whatever was changed is not."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gastown.store.signing.keys import make
from gastown.store.signing.sshsig import BadSignature, read, signed_part


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key of ours."""
    file = tmp_path_factory.mktemp("keys") / "key"
    make(file)
    return file


@pytest.fixture(scope="module")
def signature(key: Path) -> bytes:
    """What ssh-keygen makes of `hello` with it."""
    return _sign(key, b"hello")


def _sign(key: Path, data: bytes, namespace: str = "git") -> bytes:
    words = ["ssh-keygen", "-q", "-Y", "sign", "-n", namespace, "-f", str(key)]
    return subprocess.run(words, input=data, check=True, capture_output=True).stdout


def test_what_ssh_has_signed(key: Path, signature: bytes) -> None:
    found = read(signature)
    assert found.fits(b"hello") is True
    assert found.fits(b"Hello") is False
    assert f"{found.kind} {found.key}" == key.with_name("key.pub").read_text().strip()
    assert read(_sign(key, b"hello", "file")).fits(b"hello") is False  # it was for something else
    assert read(_sign(key, b"x" * 100_000)).fits(b"x" * 100_000) is True


@given(st.data())
def test_any_change_is_seen(signature: bytes, data: st.DataObject) -> None:
    """One bit of a signature that is another one: it does not fit, or is none, or another key's."""
    lines = signature.strip().splitlines()
    raw = bytearray(base64.b64decode(b"".join(lines[1:-1])))
    bit = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[bit // 8] ^= 1 << bit % 8
    changed = b"\n".join([lines[0], base64.b64encode(bytes(raw)), lines[-1]])
    try:
        found = read(changed)
    except BadSignature:
        return
    assert found.fits(b"hello") is not True


@given(st.binary(max_size=300))
def test_garbage(raw: bytes) -> None:
    """Whatever stands there is no signature, and no crash."""
    armored = (b"-----BEGIN SSH SIGNATURE-----\n" + base64.b64encode(b"SSHSIG\0\0\0\1" + raw)
               + b"\n-----END SSH SIGNATURE-----")  # fmt: skip
    for text in (raw, armored):
        try:
            assert read(text).fits(b"hello") is not True
        except BadSignature:
            continue


def test_the_signed_part_of_a_commit() -> None:
    """All but the signature, wherever it stands in the head."""
    commit = b"tree 1\ngpgsig A\n B\n C\nauthor x\n\ngpgsig no\n more\n"
    assert signed_part(commit) == (b"tree 1\nauthor x\n\ngpgsig no\n more\n", b"A\nB\nC")
    assert signed_part(b"tree 1\n\ntext") == (b"tree 1\n\ntext", None)
