// Keys: any visible link, button or input with data-key="n" answers to that key; "?" lists them all.
// Single keys can be switched off in that list (they may disturb speech input).
(() => {
  "use strict";
  const OFF = "board.keys.off";
  const off = () => {
    try { return localStorage.getItem(OFF) === "1"; } catch { return false; }
  };
  const typing = (target) =>
    target.isContentEditable || target.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=button], [type=submit])");
  const usable = (element) => !element.disabled && element.getClientRects().length > 0;
  const open = () => document.querySelector("dialog[open]");
  const targets = () => [...(open() || document).querySelectorAll("[data-key]")].filter(usable);
  const label = (element) =>
    element.dataset.keyLabel || [...element.childNodes].filter((node) => node.nodeName !== "KBD").map((node) => node.textContent).join(" ").trim();

  const press = (element) => {
    if (element.matches("input, select, textarea")) {
      element.focus();
      if (element.select && element.type !== "radio" && element.type !== "checkbox") element.select();
    } else {
      element.click();
    }
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key.length > 1 && !event.key.startsWith("Arrow")) return;
    if (off() || typing(event.target)) return;
    if (event.key.startsWith("Arrow") && event.target.matches("input, summary, [role=region]")) return;
    const found = targets().find((element) => element.dataset.key.toLowerCase() === event.key.toLowerCase());
    if (!found) return;
    event.preventDefault();
    press(found);
  });

  const list = () => {
    const dialog = document.getElementById("keys");
    const place = dialog && dialog.querySelector("[data-keys-list]");
    if (!place) return;
    place.replaceChildren();
    for (const element of [...document.querySelectorAll("[data-key]")].filter((item) => !item.closest("dialog") && usable(item))) {
      const term = document.createElement("dt");
      const key = document.createElement("kbd");
      key.textContent = element.dataset.key.replace("ArrowUp", "↑").replace("ArrowDown", "↓").replace("ArrowLeft", "←").replace("ArrowRight", "→").toUpperCase();
      term.append(key);
      const meaning = document.createElement("dd");
      meaning.textContent = label(element);
      place.append(term, meaning);
    }
  };

  document.addEventListener("DOMContentLoaded", () => {
    const toggle = document.querySelector("[data-keys-switch]");
    if (!toggle) return;
    toggle.checked = !off();
    toggle.addEventListener("change", () => {
      try { localStorage.setItem(OFF, toggle.checked ? "0" : "1"); } catch { /* private mode: as it was */ }
    });
  });
  document.addEventListener("board:dialog", (event) => { if (event.target.id === "keys") list(); });
})();
