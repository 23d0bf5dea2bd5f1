// The live room. Follows the meeting's stream and turns what happens into events on <body>:
//   room:<kind>     something happened to this case or to the whole meeting (detail: the message)
//   room:any        something happened to any case
//   room:rail, room:here, room:votes, room:advice, room:decision   that part of the page is to be renewed
// Parts renew themselves by hx-trigger. Nothing that was typed is ever swapped away: a note tells instead.
(() => {
  "use strict";
  const ALONE = "board.room.alone"; // the chair looks at cases without showing them
  const STREAM_AGAIN = 20000, FAILURES = 3, SLOWEST = 10000, HIDDEN = 5000;
  const AGENDA = ["opened", "shown", "agenda", "decided", "signed", "deferred", "withdrawn", "closed"];
  const PARTS = {
    here: ["opened", "shown", "attendance", "closed", "withdrawn"],
    votes: ["opened", "attendance", "vote_opened", "voted", "revealed", "decided", "deferred", "withdrawn", "agenda", "closed"],
    advice: ["attendance", "revealed", "advice", "decided", "closed"],
    decision: ["decided", "signed", "deferred", "withdrawn", "agenda", "closed", "revealed"],
  };
  const root = () => document.getElementById("room");
  const number = (text) => (text ? Number(text) : null);
  const heard = [], HEARD = 40; // the newest events, for a page that was on its way meanwhile
  let last = 0, told = { id: 0, item: "" }; // the last event, and the last case that the chair showed

  // ------------------------------------------------------------------------------------- what was typed
  const changed = (input) => {
    if (input.type === "hidden" || input.disabled) return false;
    if (input.type === "checkbox" || input.type === "radio") return input.checked !== input.defaultChecked;
    if (input.matches("select")) {
      const options = [...input.options];
      const set = options.some((option) => option.defaultSelected);
      return options.some((option, place) => option.selected !== (set ? option.defaultSelected : place === 0));
    }
    return input.value !== input.defaultValue;
  };
  const typed = (element) => [...element.querySelectorAll("input, select, textarea")].some(changed);

  const note = (template, name, fill) => {
    const place = document.getElementById("room-notes"), source = document.getElementById(template);
    if (!place || !source) return;
    const shown = place.querySelector(`[${name}]`) || place.appendChild(source.content.firstElementChild.cloneNode(true));
    if (fill) fill(shown);
    shown.scrollIntoView({ block: "nearest" });
  };
  const clear = (name) => document.querySelectorAll(`#room-notes [${name}]`).forEach((shown) => shown.remove());

  // ------------------------------------------------------------------------------------- to another case
  const leads = () => {
    try { return Boolean(root().dataset.leads) && sessionStorage.getItem(ALONE) !== "1"; } catch { return Boolean(root().dataset.leads); }
  };
  // One page at a time: what is wanted meanwhile comes after it, for a page that was replaced cannot be replaced again.
  let wished = null, going = false, heading = "";
  const go = async (item, push) => {
    wished = { item, push: push || Boolean(wished && wished.push) };
    heading = String(item);
    if (going) return;
    going = true;
    try {
      while (wished) {
        const now = wished, url = now.item ? `${root().dataset.room}?item=${now.item}` : root().dataset.room;
        wished = null;
        await htmx.ajax("GET", url, { target: "#room", select: "#room", swap: "outerHTML" });
        if (wished) { wished.push = wished.push || now.push; continue; }
        heading = "";
        caughtUp();
        if (now.push) history.pushState(null, "", url); else history.replaceState(null, "", url);
        scrollTo(0, 0);
      }
    } catch { wished = null; } finally { going = false; heading = ""; }
  };
  // What was told while the page was on its way may be missing in it.
  const caughtUp = () => {
    const page = root(), after = Number(page.dataset.after);
    if (told.id > after) page.dataset.shown = told.item;
    if (last <= after) return;
    const missed = heard.filter((message) => message.id > after);
    const all = missed.length === HEARD || missed.some((message) => ["facts", "advice"].includes(message.kind));
    if (all) ["rail", ...Object.keys(PARTS)].forEach(soon); else missed.forEach(renew);
  };
  const show = (url) => fetch(url, {
    method: "POST",
    headers: { ...JSON.parse(document.body.getAttribute("hx-headers") || "{}"), "HX-Request": "true" },
  }).catch(missed);

  const follow = (message) => {
    const page = root(), before = page.dataset.shown;
    told = { id: message.id, item: message.item || "" };
    page.dataset.shown = told.item;
    if (String(message.item) === heading) return;
    if (!message.item || String(message.item) === page.dataset.item) { clear("data-room-moved"); return; }
    // Looking elsewhere, or on the way there: the bar says what the chair shows.
    if (before && before !== (heading || page.dataset.item)) return;
    if (typed(page)) {
      note("room-moved", "data-room-moved", (shown) => {
        shown.querySelector("[data-case]").textContent = message.case ? `case ${message.case}` : "another case";
        shown.querySelector("[data-follow]").href = page.dataset.room;
      });
      return;
    }
    go(message.item, false);
  };

  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    const page = root();
    if (!page || !page.dataset.room) return;
    if (event.target.closest("[data-reload]")) { event.preventDefault(); go(page.dataset.item, false); return; }
    if (event.target.closest("[data-follow]")) { event.preventDefault(); go("", true); return; }
    const lead = event.target.closest("[data-lead]");
    if (lead) {
      try { sessionStorage.setItem(ALONE, leads() ? "1" : "0"); } catch { return; }
      paint();
      return;
    }
    const link = event.target.closest("a[data-open]");
    if (!link || typed(page)) return; // the browser asks before it leaves a form with something typed
    event.preventDefault();
    if (leads()) show(link.dataset.show);
    go(link.dataset.open, true);
  });
  window.addEventListener("popstate", () => location.reload());

  const paint = () => {
    const button = document.querySelector("[data-lead]");
    if (!button) return;
    button.setAttribute("aria-pressed", String(leads()));
    button.querySelector("[data-lead-words]").textContent = leads() ? "you lead, others follow" : "you look alone";
  };

  // ---------------------------------------------------------------------------------------- what happened
  // A part that is on its way when something else happens, or whose place was taken meanwhile, is asked for once
  // more: htmx drops what waits on an element that was replaced.
  const wanted = {}, sent = {};
  const tell = (name, detail) => {
    wanted[name] = (wanted[name] || 0) + 1;
    htmx.trigger(document.body, `room:${name}`, detail || {});
  };
  const caused = (event) => {
    const cause = event.detail.requestConfig && event.detail.requestConfig.triggeringEvent;
    return cause && String(cause.type).startsWith("room:") ? cause.type.slice(5) : "";
  };
  const waiting = new Map();
  const soon = (name) => { // several at once are one request
    if (waiting.has(name)) return;
    waiting.set(name, setTimeout(() => { waiting.delete(name); tell(name); }, 60));
  };

  // The parts that something which happened makes old.
  const renew = (message) => {
    const own = message.item === null || message.item === number(root().dataset.item);
    if (AGENDA.includes(message.kind)) soon("rail");
    for (const [part, kinds] of Object.entries(PARTS)) {
      if (kinds.includes(message.kind) && (own || part === "here")) soon(part);
    }
  };

  const take = (message) => {
    if (message.id <= last) return;
    last = message.id;
    heard.push(message);
    if (heard.length > HEARD) heard.shift();
    const page = root(), own = message.item === null || message.item === number(page.dataset.item);
    tell("any", message);
    if (own) tell(message.kind, message);
    if (page.dataset.wall !== undefined) return;
    if (message.kind === "shown" || message.kind === "opened") follow(message);
    renew(message);
    const renewed = message.kind === "facts" || (message.kind === "advice" && message.details.assessment);
    if (own && renewed) {
      if (typed(page)) newer(message.kind === "facts" ? "The facts of this case have changed." : "The advice was renewed.");
      else go(page.dataset.item, false);
    }
  };

  const happened = () => {
    const own = heard.filter((message) => message.item === number(root().dataset.item)).map((message) => message.kind);
    const kind = own.findLast((one) => PARTS.decision.includes(one));
    if (kind === "withdrawn") return "This case was taken off the agenda.";
    if (kind === "deferred") return "This case was put off.";
    return "Somebody has changed the decision on this case.";
  };
  const newer = (words) => note("room-newer", "data-room-newer", (shown) => { shown.querySelector("[data-what]").textContent = words; });

  // A part that is to be renewed while something is typed in it stays as it is.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const name = caused(event);
    if (!name) return;
    const { xhr, target } = event.detail;
    let gone = false;
    sent[name] = wanted[name];
    if (!typed(target)) {
      xhr.addEventListener("readystatechange", () => { if (xhr.readyState === 4) gone = !document.contains(target); });
      xhr.addEventListener("loadend", () => { if (gone || wanted[name] > sent[name]) soon(name); });
      return;
    }
    event.preventDefault();
    newer(happened());
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (caused(event) && typed(event.detail.target)) event.detail.shouldSwap = false;
  });
  // The open case is in sight on the agenda, whichever way that scrolls.
  const reveal = () => {
    const row = document.querySelector("#room-rail [aria-current]"), list = row && row.closest(".agenda"), rail = row && row.closest("nav");
    if (!row) return;
    list.scrollLeft = row.offsetLeft - (list.clientWidth - row.offsetWidth) / 2;
    if (rail.scrollHeight > rail.clientHeight) rail.scrollTop = row.offsetTop + list.offsetTop - (rail.clientHeight - row.offsetHeight) / 2;
  };
  document.addEventListener("htmx:afterSettle", (event) => {
    paint();
    if (["room", "room-rail"].includes(event.detail.target.id) || event.detail.elt.id === "room-rail") reveal();
  });

  // ------------------------------------------------------------------------------------------ the connection
  let source = null, failures = 0, timer = null, pause = 1000, retry = null, lost = null;

  const missed = () => { // a short blink is nobody's business
    if (lost === null) lost = setTimeout(() => note("room-lost", "data-room-lost"), 2000);
  };
  const found = () => { clearTimeout(lost); lost = null; clear("data-room-lost"); };

  const stop = () => { if (source) { source.close(); source = null; } };
  const ask = async () => {
    clearTimeout(timer);
    try {
      const answer = await fetch(`${root().dataset.events}?after=${last}`, { headers: { Accept: "application/json" }, cache: "no-store" });
      if (answer.status === 401 || answer.status === 403 || answer.status === 404) { location.reload(); return; }
      if (!answer.ok) throw new Error(answer.status);
      (await answer.json()).forEach(take);
      soon("here");
      found();
      pause = document.hidden ? HIDDEN : 1000;
    } catch {
      missed();
      pause = Math.min(pause * 2, SLOWEST);
    }
    if (!source) timer = setTimeout(ask, pause);
  };
  const asking = () => {
    stop();
    clearTimeout(retry);
    if (!document.hidden) retry = setTimeout(listen, STREAM_AGAIN);
    ask();
  };
  const listen = () => {
    stop();
    if (!window.EventSource) { ask(); return; }
    const mine = new EventSource(`${root().dataset.stream}?after=${last}`);
    source = mine;
    mine.onopen = () => { failures = 0; clearTimeout(timer); found(); };
    mine.onmessage = (event) => take(JSON.parse(event.data));
    mine.addEventListener("presence", () => soon("here"));
    mine.addEventListener("unavailable", asking);
    mine.onerror = () => {
      if (source !== mine) return;
      failures += 1;
      if (mine.readyState === EventSource.CLOSED || failures >= FAILURES) { failures = 0; asking(); } else missed();
    };
  };

  // A browser holds few connections to one place: a page that nobody looks at gives its stream back.
  document.addEventListener("visibilitychange", () => {
    if (!root()) return;
    clearTimeout(retry);
    if (document.hidden) asking(); else { clearTimeout(timer); listen(); }
  });
  window.addEventListener("pagehide", stop);

  document.addEventListener("DOMContentLoaded", () => {
    if (!root()) return;
    last = Number(root().dataset.after);
    paint();
    reveal();
    if (document.hidden) asking(); else listen();
  });
})();
