// Dialogs: data-dialog="id" opens one, data-close closes it. A form (or an htmx element) with
// data-confirm="What will happen" is sent only after it was confirmed; the patient of the page is named there.
(() => {
  "use strict";
  let go = null;

  const show = (dialog) => {
    dialog.showModal();
    dialog.dispatchEvent(new CustomEvent("board:dialog", { bubbles: true }));
  };

  const ask = (element, action) => {
    const dialog = document.getElementById("confirm");
    const button = dialog.querySelector("[data-confirm-go]");
    dialog.querySelector("[data-confirm-title]").textContent = element.dataset.confirmTitle || "Are you sure?";
    dialog.querySelector("[data-confirm-text]").textContent = element.dataset.confirm;
    button.textContent = element.dataset.confirmAction || "Go on";
    const place = dialog.querySelector("[data-confirm-patient]");
    place.replaceChildren();
    const scope = element.closest("[data-patient-scope]") || document;
    const patient = scope.querySelector("[data-patient]");
    if (patient) {
      const copy = patient.cloneNode(true);
      copy.removeAttribute("aria-label");
      place.append(copy);
    }
    go = action;
    show(dialog);
  };

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.dialog);
      if (dialog) { event.preventDefault(); show(dialog); }
      return;
    }
    const closer = event.target.closest("[data-close]");
    if (closer) { event.preventDefault(); closer.closest("dialog").close(); return; }
    if (event.target.closest("[data-confirm-go]")) {
      const action = go;
      go = null;
      document.getElementById("confirm").close();
      if (action) action();
    }
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.dataset.confirm || form.dataset.confirmed || form.matches("[hx-post], [hx-put], [hx-delete], [hx-get]")) return;
    event.preventDefault();
    event.stopPropagation();
    const submitter = event.submitter;
    ask(form, () => {
      form.dataset.confirmed = "1";
      form.requestSubmit(submitter || undefined);
      delete form.dataset.confirmed;
    });
  }, true);

  document.addEventListener("htmx:confirm", (event) => {
    const element = event.detail.elt;
    if (!element.dataset.confirm) return;
    event.preventDefault();
    ask(element, () => event.detail.issueRequest(true));
  });
})();
