// Says that the person has the dashboard in front of them: what they see need not be told twice.
const EVERY_MS = 10000;

function say() {
  if (document.hasFocus() && document.visibilityState === "visible") {
    fetch("/presence", { method: "POST" }).catch(() => {});
  }
}

export function presence() {
  setInterval(say, EVERY_MS);
  addEventListener("focus", say);
  say();
}
