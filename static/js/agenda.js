// Rows of the agenda: J and K choose one (the focus moves to its link), and what has data-row-key in the chosen row
// answers to that key. After a change the page comes back with the row in its address, and it is chosen again.
(() => {
  "use strict";
  const rows = () => [...document.querySelectorAll("[data-row]")].filter((row) => row.querySelector("[data-row-link]"));
  const link = (row) => row.querySelector("[data-row-link]");
  let first = null;

  const choose = (row) => {
    if (first === null) first = [...document.querySelectorAll("[data-row-key][data-key]")].map((element) => [element, element.dataset.key]);
    for (const other of document.querySelectorAll("[data-row].is-chosen")) {
      other.classList.remove("is-chosen");
      for (const element of other.querySelectorAll("[data-row-key]")) delete element.dataset.key;
    }
    for (const [element, key] of first) element.dataset.key = key;
    if (!row) return;
    row.classList.add("is-chosen");
    for (const element of row.querySelectorAll("[data-row-key]")) {
      for (const same of document.querySelectorAll(`[data-key="${element.dataset.rowKey}"]`)) delete same.dataset.key;
      element.dataset.key = element.dataset.rowKey;
    }
  };

  document.addEventListener("focusin", (event) => {
    const row = event.target.closest("[data-row]");
    if (row && link(row)) choose(row);
  });

  document.addEventListener("click", (event) => {
    const step = event.target.closest("[data-step]");
    if (!step) return;
    const all = rows(), now = all.findIndex((row) => row.classList.contains("is-chosen"));
    const next = all[now < 0 ? 0 : Math.min(Math.max(now + Number(step.dataset.step), 0), all.length - 1)];
    if (next) { link(next).focus(); next.scrollIntoView({ block: "nearest" }); }
  });

  // A disclosure that a key has opened goes on by keyboard.
  document.addEventListener("toggle", (event) => {
    if (!event.target.open || !event.target.closest("[data-row]")) return;
    const input = event.target.querySelector("select, input:not([type=hidden])");
    if (input) input.focus();
  }, true);

  // After the browser has gone to the place in the address, which takes the focus away.
  window.addEventListener("load", () => setTimeout(() => {
    const named = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (named && named.matches("[data-row]") && link(named)) link(named).focus();
  }));
})();
