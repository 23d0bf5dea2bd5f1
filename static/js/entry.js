// The entry page by keyboard: y, n, u (and digits) answer the row in which the focus is, b takes over the previous
// value, d opens its date, Delete takes the answer back, Enter goes on to the next row. A click on the drawn liver
// adds a lesion. Without this script the same page works with the Save buttons.
(() => {
  "use strict";
  document.documentElement.classList.add("has-script");

  const ROW = "[data-fact]";
  const typing = (target) => target.matches("textarea, select, input:not([type=checkbox], [type=radio])");
  const answers = (row) => [...row.querySelectorAll(".fact__answer :is(input, select):not([type=hidden])")];
  const visible = (element) => element.getClientRects().length > 0;
  const first = (row) => answers(row).find((input) => input.checked && visible(input)) || answers(row).find(visible);

  const press = (element) => {
    if (element.matches("input[type=radio]")) {
      if (element.checked) return;
      element.checked = true;
      element.focus();
      element.dispatchEvent(new Event("change", { bubbles: true }));
    } else {
      element.click();
    }
  };

  const next = (row, back) => {
    const rows = [...document.querySelectorAll(ROW)].filter(visible);
    const other = rows[rows.indexOf(row) + (back ? -1 : 1)];
    if (other) (first(other) || other).focus();
  };

  const openDate = (row) => {
    const date = row.querySelector(".fact__date");
    if (!date) return false;
    date.open = true;
    date.querySelector("input[type=date]").focus();
    return true;
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const row = event.target.closest(ROW);
    if (!row) return;
    const stop = () => { event.preventDefault(); event.stopPropagation(); };
    if (event.key === "Enter" && event.target.matches("input")) {
      stop();
      if (typing(event.target) && event.target.value !== event.target.defaultValue) {
        event.target.dispatchEvent(new Event("change", { bubbles: true }));
        event.target.dataset.sent = event.target.value;
      }
      next(row, event.shiftKey);
      return;
    }
    if (typing(event.target) || event.target.matches("button, summary")) return;
    const key = event.key.toLowerCase();
    if (key === "delete" || key === "backspace") {
      const clear = row.querySelector(".fact__clear");
      if (clear) { stop(); clear.click(); }
      return;
    }
    if (key === "d" && openDate(row)) { stop(); return; }
    const found = row.querySelector(`[data-row-key="${CSS.escape(key)}"]`);
    if (found) { stop(); press(found); }
  }, true);

  // Enter has already sent the value; leaving the input must not send it once more.
  document.addEventListener("change", (event) => {
    if (event.target.dataset && event.target.dataset.sent === event.target.value && event.isTrusted) {
      delete event.target.dataset.sent;
      event.stopPropagation();
    }
    const row = event.target.closest && event.target.closest(ROW);
    if (!row) return;
    // 'Not known' and a value exclude each other.
    if (event.target.name && event.target.name.endsWith(".unknown") && event.target.checked) {
      for (const input of answers(row)) {
        if (input === event.target) continue;
        if (input.type === "checkbox") input.checked = false; else input.value = "";
      }
    } else if (row.dataset.kind !== "yes_no" && row.dataset.kind !== "choice") {
      const unknown = row.querySelector('[name$=".unknown"]');
      if (unknown && event.target !== unknown) unknown.checked = false;
    }
    // A yes opens what follows from it.
    for (const more of document.querySelectorAll(`[data-opened-by="${CSS.escape(row.dataset.fact)}"]`)) {
      if (event.target.value === "yes") more.open = true;
    }
  }, true);

  // The drawn liver: a segment adds a lesion, as the button of the same name does.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-pick-segment]:not([data-pick-for])");
    if (!link) return;
    const button = document.querySelector(`#lesion-add button[value="${CSS.escape(link.dataset.pickSegment)}"]`);
    if (!button) return;
    event.preventDefault();
    button.click();
  });

  // The buttons beside an answer are reached by their keys; Tab goes from answer to answer.
  const order = (root) => {
    for (const extra of root.querySelectorAll(".fact__clear, .fact__date > summary")) extra.tabIndex = -1;
  };
  document.addEventListener("DOMContentLoaded", () => order(document));
  document.addEventListener("htmx:afterSettle", (event) => { if (event.target.parentNode) order(document); });
})();
