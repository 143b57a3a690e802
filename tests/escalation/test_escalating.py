"""Escalations: raised once, taken on by who may, risen by the clock, sent by every route."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from gastown.ops import escalating
from gastown.store.town import Edge, Town
from tests.support.desk import Desk, host

NOW = datetime.now(UTC)


def at(desk: Desk, hours: float) -> Town:
    """The town so many hours from now."""
    return Town(desk.root.resolve(), Edge(clock=lambda: NOW + timedelta(hours=hours)))


def subjects(desk: Desk, address: str) -> list[str]:
    return [mail.subject for mail in desk.town.read().mail(address)]


@pytest.fixture
def hook_server() -> Iterator[tuple[str, list[Any], list[int]]]:
    """A server: its address, the bodies it got, and the answers it will give."""
    bodies: list[Any] = []
    answers: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(answers.pop(0) if answers else 204)
            self.send_header("Location", "http://127.0.0.2:1/")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/secret", bodies, answers
    server.shutdown()
    thread.join()
    server.server_close()


def test_one_thing_escalated_twice_is_one(desk: Desk) -> None:
    first = desk.gt("escalate", "The keys expire", "--json").data
    again = desk.gt("escalate", "-s", "high", "the KEYS expire", "--json").data
    assert (first["new"], again["new"]) == (True, False)
    assert again["escalation"]["id"] == first["escalation"]["id"]
    assert (again["escalation"]["count"], again["escalation"]["severity"]) == (2, "high")
    assert subjects(desk, "human") == ["[medium] The keys expire", "[high] The keys expire"]
    assert "The keys expire (2 times)" in desk.gt("escalate").out
    identifier = first["escalation"]["id"]
    assert "is acknowledged" in desk.gt("escalate", "ack", identifier).out
    desk.gt("escalate", "ack", identifier, status=4)
    desk.gt("escalate", "close", identifier, "-r", "renewed")
    assert desk.gt("escalate", "list", "--json").data == []
    assert "renewed" in desk.gt("escalate", "show", identifier).out
    desk.gt("escalate", "show", "es-none", status=3)


def test_an_agent_ends_only_what_it_raised(desk: Desk) -> None:
    bead, tree = desk.sling()
    theirs = desk.gt("escalate", "A person's", "--json").data["escalation"]["id"]
    own = desk.gt("escalate", "Which port?", "--json", at=tree).data["escalation"]
    assert own["bead"] == bead
    desk.gt("escalate", "ack", theirs, at=tree, status=1)
    desk.gt("escalate", "resolve", own["id"], at=tree)


def test_what_nobody_acknowledges_rises_twice(desk: Desk) -> None:
    desk.gt("escalate", "Help", "-s", "high")
    assert escalating.rise(at(desk, 3)) == []
    [once] = escalating.rise(at(desk, 5))
    assert once.severity == "critical"
    assert escalating.rise(at(desk, 6)) == []
    [twice] = escalating.rise(at(desk, 10))
    assert (twice.severity, twice.rises) == ("critical", 2)
    assert escalating.rise(at(desk, 100)) == []
    assert subjects(desk, "human") == ["[high] Help", "[critical] Help", "[critical] Help"]


def test_every_route_is_followed_until_it_leads_somewhere(
    desk: Desk, hook_server: tuple[str, list[Any], list[int]]
) -> None:
    url, bodies, answers = hook_server
    answers += [500, 302]
    settings = desk.root / "hq" / "town.toml"
    settings.write_text(
        settings.read_text()
        + f"""
[escalation]
routes = {{ low = ["mail:nobody", "webhook:ops", "command:note"] }}
[escalation.webhooks]
ops = "{url}"
[escalation.commands]
note = 'cat > {desk.root}/.gt/got; printf %s "$GT_ESCALATION_TITLE" >> {desk.root}/.gt/got'
"""
    )
    title = '$(touch x) `id` "q"'
    refused = desk.gt("escalate", title, "-s", "low").out
    assert refused.count("not accepted") == 2
    assert "mail:nobody" in refused
    assert bodies == []
    desk.gt("config", "accept")
    why: list[str] = []
    for hours in (0.1, 0.2, 0.4):
        why += escalating.deliver(at(desk, hours), host()).failed
    first, second = (one for one in why if "webhook" in one)
    assert first.endswith("127.0.0.1 answers 500")
    assert second.endswith("127.0.0.1 answers 302")
    assert not any("secret" in one for one in why)
    assert [body["title"] for body in bodies] == [title] * 3
    assert title in (desk.root / ".gt" / "got").read_text()
    [found] = desk.town.read().escalations()
    assert set(found.delivered) == {"low webhook:ops", "low command:note"}
    for hours in (1, 2, 4, 8):
        escalating.deliver(at(desk, hours), host())
    before = desk.town.commit()
    assert escalating.deliver(at(desk, 50), host()) == escalating.Sent()
    assert desk.town.commit() == before
