// The slider and the number of a threshold move together; the list at the left follows; pages can be printed.
(() => {
  "use strict";
  const number = (text) => Number(text.trim().replace(",", "."));

  const show = (root) => {
    for (const slider of root.querySelectorAll("[data-slides]")) slider.hidden = false;
    for (const button of root.querySelectorAll("[data-print]")) button.hidden = false;
  };

  const follow = (input) => {
    for (const place of document.querySelectorAll("[data-follows]")) {
      if (place.dataset.follows === input.id) place.textContent = input.value;
    }
  };

  document.addEventListener("input", (event) => {
    const target = event.target;
    if (target.dataset.slides) {
      const input = document.getElementById(target.dataset.slides);
      input.value = target.value;
      input.dispatchEvent(new Event("input", { bubbles: true }));
    } else if (target.matches("input[data-number]")) {
      const slider = document.querySelector(`[data-slides="${CSS.escape(target.id)}"]`);
      if (slider && target.value.trim() !== "" && Number.isFinite(number(target.value))) slider.value = number(target.value);
      follow(target);
    }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });
  document.addEventListener("DOMContentLoaded", () => show(document));
  document.addEventListener("htmx:load", (event) => {
    show(event.detail.elt);
    const next = event.detail.elt.querySelector("[data-focus]");
    if (next) next.focus();
  });
})();
