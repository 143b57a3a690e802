// Ages go on while nothing moves.
const SIZES = [[86400, "d"], [3600, "h"], [60, "m"]];

function age(seconds) {
  for (const [size, unit] of SIZES) if (seconds >= size) return `${Math.floor(seconds / size)}${unit}`;
  return `${Math.max(0, Math.floor(seconds))}s`;
}

function tick() {
  if (new URLSearchParams(location.search).has("at")) return;
  const now = Date.now();
  for (const time of document.querySelectorAll("time[datetime]")) {
    const text = age((now - Date.parse(time.dateTime)) / 1000);
    if (time.textContent !== text) time.textContent = text;
  }
}

export function ages() {
  tick();
  setInterval(tick, 1000);
  document.addEventListener("town:shown", tick);
}
