// The slider of time: says the number while it is moved, and goes there when it is let go.
function go() {
  const range = document.getElementById("step");
  const query = new URLSearchParams(location.search);
  query.delete("at");
  query.set("step", range.value);
  location.assign(`${location.pathname}?${query}`);
}

export function slider() {
  document.addEventListener("input", (event) => {
    if (event.target.id === "step") {
      document.getElementById("step-of").textContent = Number(event.target.value) + 1;
    }
  });
  let due = null;
  document.addEventListener("change", (event) => {
    if (event.target.id !== "step") return;
    clearTimeout(due);
    due = setTimeout(go, 250);
  });
  document.addEventListener("submit", (event) => {
    if (event.target.id !== "slide") return;
    event.preventDefault();
    go();
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("#to-present")) return;
    event.preventDefault();
    const query = new URLSearchParams(location.search);
    query.delete("at");
    location.assign(location.pathname + (query.size ? `?${query}` : ""));
  });
}
