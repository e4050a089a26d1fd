try {
  const kept = localStorage.getItem("portal.theme");
  if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;
} catch {
  document.documentElement.removeAttribute("data-theme");
}
