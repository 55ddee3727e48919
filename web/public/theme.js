// Before the first paint, so that a chosen theme does not flash. The choice is made in src/theme.ts.
{
  const chosen = localStorage.getItem("playhead-theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
}
