// The drawn liver as an input: a click on a segment chooses it in the form (the links work without this).
(() => {
  "use strict";
  const choose = (segment, id) => {
    const control = document.getElementById(id);
    if (!control) return false;
    if (control.matches("select, input")) {
      control.value = segment;
      control.dispatchEvent(new Event("change", { bubbles: true }));
      control.focus();
      return true;
    }
    const radio = control.querySelector(`input[value="${CSS.escape(segment)}"]`);
    if (!radio) return false;
    radio.checked = true;
    radio.dispatchEvent(new Event("change", { bubbles: true }));
    radio.focus();
    return true;
  };
  const mark = (svg, segment) => {
    for (const link of svg.querySelectorAll("[data-pick-segment]")) {
      if (link.dataset.pickSegment === segment) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-pick-segment][data-pick-for]");
    if (!link || !choose(link.dataset.pickSegment, link.dataset.pickFor)) return;
    event.preventDefault();
    mark(link.closest("svg"), link.dataset.pickSegment);
  });
  document.addEventListener("change", (event) => {
    const id = event.target.id || (event.target.closest("fieldset") || {}).id;
    if (!id) return;
    for (const link of document.querySelectorAll(`[data-pick-for="${CSS.escape(id)}"]`)) mark(link.closest("svg"), event.target.value);
  });
})();
