"""What the dashboard says of the person, and how a notice leads into it."""

from __future__ import annotations

import time

import pytest

from gastown.store.notices import present_at
from tests.support.desk import Desk
from tests.web.conftest import TOKEN, Web


def test_it_is_in_front_of_the_person(desk: Desk, web: Web) -> None:
    """The page says so; from then on nothing is told that is seen there."""
    assert present_at(desk.town.layout) is None
    assert web.post("/presence", {}).status == 204
    at = present_at(desk.town.layout)
    assert at is not None
    assert abs(time.time() - at) < 60
    assert web.get("/presence").status == 404  # looking says nothing
    assert "is in front of you" in desk.gt("notify", "rules").out


@pytest.mark.parametrize(("to", "leads"), [
    ("agents/mp/toast", "/agents/mp/toast"), ("", "/"), ("//evil.example", "/"),
    ("https:/evil.example", "/"), ("..%2F%2Fevil", "/"), ("a%0d%0ab", "/"),
])  # fmt: skip
def test_a_link_leads_to_a_page_of_ours(web: Web, to: str, leads: str) -> None:
    """Signed in, the browser goes on to the page that was asked for, never elsewhere."""
    answer = web.get(f"/sign-in?token={TOKEN}&to={to}")
    assert answer.status == 200
    assert f'content="0; url={leads}"' in answer.text
