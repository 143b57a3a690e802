"""A Messages API server on loopback that follows a script: a client is driven without a model.

It answers `POST /v1/messages` with a stream of server-sent events, as far as Claude Code 2.1 needs
it. Which script a request follows is told by a marker in its conversation; how far it is by the
number of answers that the conversation holds already, so that a resumed one goes on where it was.
Requests without tools (a title, a check of the quota) get a short answer besides the script.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Sequence

MODEL = "claude-scripted-1"
TOKENS = {"input_tokens": 100, "cache_read_input_tokens": 20, "cache_creation_input_tokens": 3}
OUTPUT_TOKENS = 7
_LONGEST_HOLD_S = 120
_PUT_IN = "No response requested."


@dataclass(frozen=True)
class Say:
    """An answer in words; the turn is over."""

    text: str


@dataclass(frozen=True)
class Bash:
    """A command that the client is to run; the turn goes on with its result."""

    command: str


@dataclass
class Hold:
    """No answer before `go` is set: the client waits in the middle of its work."""

    go: threading.Event = field(default_factory=threading.Event)
    reached: threading.Event = field(default_factory=threading.Event)


Step = Say | Bash | Hold


class MessagesApi:
    """The server; a context manager.

    Attributes:
        requests: the bodies of all requests with tools, in the order they came.
    """

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self._scripts: list[tuple[str, list[Step]]] = []
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for _, steps in self._scripts:
            for step in steps:
                if isinstance(step, Hold):
                    step.go.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def script(self, marker: str, steps: Sequence[Step]) -> None:
        """Conversations that hold `marker` follow these steps; the latest script wins."""
        self._scripts.insert(0, (marker, list(steps)))

    def seen(self, marker: str) -> list[dict[str, Any]]:
        """The requests of the conversations that hold `marker`."""
        with self._lock:
            return [body for body in self.requests if marker in json.dumps(body["messages"])]

    def answer(self, body: dict[str, Any]) -> Say | Bash:
        """What the script says to a request."""
        if not body.get("tools"):
            return Say("A scripted title")
        with self._lock:
            self.requests.append(body)
        text = json.dumps(body["messages"])
        steps = next((found for marker, found in self._scripts if marker in text), [])
        done = sum(_is_answer(message) for message in body["messages"])
        for step in steps:
            if isinstance(step, Hold):
                if done == 0 and not step.go.is_set():
                    step.reached.set()
                    step.go.wait(_LONGEST_HOLD_S)
            elif done == 0:
                return step
            else:
                done -= 1
        return Say("There is nothing left in the script.")

    def _handler(api: MessagesApi) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if "count_tokens" in self.path:
                    self._send("application/json", b'{"input_tokens": 100}')
                    return
                step = api.answer(body)
                with_stream = body.get("stream", False)
                kind = "text/event-stream" if with_stream else "application/json"
                data = stream(step) if with_stream else json.dumps(whole(step)).encode()
                self._send(kind, data)

            def do_GET(self) -> None:
                self._send("application/json", b"{}")

            do_HEAD = do_GET  # noqa: N815

            def _send(self, kind: str, data: bytes) -> None:
                try:
                    self.send_response(200)
                    self.send_header("Content-Type", kind)
                    self.send_header("Content-Length", str(len(data)))
                    self.end_headers()
                    self.wfile.write(data)
                except (BrokenPipeError, ConnectionResetError):
                    pass  # the client was killed meanwhile

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler


def _is_answer(message: dict[str, Any]) -> bool:
    """Whether a message was answered by us: a resumed client puts one in where a turn was cut."""
    return message["role"] == "assistant" and _PUT_IN not in json.dumps(message["content"])


_numbers = iter(range(1, 1 << 30))


def _block(step: Say | Bash) -> dict[str, Any]:
    if isinstance(step, Say):
        return {"type": "text", "text": step.text}
    name = f"toolu_{next(_numbers):020}"
    return {"type": "tool_use", "id": name, "name": "Bash",
            "input": {"command": step.command, "description": "a scripted step"}}  # fmt: skip


def whole(step: Say | Bash) -> dict[str, Any]:
    """A message as one JSON object."""
    return {
        "id": f"msg_{next(_numbers):020}", "type": "message", "role": "assistant", "model": MODEL,
        "content": [_block(step)], "stop_sequence": None,
        "stop_reason": "end_turn" if isinstance(step, Say) else "tool_use",
        "usage": {**TOKENS, "output_tokens": OUTPUT_TOKENS},
    }  # fmt: skip


def stream(step: Say | Bash) -> bytes:
    """A message as server-sent events."""
    message = whole(step)
    [block] = message["content"]
    start = {**message, "content": [], "stop_reason": None}
    if isinstance(step, Say):
        opened: dict[str, Any] = {"type": "text", "text": ""}
        delta = {"type": "text_delta", "text": step.text}
    else:
        opened = {**block, "input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
    ending = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    events = [
        {"type": "message_start", "message": start},
        {"type": "content_block_start", "index": 0, "content_block": opened},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": ending, "usage": {"output_tokens": OUTPUT_TOKENS}},
        {"type": "message_stop"},
    ]
    lines = [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events]
    return "".join(lines).encode()
