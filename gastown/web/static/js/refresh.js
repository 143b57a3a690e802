// Brings the page to the town as it is now: asks for its own address, and morphs what has changed.
import { Idiomorph } from "../vendor/idiomorph.js";

const PARTS = ["top", "nav", "time", "main"];
let tag = null;
let asking = null;
let again = false;

// What a person has changed and not sent stays: open details, and what is being typed.
function keeps(old, fresh) {
  if (old.nodeType !== 1) return true;
  if (old.id === "live") return false;
  if (old.tagName === "DETAILS" && fresh.nodeType === 1) fresh.open = old.open;
  if (old === document.activeElement && old.matches("input, textarea, select")) return false;
  if (old.matches("form[data-edited]")) return false;
  return true;
}

export function forget() {
  tag = null;
}

// Resolves to whether the page is as the town is; a second call while one is under way asks again.
export function refresh() {
  if (asking) {
    again = true;
    return asking;
  }
  asking = ask().finally(() => {
    asking = null;
    if (again) {
      again = false;
      refresh();
    }
  });
  return asking;
}

async function ask() {
  const headers = { "Gt-Part": "1" };
  if (tag) headers["If-None-Match"] = tag;
  let answer;
  try {
    answer = await fetch(location.href, { headers, cache: "no-store", redirect: "manual" });
  } catch {
    return false;
  }
  if (answer.status === 304) return true;
  if (answer.status === 401) {
    location.reload();
    return false;
  }
  if (answer.status >= 500 || answer.type === "opaqueredirect") return false;
  const found = new DOMParser().parseFromString(await answer.text(), "text/html");
  tag = answer.headers.get("ETag");
  for (const id of PARTS) {
    const old = document.getElementById(id);
    const fresh = found.getElementById(id);
    if (old && fresh) {
      Idiomorph.morph(old, fresh, { callbacks: { beforeNodeMorphed: keeps } });
      for (const name of ["class"]) {
        if (fresh.hasAttribute(name)) old.setAttribute(name, fresh.getAttribute(name));
      }
    }
  }
  document.dispatchEvent(new Event("town:shown"));
  return true;
}
