// Appearance: system, light, dark or projector, remembered on this machine. Loaded before the first paint,
// so that the page does not flash.
(() => {
  "use strict";
  const KEY = "board.theme";
  const THEMES = ["light", "dark", "projector"];

  const stored = () => {
    try { return localStorage.getItem(KEY); } catch { return null; }
  };
  const apply = (theme) => {
    if (THEMES.includes(theme)) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
  };
  // A page that is made for the projector says so itself and is not changed.
  if (!document.documentElement.dataset.theme) apply(stored());

  document.addEventListener("DOMContentLoaded", () => {
    for (const choice of document.querySelectorAll("[data-theme-choice]")) {
      choice.hidden = false;
      const current = stored() || "system";
      for (const input of choice.querySelectorAll("input")) {
        input.checked = input.value === current;
        input.addEventListener("change", () => {
          try { localStorage.setItem(KEY, input.value); } catch { /* private mode: this page only */ }
          apply(input.value);
        });
      }
    }
  });
})();
