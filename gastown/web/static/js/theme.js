// Dark or light: as the system has it, until the person says otherwise; a cookie tells the server.
function isDark() {
  const said = document.documentElement.dataset.theme;
  return said ? said === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

export function theme() {
  document.addEventListener("click", (event) => {
    if (!event.target.closest("#theme")) return;
    const next = isDark() ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    document.cookie = `theme=${next}; path=/; max-age=31536000; samesite=strict`;
  });
}
