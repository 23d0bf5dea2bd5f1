// The decision by keyboard: Ctrl and Enter press the main button of the form one types in (record and sign),
// Escape leaves an input, so that the single keys answer again. Nothing is sent while the rows and the comparison of
// an outcome that was just chosen are still on their way: what is signed has been seen.
(() => {
  "use strict";
  let looking = 0;
  const looks = (event) => event.detail.target && event.detail.target.id === "decide-live";

  document.addEventListener("keydown", (event) => {
    const area = event.target.closest("#decision, #room-facts");
    if (!area || event.isComposing) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      const form = event.target.closest("form");
      const button = form && (form.querySelector("[data-main]") || form.querySelector("[type=submit]"));
      if (!button) return;
      event.preventDefault();
      button.click();
    } else if (event.key === "Escape" && event.target.matches("input, select, textarea")) {
      event.target.blur();
    }
  });

  // What a key opens is where one goes on.
  document.addEventListener("click", (event) => {
    const summary = event.target.closest("#room-facts summary, #decision summary");
    if (!summary) return;
    setTimeout(() => {
      const first = summary.parentElement.open && summary.parentElement.querySelector("input:not([type=hidden]), textarea");
      if (first) { first.focus(); first.scrollIntoView({ block: "nearest" }); }
    });
  });

  document.addEventListener("htmx:beforeRequest", (event) => { if (looks(event)) looking += 1; });
  document.addEventListener("htmx:afterRequest", (event) => { if (looks(event)) looking = Math.max(0, looking - 1); });
  document.addEventListener("submit", (event) => {
    if (!looking || !event.target.matches("form.decide")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
})();
