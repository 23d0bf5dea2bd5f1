// A form with data-guard asks before the page is left while something in it was typed and not yet sent.
(() => {
  "use strict";
  const dirty = new Set();

  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-guard]");
    if (form) dirty.add(form);
  });
  document.addEventListener("submit", (event) => dirty.delete(event.target));
  document.addEventListener("reset", (event) => dirty.delete(event.target));
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt.closest && event.detail.elt.closest("form[data-guard]");
    if (form && event.detail.successful) dirty.delete(form);
  });
  window.addEventListener("beforeunload", (event) => {
    const open = [...dirty].some((form) => document.contains(form));
    if (open) event.preventDefault();
  });
})();
