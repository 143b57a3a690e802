"""The whole of Host by Origin by token over real sockets, and what else a stranger may try."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from gastown.web.actions import ACTIONS
from gastown.web.sections import SECTIONS
from tests.support.counting import CountedGit
from tests.support.desk import Desk, copy_template
from tests.support.sockets import ask
from tests.web.conftest import Dashboard
from tests.web.matrix import HOSTS, ORIGINS, ROUTES, TOKENS, expected, headers_of

FORM = ("Content-Type", "application/x-www-form-urlencoded")


@pytest.fixture(scope="module")
def place(
    template: object, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Desk, Dashboard]]:
    """A desk with a real dashboard, for all tests here."""
    with pytest.MonkeyPatch.context() as patch:
        from tests.support.environment import seal

        seal(tmp_path_factory.mktemp("home"), patch)
        desk = copy_template(template, tmp_path_factory.mktemp("place"))  # type: ignore[arg-type]
        desk.bead("A bead", "--rig", "mp")
        made = Dashboard(desk)
        yield desk, made
        made.stop()
        desk.tidy()


def own(made: Dashboard) -> list[tuple[str, str]]:
    """The headers of somebody who is let in."""
    return [("Host", f"127.0.0.1:{made.port}"), ("Origin", f"http://127.0.0.1:{made.port}"),
            ("Cookie", f"gt-{made.port}={made.token}")]  # fmt: skip


def test_the_whole_matrix(place: tuple[Desk, Dashboard]) -> None:
    desk, made = place
    before = desk.town.commit()
    wrong = []
    for route in ROUTES:
        for host in HOSTS:
            for origin in ORIGINS:
                for token in TOKENS:
                    said = headers_of(made.port, made.token, host, origin, token)
                    got = ask(made.port, route.method, route.path, [*said, FORM]).status
                    if got not in expected(route, host, origin, token):
                        wrong.append((route.name, host, origin, token, got))
    assert not wrong, wrong[:20]
    assert desk.town.commit() == before


def test_every_answer_carries_the_headers_that_keep_it_in(place: tuple[Desk, Dashboard]) -> None:
    _, made = place
    stranger = [("Host", "evil.example")]
    wanted = [("Accept", "text/html")]
    answers = [
        ask(made.port, "GET", "/", own(made)), ask(made.port, "GET", "/nothing", own(made)),
        ask(made.port, "GET", "/live", own(made)), ask(made.port, "GET", "/", stranger),
        ask(made.port, "GET", "/", [own(made)[0], *wanted]),
        ask(made.port, "GET", "/static/js/app.js", own(made)),
        ask(made.port, "GET", "/static/nothing.js", own(made)),
        ask(made.port, "POST", "/do/nothing", [*own(made), FORM]),
        ask(made.port, "POST", "/", [*own(made), FORM]),
        ask(made.port, "DELETE", "/", own(made)),
    ]  # fmt: skip
    for one in answers:
        policy = one.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert one.headers["x-content-type-options"] == "nosniff"
        assert one.headers["x-frame-options"] == "DENY"
        assert "server" not in one.headers
        assert one.headers["cache-control"] in ("no-store", "no-cache")


def test_looking_at_everything_changes_nothing(place: tuple[Desk, Dashboard]) -> None:
    """Every link and every form that is a GET, of every page, is followed."""
    desk, made = place
    before = desk.town.commit()
    seen: set[str] = set()
    todo = ["/", *(f"/{name}" for name in SECTIONS), *(f"/act/{name}" for name in ACTIONS)]
    while todo:
        path = todo.pop()
        if path in seen or len(seen) > 300:
            continue
        seen.add(path)
        got = ask(made.port, "GET", path, own(made))
        assert got.status < 500, (path, got.body)
        assert "this is a bug" not in got.body, (path, got.body)
        todo += [unescape(one) for one in re.findall(r'href="(/[^"#]*)', got.body)]
    assert len(seen) > 60
    assert desk.town.commit() == before


@pytest.mark.parametrize("path", [
    "/%2e%2e/%2e%2e/etc/passwd", "/static/../app.py", "/static/%2e%2e/app.py",
    "/static/..%2f..%2fapp.py", "//evil.example/", "/%00", "/beads/%00", "/beads/" + "x" * 3000,
    "/beads?q=%ff%fe", "/beads?page=99999999999999", "/agents/../../x", "/act/%2e%2e",
    "/beads?q=" + "(" * 2000 + "=", "/?at=%00", "/?at=-1", "/?step=-5", "/?step=zzz", "/live/x",
])  # fmt: skip
def test_odd_addresses_are_answered_plainly(place: tuple[Desk, Dashboard], path: str) -> None:
    _, made = place
    got = ask(made.port, "GET", path, own(made))
    assert got.status < 500, got
    assert "Traceback" not in got.body
    assert "root:" not in got.body
    assert "def application" not in got.body
    assert not got.headers.get("location", "/").startswith(("//", "http"))


def test_bodies_have_a_limit_declared_or_not(place: tuple[Desk, Dashboard]) -> None:
    desk, made = place
    before = desk.town.commit()
    large = b"title=" + b"x" * 400_000
    for chunked in (False, True):
        got = ask(made.port, "POST", "/do/bead.create", [*own(made), FORM], large, chunked=chunked)
        assert got.status == 413
    many = "&".join(f"k{n}=1" for n in range(500)).encode()
    assert ask(made.port, "POST", "/do/bead.create", [*own(made), FORM], many).status == 400
    odd = [*own(made), ("Content-Type", "multipart/form-data; boundary=x")]
    assert ask(made.port, "POST", "/do/bead.create", odd, b"--x--").status == 400
    json = [*own(made), ("Content-Type", "text/plain")]
    assert ask(made.port, "POST", "/do/bead.create", json, b"title=x&rig=mp").status == 400
    assert desk.town.commit() == before


def test_a_form_needs_its_origin_or_the_header(place: tuple[Desk, Dashboard]) -> None:
    desk, made = place
    host = ("Host", f"127.0.0.1:{made.port}")
    cookie = ("Cookie", f"gt-{made.port}={made.token}")
    bearer = ("Authorization", f"Bearer {made.token}")
    body = b"bead=none&text=hello"
    assert ask(made.port, "POST", "/do/bead.comment", [host, cookie, FORM], body).status == 403
    assert ask(made.port, "POST", "/do/bead.comment", [host, bearer, FORM], body).status == 404
    foreign = ("Sec-Fetch-Site", "cross-site")
    assert ask(made.port, "POST", "/do/bead.comment", [*own(made), foreign, FORM]).status == 403
    assert desk.town.read().bead  # it still answers


def test_what_destroys_is_done_only_when_confirmed(place: tuple[Desk, Dashboard]) -> None:
    desk, made = place
    bead = desk.bead("To be deleted", "--rig", "mp")
    body = f"bead={bead}".encode()
    first = ask(made.port, "POST", "/do/bead.delete", [*own(made), FORM], body)
    assert first.status == 409
    assert "cannot simply be taken back" in first.body
    assert desk.shown(bead)["status"] == "open"
    for word in (b"no", b"", b"yes&confirmed=no"):
        sent = body + b"&confirmed=" + word
        assert ask(made.port, "POST", "/do/bead.delete", [*own(made), FORM], sent).status == 409
    done = ask(made.port, "POST", "/do/bead.delete", [*own(made), FORM], body + b"&confirmed=yes")
    assert done.status == 200, done.body
    assert "To be deleted" not in desk.bd("list", "--all").out


def test_signing_in(place: tuple[Desk, Dashboard]) -> None:
    desk, made = place
    host = ("Host", f"localhost:{made.port}")
    bare = ask(made.port, "GET", "/", [host, ("Accept", "text/html")])
    assert bare.status == 401
    assert "gt dashboard" in bare.body
    assert made.token not in bare.body
    assert "set-cookie" not in bare.headers
    for path in ("/sign-in?token=wrong", "/sign-in?token=", "/sign-in"):
        got = ask(made.port, "GET", path, [host])
        assert got.status == 401
        assert "set-cookie" not in got.headers
    let_in = ask(made.port, "GET", f"/sign-in?token={made.token}", [host])
    assert let_in.status == 200
    cookie = let_in.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert re.search("samesite=strict", cookie, re.IGNORECASE)
    assert cookie.startswith(f"gt-{made.port}=")
    record = desk.root / ".gt/run/dashboard.json"
    assert stat.S_IMODE(record.stat().st_mode) == 0o600
    typed = [host, ("Origin", f"http://localhost:{made.port}"), FORM]
    link = made.link.encode().replace(b"?", b"%3F").replace(b"=", b"%3D").replace(b":", b"%3A")
    assert ask(made.port, "POST", "/sign-in", typed, b"token=" + link).status == 200
    assert ask(made.port, "POST", "/sign-in", typed, b"token=x").status == 401


def test_texts_are_never_html(place: tuple[Desk, Dashboard]) -> None:
    desk, made = place
    hostile = '<img src=x onerror="alert(1)"><script>alert(1)</script>'
    bead = desk.bead(hostile, "-d", f"{hostile}\x1b[31m\u202eevil", "--rig", "mp")
    for path in (f"/beads/{bead}", "/beads", "/", "/activity", f"/beads?q={bead}",
                 "/palette?q=img"):  # fmt: skip
        got = ask(made.port, "GET", path, own(made))
        assert got.status == 200
        assert "<img src=x" not in got.body
        assert "<script>alert" not in got.body
        assert "\x1b" not in got.body
        assert "\u202e" not in got.body
    assert "&lt;img src=x" in ask(made.port, "GET", f"/beads/{bead}", own(made)).body


def test_looking_starts_no_git(desk: Desk, tmp_path: Path) -> None:
    """What only git can tell is asked once; everything else never."""
    bead, _ = desk.hand_in("Hand in")
    with CountedGit(tmp_path) as counter:
        made = Dashboard(desk)
        try:
            [merge] = desk.town.read().merges()
            hook = desk.town.read().hooks()[-1].id
            paths = [*(f"/{name}" for name in SECTIONS), f"/beads/{bead}", f"/queue/{merge.id}",
                     f"/hooks/{hook}", f"/agents/{hook}"]  # fmt: skip
            for path in paths:
                assert ask(made.port, "GET", path, own(made)).status == 200
            before = counter.calls()
            assert before > 0
            for path in paths:
                for number in range(5):  # addresses that were not asked for: nothing is kept
                    assert ask(made.port, "GET", f"{path}?n={number}", own(made)).status == 200
            assert counter.calls() == before
        finally:
            made.stop()


def test_a_dashboard_that_only_shows(place: tuple[Desk, Dashboard], desk: Desk) -> None:
    made = Dashboard(desk, "--read-only")
    try:
        page = ask(made.port, "GET", "/beads", own(made))
        assert page.status == 200
        assert 'method="post"' not in page.body
        assert "data-act" not in page.body
        before = desk.town.commit()
        for name in ACTIONS:
            got = ask(made.port, "POST", f"/do/{name}", [*own(made), FORM], b"confirmed=yes")
            assert got.status == 403, name
        assert desk.town.commit() == before
    finally:
        assert made.stop() == 0


def test_the_port_is_taken_and_the_dashboard_runs_already(
    place: tuple[Desk, Dashboard], desk: Desk
) -> None:
    first, made = place
    said = first.run("gt", "dashboard", "--port", "0")
    assert made.link in said.out
    assert "already" in said.err
    taken = desk.run("gt", "dashboard", "--port", made.port, status=1)
    assert "taken" in taken.err
    free = re.search(r"--port (\d+)", taken.err)
    assert free is not None
    assert int(free[1]) > made.port
