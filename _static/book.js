// All that a page does beyond reading: the colour theme, notes beside their call, tables that
// scroll and can be sorted, and what Sphinx's search lacks. Without this file everything can be read.
(() => {
  "use strict";
  const page = document.documentElement;

  // --- Theme: auto follows the system, light and dark are kept for the next visit -----------
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const modes = ["auto", "light", "dark"];
  const themeButton = document.querySelector(".theme-button");
  const show = () => {
    const mode = page.dataset.mode;
    page.dataset.theme = mode !== "auto" ? mode : dark.matches ? "dark" : "light";
    themeButton.querySelector("span").textContent = { auto: "Auto", light: "Light", dark: "Dark" }[mode];
    themeButton.setAttribute("aria-label", `Colours: ${mode}`);
  };
  themeButton.addEventListener("click", () => {
    page.dataset.mode = modes[(modes.indexOf(page.dataset.mode) + 1) % modes.length];
    try { localStorage.setItem("theme", page.dataset.mode); } catch { /* storage is forbidden */ }
    show();
  });
  dark.addEventListener("change", show);
  show();
  themeButton.hidden = false;

  // --- Contents: a popover left open must not cover a window that has grown -----------------
  const contents = document.getElementById("contents");
  matchMedia("(min-width: 62rem)").addEventListener("change", () => contents?.hidePopover?.());

  // --- Notes and entries: a card beside the call or link, on hover, focus or touch -----------
  const card = document.createElement("div");
  card.className = "note-card";
  card.setAttribute("aria-hidden", "true"); // a call is described by its note already
  card.setAttribute("popover", "manual");
  let call = null;
  let timer = 0;

  const close = () => {
    clearTimeout(timer);
    if (!call) return;
    call = null;
    card.hidePopover();
    card.remove();
  };
  // What a card shows: the note itself, or what a link says of the entry it leads to.
  const content = (reference) => {
    const entry = reference.querySelector(".record");
    if (entry) {
      const [head, text] = ["strong", "p"].map((name) => document.createElement(name));
      head.textContent = entry.dataset.title;
      text.textContent = entry.dataset.card;
      return [head, text];
    }
    const note = document.getElementById(decodeURIComponent(reference.hash.slice(1)));
    return note && [...note.children].filter((e) => !e.matches(".label")).map((e) => e.cloneNode(true));
  };
  const open = (reference) => {
    clearTimeout(timer);
    if (call === reference) return;
    close();
    const inside = content(reference);
    if (!inside) return;
    call = reference;
    card.replaceChildren(...inside);
    card.querySelectorAll("[id]").forEach((e) => e.removeAttribute("id"));
    card.querySelectorAll("a").forEach((e) => { e.tabIndex = -1; });
    card.style.maxHeight = "";
    document.body.append(card);
    card.showPopover();
    // On the side with room, never past an edge of the window; a long note scrolls in its card.
    const at = reference.getBoundingClientRect();
    const { height, width } = card.getBoundingClientRect();
    const [above, below] = [at.top - 12, innerHeight - at.bottom - 12];
    const under = height <= below || below >= above;
    const room = Math.min(height, under ? below : above);
    card.style.maxHeight = `${room}px`;
    card.style.left = `${scrollX + Math.max(16, Math.min(at.left - 16, page.clientWidth - width - 16))}px`;
    card.style.top = `${scrollY + (under ? at.bottom + 6 : at.top - 6 - room)}px`;
  };
  const later = (action, wait) => { clearTimeout(timer); timer = setTimeout(action, wait); };

  if ("popover" in card) {
    for (const reference of document.querySelectorAll("a.footnote-reference, a.record-link:has([data-card])")) {
      reference.addEventListener("pointerenter", (e) => e.pointerType === "mouse" && later(() => open(reference), 120));
      reference.addEventListener("pointerleave", (e) => e.pointerType === "mouse" && later(close, 250));
      reference.addEventListener("focus", () => reference.matches(":focus-visible") && open(reference));
      reference.addEventListener("blur", () => { if (!card.matches(":hover")) close(); });
      // A finger cannot hover: the first touch opens the card, the second goes to the note.
      reference.addEventListener("click", (e) => {
        if (e.pointerType !== "touch" || call === reference) { close(); return; }
        e.preventDefault();
        open(reference);
      });
    }
    card.addEventListener("pointerenter", () => clearTimeout(timer));
    card.addEventListener("pointerleave", () => later(close, 250));
    document.addEventListener("keydown", (e) => { if (e.key === "Escape") close(); });
    document.addEventListener("pointerdown", (e) => { if (call && !card.contains(e.target) && !call.contains(e.target)) close(); });
  }

  // --- Boxes that scroll: the keyboard must reach them, but only while they scroll ----------
  const boxes = document.querySelectorAll(".pst-scrollable-table-container, .output.text_html");
  const measure = (box) => {
    const scrolls = box.scrollWidth > box.clientWidth;
    const label = box.querySelector("caption")?.textContent.replace("#", "").trim() || "Table";
    for (const [name, value] of [["tabindex", "0"], ["role", "region"], ["aria-label", label]]) {
      if (scrolls) box.setAttribute(name, value);
      else box.removeAttribute(name);
    }
  };
  const watch = new ResizeObserver((entries) => entries.forEach((e) => measure(e.target)));
  boxes.forEach((box) => watch.observe(box));

  // --- Long tables of labs: a button in each head sorts the rows by its column ---------------
  const order = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  for (const table of document.querySelectorAll("table.listing")) {
    const body = table.tBodies[0];
    if (!body || body.rows.length < 10) continue;
    const heads = [...table.tHead.rows[0].cells];
    for (const head of heads) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const way = head.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
        heads.forEach((e) => e.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", way);
        const text = (row) => row.cells[head.cellIndex].textContent.trim().replace(/(\d),(?=\d{3})/g, "$1");
        body.append(...[...body.rows].sort((a, b) => {
          const [one, two] = [text(a), text(b)];
          if (!one || !two) return Number(!one) - Number(!two); // an empty cell stands last either way
          return (way === "ascending" ? 1 : -1) * order.compare(one, two);
        }));
      });
    }
  }

  // --- Reference pages: show the entries of one kind, of one person --------------------------
  const entries = [...document.querySelectorAll("dl.records > dt")].filter((e) => e.className.includes("-"));
  if (entries.length) {
    const values = {};
    entries.forEach((e) => e.classList.forEach((c) => {
      const [, name, value] = c.match(/^([a-z]+)-(.+)$/) ?? [];
      if (name) (values[name] ??= new Set()).add(value);
    }));
    const bar = document.createElement("form");
    bar.className = "filter";
    const said = document.createElement("output");
    for (const [name, found] of Object.entries(values)) {
      if (found.size < 2) continue;
      const label = document.createElement("label");
      const select = document.createElement("select");
      label.append(`${name[0].toUpperCase()}${name.slice(1)} `, select);
      select.append(new Option("all", ""), ...[...found].sort().map((v) => new Option(v.replaceAll("-", " "), `${name}-${v}`)));
      bar.append(label);
    }
    bar.append(said);
    bar.addEventListener("change", () => {
      const wanted = [...bar.querySelectorAll("select")].map((e) => e.value).filter(Boolean);
      const fits = (entry) => wanted.every((c) => entry.classList.contains(c));
      for (const entry of entries) {
        for (let e = entry; e && (e === entry || e.tagName === "DD"); e = e.nextElementSibling) e.hidden = !fits(entry);
      }
      for (const list of new Set(entries.map((e) => e.closest("dl")))) {
        list.hidden = !list.querySelector(":scope > dt:not([hidden])");
        if (list.previousElementSibling?.matches(".records-part")) list.previousElementSibling.hidden = list.hidden;
      }
      said.textContent = wanted.length ? `${entries.filter(fits).length} of ${entries.length} entries` : "";
    });
    bar.addEventListener("submit", (e) => e.preventDefault());
    const first = entries[0].closest("dl");
    (first.previousElementSibling?.matches(".records-part") ? first.previousElementSibling : first).before(bar);
  }

  // --- Search is Sphinx's. It passes over bare numbers, which are years here; it shows the
  // place found by fetching the page, which is forbidden on disk; it says nothing aloud. ------
  const results = document.getElementById("search-results");
  if (results) {
    DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = location.protocol !== "file:";
    const parse = Search._parseQuery;
    Search._parseQuery = (query) => {
      const parsed = parse(query);
      const [, terms, , highlighted] = parsed;
      for (const word of query.split(/\s+/).filter((w) => /^\d+$/.test(w))) {
        terms.add(word);
        highlighted.add(word);
      }
      return parsed;
    };
    const status = document.getElementById("search-status");
    new MutationObserver(() => {
      const said = results.querySelector(".search-summary")?.textContent.trim() ?? "";
      if (said && said !== status.textContent) status.textContent = said;
    }).observe(results, { childList: true, subtree: true, characterData: true });
  }
})();
