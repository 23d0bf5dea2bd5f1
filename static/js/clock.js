// The clock: rows by key (j, k, arrows), choosing (x), how many are chosen; printing and copying. Without it everything still works by mouse and Tab.
(() => {
  "use strict";
  const form = document.querySelector("[data-bulk]");
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  if (form) {
    const boxes = all('input[name="row"]', form);
    const rows = all("[data-row]", form);
    const words = form.querySelector("[data-picked]");
    const every = form.querySelector("[data-pick-all] input");
    const say = (text) => { if (words && words.textContent !== text) words.textContent = text; };

    const count = () => {
      const chosen = boxes.filter((box) => box.checked).length;
      for (const row of rows) {
        const box = row.querySelector('input[name="row"]');
        row.classList.toggle("is-chosen", Boolean(box && box.checked));
      }
      say(chosen ? `${chosen} chosen` : "None chosen");
      if (every) {
        every.checked = chosen > 0 && chosen === boxes.length;
        every.indeterminate = chosen > 0 && chosen < boxes.length;
      }
    };

    const current = () => rows.findIndex((row) => row.contains(document.activeElement));
    const marked = () => rows.find((row) => row.classList.contains("is-current"));
    const go = (step) => {
      const at = current() >= 0 ? current() : rows.indexOf(marked());
      const next = rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + step))];
      if (!next) return;
      rows.forEach((row) => row.classList.toggle("is-current", row === next));
      next.querySelector("[data-row-link]").focus();
      next.scrollIntoView({ block: "nearest" });
    };
    const choose = () => {
      const box = marked() && marked().querySelector('input[name="row"]');
      if (box) { box.checked = !box.checked; count(); }
    };

    const keys = form.querySelector("[data-row-keys]");
    if (keys) {
      const does = { j: () => go(1), ArrowDown: () => go(1), k: () => go(-1), ArrowUp: () => go(-1), x: choose };
      keys.hidden = false;
      for (const button of all("[data-key]", keys)) button.addEventListener("click", () => does[button.dataset.key]());
    }
    form.addEventListener("focusin", (event) => {
      const row = event.target.closest("[data-row]");
      if (row) rows.forEach((other) => other.classList.toggle("is-current", other === row));
    });
    form.addEventListener("change", (event) => {
      if (event.target === every) boxes.forEach((box) => { box.checked = every.checked; });
      count();
    });
    // A key on a row, with nobody chosen, means that row.
    form.addEventListener("submit", (event) => {
      if (boxes.some((box) => box.checked)) return;
      const box = marked() && marked().querySelector('input[name="row"]');
      if (box) { box.checked = true; count(); return; }
      event.preventDefault();
      say("Nobody is chosen yet");
    });
    if (every) {
      form.querySelector("[data-pick-all]").hidden = false;
      form.querySelector("[data-pick-word]").remove();
    }
    count();
    window.addEventListener("pageshow", count);
  }

  for (const input of all("[data-checks]")) {
    const radio = document.getElementById(input.dataset.checks);
    if (radio) input.addEventListener("input", () => { radio.checked = true; });
  }
  for (const button of all("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
  for (const input of all("[data-selects]")) input.addEventListener("focus", () => input.select());
  for (const button of all("[data-copies]")) {
    const input = document.getElementById(button.dataset.copies);
    if (!input || !navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", () => navigator.clipboard.writeText(input.value).then(
      () => { button.textContent = "Copied"; },
      () => { input.select(); },
    ));
  }
})();
