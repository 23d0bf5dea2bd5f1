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

  // Lesions: where the page has a place for the series of one, a click puts it there and the arrows go from one to
  // the next (the links work without this).
  const order = (one, other) => one.dataset.lesionLink.localeCompare(other.dataset.lesionLink, undefined, { numeric: true });
  const place = () => document.getElementById("room-lesions");
  const shows = () => {
    const box = place();
    if (!box) return;
    for (const link of document.querySelectorAll(".liver a[data-lesion-link]")) {
      if (link.dataset.lesionLink === box.dataset.lesion) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  };
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    const link = event.target.closest("a[data-lesion-link]"), box = place();
    if (!link || !box) return;
    event.preventDefault();
    const label = encodeURIComponent(link.dataset.lesionLink), drawn = link.closest("svg");
    const page = label ? `${box.dataset.page}&lesion=${label}` : box.dataset.page;
    htmx.ajax("GET", label ? `${box.dataset.part}?lesion=${label}` : box.dataset.part, { target: box, swap: "outerHTML" }).then(() => {
      history.replaceState(null, "", page);
      shows();
      if (drawn) link.focus();
    });
  });
  document.addEventListener("keydown", (event) => {
    const link = event.target.closest && event.target.closest(".liver a[data-lesion-link]");
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!link || !step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const links = [...link.closest("svg").querySelectorAll("a[data-lesion-link]")].sort(order);
    links[(links.indexOf(link) + step + links.length) % links.length].focus();
  }, true);
})();
