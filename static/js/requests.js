// What htmx does not do by itself: say when nothing was saved, and put the focus on an error summary.
(() => {
  "use strict";
  const say = (text) => {
    const place = document.getElementById("messages");
    if (!place) return;
    const note = document.createElement("p");
    note.className = "note note--no";
    const words = document.createElement("span");
    words.textContent = text;
    note.append(words);
    place.replaceChildren(note);
    note.scrollIntoView({ block: "nearest" });
  };

  document.addEventListener("htmx:sendError", () =>
    say("Not saved: the server cannot be reached. What you typed is still here; try again when the connection is back."));
  document.addEventListener("htmx:timeout", () =>
    say("Not saved: the server did not answer in time. What you typed is still here; try again."));
  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    if (status === 403) say("Not saved: you are signed out, or may not do this. Open the page again in another window and sign in.");
    else if (status === 404) say("Not found: the record was moved or removed. Reload the page.");
    else if (status === 409) say("Not saved: somebody else has changed this meanwhile. Reload the page to see it.");
    else say(`Not saved: the server answered with an error (${status}). What you typed is still here; try again.`);
  });

  const focus = (root) => {
    const summary = root.querySelector("[data-focus]");
    if (summary) summary.focus();
  };
  document.addEventListener("DOMContentLoaded", () => focus(document));
  document.addEventListener("htmx:afterSwap", (event) => focus(event.detail.target));
})();
