// The command palette: what is typed is looked up by the server, arrows choose, Enter goes.
import { ask } from "./forms.js";

let asked = 0;

function list() {
  return document.getElementById("palette-list");
}

function options() {
  return [...list().querySelectorAll("[role=option]")];
}

function choose(option) {
  for (const one of options()) one.setAttribute("aria-selected", String(one === option));
  const input = document.getElementById("palette-input");
  if (option) {
    input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  } else input.removeAttribute("aria-activedescendant");
}

async function look() {
  const mine = ++asked;
  const query = document.getElementById("palette-input").value;
  const answer = await fetch(`/palette?q=${encodeURIComponent(query)}`).catch(() => null);
  if (mine !== asked || !answer?.ok) return;
  list().innerHTML = await answer.text();
  choose(options()[0]);
}

function go(option) {
  document.getElementById("palette").close();
  if (option.hasAttribute("data-act")) ask(option.href);
  else location.assign(option.href);
}

export function openPalette() {
  const dialog = document.getElementById("palette");
  if (dialog.open) return;
  document.getElementById("palette-input").value = "";
  dialog.showModal();
  look();
}

export function palette() {
  const input = document.getElementById("palette-input");
  if (!input) return;
  document.addEventListener("click", (event) => {
    if (event.target.closest("#open-palette")) openPalette();
    const option = event.target.closest("#palette-list [role=option]");
    if (option) {
      event.preventDefault();
      go(option);
    }
  });
  input.addEventListener("input", look);
  input.addEventListener("keydown", (event) => {
    const all = options();
    const at = all.findIndex((one) => one.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const by = event.key === "ArrowDown" ? 1 : -1;
      if (all.length) choose(all[(at + by + all.length) % all.length]);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (all[at]) go(all[at]);
    }
  });
}
