// Keys: `g` and a letter goes to a section, `/` searches, j and k walk the rows, `?` tells them all.
import { openPalette } from "./palette.js";

const GO_MS = 1500;
let going = 0;

function isTyping(target) {
  return target.closest?.("input, textarea, select, [contenteditable]") || document.querySelector("dialog[open]");
}

function rows() {
  return [...document.querySelectorAll("#main [data-row]")].filter((row) => row.offsetParent !== null);
}

function walk(by) {
  const all = rows();
  if (!all.length) return;
  const at = all.findIndex((row) => row.contains(document.activeElement));
  const next = all[Math.min(all.length - 1, Math.max(0, at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by))];
  const target = next.querySelector("a, button, [tabindex]") ?? next;
  if (target === next) next.tabIndex = -1;
  target.focus();
  next.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const range = document.getElementById("step");
  if (!range) return;
  range.value = Number(range.value) + by;
  range.dispatchEvent(new Event("change", { bubbles: true }));
}

function press(event) {
  if (event.ctrlKey || event.metaKey) {
    if (event.key.toLowerCase() === "k") {
      event.preventDefault();
      openPalette();
    }
    return;
  }
  if (event.altKey || isTyping(event.target)) return;
  if (going && performance.now() - going < GO_MS) {
    going = 0;
    const link = document.querySelector(`#nav a[data-key="${CSS.escape(event.key)}"]`);
    if (link) {
      event.preventDefault();
      link.click();
    }
    return;
  }
  const does = {
    g: () => (going = performance.now()),
    "/": () => document.getElementById("search")?.select(),
    "?": () => document.getElementById("help").showModal(),
    j: () => walk(1),
    k: () => walk(-1),
    "[": () => step(-1),
    "]": () => step(1),
    t: () => document.getElementById("to-present")?.click(),
    ":": () => openPalette(),
  }[event.key];
  if (!does) return;
  event.preventDefault();
  does();
}

export function keys() {
  document.addEventListener("keydown", press);
}
