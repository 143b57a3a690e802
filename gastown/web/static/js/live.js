// Hears that the town has moved, from a stream that all tabs of this browser share; says so when
// nothing is heard any more, and asks every few seconds then.
import { refresh } from "./refresh.js";

const SILENCE_MS = 13000;
const FALLBACK_MS = 10000;
const DOWN_MS = 2500;
let heard = 0;
let down = 0;
let late = 0;
let trouble = null;
let version = null;  // what this page shows

function show() {
  const place = document.getElementById("live");
  if (!place) return;
  const now = performance.now();
  const silent = now - heard > SILENCE_MS || (down > heard && now - down > DOWN_MS);
  let state = "live";
  if (new URLSearchParams(location.search).has("at")) state = "past";
  else if (heard === 0) state = "connecting";
  else if (silent) state = "lost";
  else if (trouble || late > 30) state = "stale";
  const said = {
    live: ["●", "live"],
    past: ["◷", "looking back"],
    connecting: ["…", "connecting"],
    lost: ["✗", "connection lost: this is old"],
    stale: ["△", "the town cannot be looked at"],
  }[state];
  if (place.dataset.state === state) return;
  place.dataset.state = state;
  document.documentElement.dataset.live = state;
  place.querySelector(".symbol").textContent = said[0];
  place.querySelector(".word").textContent = said[1];
}

function hear(message) {
  if (message.down) {
    if (down <= heard) down = performance.now();
    return;
  }
  heard = performance.now();
  late = message.late ?? 0;
  trouble = message.trouble;
  if (version !== message.version) {
    version = message.version;
    refresh();
  }
  show();
}

function listen() {
  if ("SharedWorker" in window) {
    const worker = new SharedWorker("/static/js/live-worker.js", { name: "town" });
    worker.port.onmessage = (event) => hear(event.data);
    worker.port.start();
    addEventListener("pagehide", () => worker.port.postMessage("bye"));
    addEventListener("pageshow", (event) => event.persisted && worker.port.postMessage("back"));
    return;
  }
  let stream = null;
  const open = () => {
    if (stream || document.visibilityState === "hidden") return;
    stream = new EventSource("/live");
    for (const name of ["moved", "beat"]) {
      stream.addEventListener(name, (event) => hear(JSON.parse(event.data)));
    }
    stream.onerror = () => hear({ down: true });
  };
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") open();
    else {
      stream?.close();
      stream = null;
    }
  });
  open();
}

export function follow() {
  version = Number(document.body.dataset.version) || null;
  listen();
  setInterval(show, 1000);
  setInterval(async () => {
    if (document.visibilityState === "hidden") return;
    const good = await refresh();
    if (good && performance.now() - heard > SILENCE_MS) show();
  }, FALLBACK_MS);
  show();
}
