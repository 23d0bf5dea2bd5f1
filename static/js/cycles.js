// Cycles by keys: g, d, r, n choose the outcome of the row that has the focus (else of the first open one)
// and go on to the next; arrows up and down move between rows. Single keys off: these are off too.
(() => {
  "use strict";
  const OFF = "board.keys.off";
  const off = () => {
    try { return localStorage.getItem(OFF) === "1"; } catch { return false; }
  };
  const typing = (target) =>
    target.isContentEditable || target.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=button], [type=submit])");
  const chosen = (row) => row.querySelector("[data-outcome-key]:checked");
  const place = (row) => (chosen(row) || row.querySelector("[data-outcome-key]")).focus();

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (off() || typing(event.target) || document.querySelector("dialog[open]")) return;
    const rows = [...document.querySelectorAll("[data-cycle]")];
    const here = event.target.closest("[data-cycle]");
    const row = here || rows.find((item) => item.matches("[data-open]") && !chosen(item));
    if (!row) return;
    const radio = [...row.querySelectorAll("[data-outcome-key]")].find((item) => item.dataset.outcomeKey === event.key.toLowerCase());
    if (!radio) return;
    event.preventDefault();
    radio.checked = true;
    radio.dispatchEvent(new Event("input", { bubbles: true }));
    const why = row.querySelector("select");
    if (radio.value !== "given" && why && !why.value) { why.focus(); return; }
    const next = rows[rows.indexOf(row) + 1];
    if (next) place(next); else radio.focus();
  });
})();
