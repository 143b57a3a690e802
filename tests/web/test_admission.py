"""Who is let in: a pure rule, and the same over real sockets."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gastown.web.admission import Admission, Request, Verdict, hosts_of

PORT = 8080
TOKEN = "right"
RULE = Admission(hosts_of((), PORT), TOKEN)
OWN = "127.0.0.1:8080"

_HOSTS = st.sampled_from(
    [None, "", OWN, "localhost:8080", "LOCALHOST:8080", "[::1]:8080", "127.0.0.1", "localhost",
     "127.0.0.1:80", "evil.example", "evil.example:8080", "127.0.0.1.evil.example:8080",
     "127.0.0.1:8080@evil.example", "0.0.0.0:8080", "evil.example:8080\x00127.0.0.1:8080"]
)  # fmt: skip
_ORIGINS = st.sampled_from(
    [None, "null", "", f"http://{OWN}", "http://localhost:8080", f"https://{OWN}",
     "http://evil.example", "http://127.0.0.1:9999", "http://127.0.0.1", "several",
     f"http://{OWN}.evil.example", f"http://evil.example/http://{OWN}", "file://"]
)  # fmt: skip
_REQUESTS = st.builds(
    Request,
    method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "get"]),
    host=_HOSTS, origin=_ORIGINS,
    site=st.sampled_from([None, "same-origin", "same-site", "cross-site", "none"]),
    mode=st.sampled_from([None, "navigate", "cors", "no-cors"]),
    cookie=st.sampled_from([None, "", "wrong", TOKEN, "right "]),
    bearer=st.sampled_from([None, "", "wrong", TOKEN]), is_public=st.booleans(),
)  # fmt: skip

_OURS = {OWN, "localhost:8080", "[::1]:8080"}


@given(_REQUESTS)
def test_only_who_asks_us_from_us_and_knows_the_token_comes_in(asked: Request) -> None:
    verdict = RULE.decide(asked)
    if verdict is not Verdict.WELCOME:
        assert 400 <= verdict.status < 500
        assert verdict.said
        return
    assert asked.method in ("GET", "HEAD", "POST")
    assert (asked.host or "").lower() in _OURS
    assert asked.origin is None or asked.origin.removeprefix("http://") in _OURS
    knows = TOKEN in (asked.cookie, asked.bearer)
    assert knows or asked.is_public
    if asked.method == "POST":
        assert asked.origin is not None or asked.bearer == TOKEN
        assert asked.site not in ("cross-site", "same-site")


@given(_REQUESTS)
def test_who_has_everything_right_is_never_turned_away(asked: Request) -> None:
    right = Request(
        "POST" if asked.method == "POST" else "GET", OWN, f"http://{OWN}", "same-origin",
        asked.mode, TOKEN, asked.bearer, asked.is_public,
    )  # fmt: skip
    assert RULE.decide(right) is Verdict.WELCOME


def test_of_all_addresses_the_one_that_was_reached_is_ours() -> None:
    """Only where all were bound on purpose; a name never is, whatever it resolves to."""
    reached = "192.168.1.5:8080"
    here = Request("GET", reached, cookie=TOKEN, reached=reached)
    far = Request("GET", "evil.example:8080", cookie=TOKEN, reached=reached)
    everywhere = Admission(RULE.hosts, TOKEN, everywhere=True)
    assert everywhere.decide(here) is Verdict.WELCOME
    assert everywhere.decide(far) is Verdict.WRONG_HOST
    assert RULE.decide(here) is Verdict.WRONG_HOST
    own = Request("POST", reached, "http://192.168.1.5:8080", cookie=TOKEN, reached=reached)
    assert everywhere.decide(own) is Verdict.WELCOME
    other = Request("POST", reached, "http://192.168.1.6:8080", cookie=TOKEN, reached=reached)
    assert everywhere.decide(other) is Verdict.FOREIGN


def test_an_address_that_was_bound_on_purpose_may_be_asked() -> None:
    hosts = hosts_of(["192.168.1.5", "fe80::1", "Desk.local"], 8080)
    assert {"192.168.1.5:8080", "[fe80::1]:8080", "desk.local:8080"} < hosts
    assert "192.168.1.5" not in hosts
    assert "192.168.1.5" in hosts_of(["192.168.1.5"], 80)
