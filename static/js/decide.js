// The decision by keyboard: Ctrl and Enter press the main button of the form one types in (record and sign),
// Escape leaves an input, so that the single keys answer again. What is not settled yet is waited for: the rows
// and the comparison of an outcome that was just chosen are seen before anything is sent.
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

  document.addEventListener("htmx:beforeRequest", (event) => { if (looks(event)) looking += 1; });
  document.addEventListener("htmx:afterRequest", (event) => { if (looks(event)) looking = Math.max(0, looking - 1); });
  document.addEventListener("submit", (event) => {
    if (!looking || !event.target.matches("form.decide")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const form = event.target, submitter = event.submitter;
    document.addEventListener("htmx:afterSettle", () => { if (document.contains(form)) form.requestSubmit(submitter || undefined); }, { once: true });
  }, true);
})();
