// Actions: their forms open in a dialog, are sent without leaving the page, and what became of them
// is told in a corner.
import { forget, refresh } from "./refresh.js";

const TOLD_MS = 9000;

export function tell(html) {
  const box = document.createElement("div");
  box.className = "toast";
  box.innerHTML = html;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "close";
  close.setAttribute("aria-label", "Close");
  close.textContent = "×";
  close.onclick = () => box.remove();
  box.append(close);
  document.getElementById("toasts").append(box);
  if (!box.querySelector(".complaint")) setTimeout(() => box.remove(), TOLD_MS);
}

function say(text) {
  const box = document.createElement("p");
  box.textContent = text;
  tell(box.outerHTML);
}

function open(html) {
  const dialog = document.getElementById("asking");
  dialog.innerHTML = html;
  if (!dialog.open) dialog.showModal();
  dialog.querySelector("input:not([type=hidden]), textarea, select, button")?.focus();
}

// Ask for what an action needs.
export async function ask(href) {
  const answer = await fetch(href, { headers: { "Gt-Part": "1" } }).catch(() => null);
  if (!answer) return say("The dashboard does not answer.");
  const html = await answer.text();
  if (answer.ok) open(html);
  else tell(html);
}

async function send(form, button) {
  const body = new URLSearchParams(new FormData(form, button));
  form.setAttribute("aria-busy", "true");
  for (const one of form.querySelectorAll("button")) one.disabled = true;
  try {
    const answer = await fetch(form.getAttribute("action"), {
      method: "POST", body, headers: { "Gt-Part": "1" },
    });
    const html = await answer.text();
    if (answer.status === 409 && html.includes("<form")) {
      open(html);
      return;
    }
    tell(html);
    if (!answer.ok) return;
    form.removeAttribute("data-edited");
    document.getElementById("asking").close();
    const to = answer.headers.get("Gt-Go");
    if (to) location.assign(to);
    else {
      forget();
      await refresh();
    }
  } catch {
    say("The dashboard does not answer; whether it was done is not known.");
  } finally {
    form.removeAttribute("aria-busy");
    for (const one of form.querySelectorAll("button")) one.disabled = false;
  }
}

export function forms() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.getAttribute("action")?.startsWith("/do/")) return;
    event.preventDefault();
    send(form, event.submitter);
  });
  document.addEventListener("input", (event) => {
    const form = event.target.closest("#main form");
    if (form && form.method === "post") form.setAttribute("data-edited", "");
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-act]");
    if (link && !link.closest("#palette-list") && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      ask(link.href);
    }
    const close = event.target.closest("dialog [data-close]");
    if (close) {
      event.preventDefault();
      close.closest("dialog").close();
    }
    const copy = event.target.closest("[data-copy]");
    if (copy) {
      navigator.clipboard?.writeText(copy.textContent).then(() => say(`Copied: ${copy.textContent}`));
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches?.("[data-copy]")) event.target.click();
  });
}
