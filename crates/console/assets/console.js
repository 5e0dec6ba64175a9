// What the pages do beyond forms and links. Everything here is a convenience: without it the pages still work.
"use strict";

(() => {
  const notice = document.getElementById("notice");
  let noticeTimer;

  function say(text, link) {
    notice.textContent = text.charAt(0).toUpperCase() + text.slice(1);
    if (link) {
      const a = document.createElement("a");
      a.href = link.href;
      a.textContent = link.text;
      notice.append(" ", a);
    }
    notice.hidden = false;
    clearTimeout(noticeTimer);
    if (!link) noticeTimer = setTimeout(() => { notice.hidden = true; }, 8000);
  }

  // Times: relative in lists, the reader's own clock in a conversation; the exact one stays in the title.
  const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const day = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

  function showTimes(root) {
    for (const time of root.querySelectorAll("time[datetime][title]")) {
      const then = new Date(time.dateTime);
      const seconds = (then - Date.now()) / 1000;
      if (Number.isNaN(seconds)) continue;
      if (time.hasAttribute("data-relative")) {
        const [unit, size] = [["day", 86400], ["hour", 3600], ["minute", 60]].find(([, s]) => Math.abs(seconds) >= s) || ["second", 1];
        time.textContent = Math.abs(seconds) < 45 ? "just now" : relative.format(Math.round(seconds / size), unit);
      } else {
        time.textContent = Math.abs(seconds) < 64800 ? clock.format(then) : day.format(then);
      }
    }
  }

  // Identifiers: one click copies them.
  function offerCopies(root) {
    for (const id of root.querySelectorAll("code.id")) {
      if (id.nextElementSibling && id.nextElementSibling.classList.contains("copy")) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.textContent = "Copy";
      button.setAttribute("aria-label", "Copy " + id.textContent);
      id.after(button);
    }
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button.copy");
    if (!button) return;
    try {
      await navigator.clipboard.writeText(button.previousElementSibling.textContent);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not copied";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });

  function dress(root) {
    showTimes(root);
    offerCopies(root);
  }
  dress(document);
  setInterval(() => showTimes(document), 30000);

  // Completion: the server knows the grammar, the list is a listbox of the composer. Arrows choose, Tab takes the chosen or
  // the first word, Escape closes; Enter takes only what was chosen, else it sends.
  const list = document.getElementById("completions");
  let asked = 0;
  let askTimer;

  const options = () => (list && !list.hidden ? [...list.children] : []);
  const chosen = () => options().find((option) => option.getAttribute("aria-selected") === "true");

  function closeList() {
    clearTimeout(askTimer);
    asked += 1;
    if (!list || list.hidden) return;
    list.hidden = true;
    const field = list.parentElement.querySelector("textarea");
    field.removeAttribute("aria-activedescendant");
  }

  function choose(option, field) {
    for (const other of list.children) other.setAttribute("aria-selected", String(other === option));
    field.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  function take(option, field) {
    const words = field.value;
    field.value = words.slice(0, words.length - /\S*$/.exec(words)[0].length) + option.dataset.word + " ";
    closeList();
    field.focus();
    ask(field);
  }

  function ask(field) {
    clearTimeout(askTimer);
    const text = field.value;
    if (!list || field.form !== list.parentElement) return;
    if (!text.trimStart().startsWith("@") || text.includes("\n") || field.selectionEnd !== text.length) return closeList();
    const turn = ++asked;
    askTimer = setTimeout(async () => {
      let html = "";
      try {
        const response = await fetch(list.dataset.source + "?text=" + encodeURIComponent(text));
        if (response.ok) html = await response.text();
      } catch { /* without an answer nothing is offered */ }
      if (turn !== asked) return;
      if (!html.trim()) return closeList();
      list.innerHTML = html;
      list.hidden = false;
      field.removeAttribute("aria-activedescendant");
    }, 90);
  }

  if (list) {
    list.addEventListener("mousedown", (event) => {
      const option = event.target.closest("[role=option]");
      event.preventDefault();
      if (option) take(option, list.parentElement.querySelector("textarea"));
    });
    list.parentElement.querySelector("textarea").addEventListener("blur", closeList);
  }

  function keyInList(event, field) {
    const all = options();
    const at = all.indexOf(chosen());
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const step = event.key === "ArrowDown" ? 1 : -1;
      choose(all[at < 0 ? (step > 0 ? 0 : all.length - 1) : (at + step + all.length) % all.length], field);
    } else if (event.key === "Tab" && !event.shiftKey) {
      take(all[Math.max(at, 0)], field);
    } else if (event.key === "Enter" && at >= 0) {
      take(all[at], field);
    } else if (event.key === "Escape") {
      closeList();
    } else {
      return false;
    }
    event.preventDefault();
    return true;
  }

  // Composers: Enter sends, Shift+Enter begins a line, ArrowUp brings back what was sent before.
  const sent = [];
  let back = 0;

  document.addEventListener("keydown", (event) => {
    const field = event.target;
    if (!(field instanceof HTMLTextAreaElement) || event.isComposing) return;
    if (list && field.form === list.parentElement && options().length && keyInList(event, field)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      closeList();
      if (field.value.trim()) field.form.requestSubmit();
    } else if (event.key === "ArrowUp" && (!field.value || back > 0) && back < sent.length) {
      event.preventDefault();
      back += 1;
      field.value = sent[sent.length - back];
    } else if (event.key === "ArrowDown" && back > 0) {
      event.preventDefault();
      back -= 1;
      field.value = back ? sent[sent.length - back] : "";
    } else if (event.key === "Escape" && field.closest("details")) {
      const details = field.closest("details");
      details.open = false;
      details.querySelector("summary").focus();
    }
  });

  document.addEventListener("input", (event) => {
    if (event.target.closest("[data-composer]")) {
      back = 0;
      event.target.toggleAttribute("data-command", event.target.value.trimStart().startsWith("@"));
      ask(event.target);
    }
  });

  document.addEventListener("toggle", (event) => {
    if (event.target.matches && event.target.matches("details.reply[open]")) event.target.querySelector("textarea").focus();
  }, true);

  // A click elsewhere, or Escape, closes the panel about the room.
  document.addEventListener("click", (event) => {
    for (const open of document.querySelectorAll("details.about-room[open]")) {
      if (!open.contains(event.target)) open.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const open of document.querySelectorAll("details.about-room[open], details.confirm[open]")) open.open = false;
  });

  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt;
    if (!form.matches || !form.matches("[data-composer]") || !event.detail.successful) return;
    const field = form.querySelector("textarea");
    if (sent[sent.length - 1] !== field.value) sent.push(field.value);
    back = 0;
    field.value = "";
    field.removeAttribute("data-command");
    form.querySelector("[name=once]").value = crypto.randomUUID ? crypto.randomUUID() : String(Date.now()) + Math.random();
    const reply = form.closest("details.reply");
    if (reply) reply.open = false;
    else toEnd();
  });

  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    if (status === 401) say("You are not signed in any more.", { href: location.href, text: "Sign in again" });
    else say(event.detail.xhr.responseText.slice(0, 400) || "The server answered " + status + ".");
  });
  document.addEventListener("htmx:sendError", () => say("The server cannot be reached. Nothing was sent."));

  // Live messages.
  const scroll = document.querySelector("[data-scroll]");
  let follow = true;

  function toEnd() {
    if (scroll) scroll.scrollTop = scroll.scrollHeight;
  }
  if (scroll) {
    if (!location.hash) toEnd();
    else follow = false;
    scroll.addEventListener("scroll", () => {
      follow = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 120;
    }, { passive: true });
    // A card that unfolds, or a field that grows, must not push the newest message out of sight.
    new ResizeObserver(() => { if (follow) toEnd(); }).observe(scroll);
  }

  // A stream that begins again repeats what is already here: a message is put in once, and changed only where it stands.
  document.addEventListener("htmx:sseBeforeMessage", (event) => {
    const html = event.detail.data || "";
    const found = /data-message="([^"]+)"/.exec(html);
    if (!found) return;
    const present = document.getElementById("a-" + found[1]);
    if (event.detail.type === "posted") {
      const place = /^<ol hx-swap-oob="beforeend" id="([^"]+)"/.exec(html);
      const here = place && document.getElementById(place[1]);
      if (!here && place && place[1] !== "conversation" && document.getElementById("conversation")) {
        say("There is a new reply in an earlier thread.", {
          href: location.pathname + "/threads/" + encodeURIComponent(place[1].slice(2)), text: "Show it",
        });
      }
      if (present || !here) event.preventDefault();
    } else if (!present && !document.getElementById("m-" + found[1])) {
      event.preventDefault();
    }
  });

  document.addEventListener("htmx:sseMessage", () => {
    const empty = document.querySelector("[data-empty]");
    if (empty) empty.remove();
    dress(document);
    if (follow) toEnd();
  });

  let lost;
  document.addEventListener("htmx:sseError", () => {
    clearTimeout(lost);
    lost = setTimeout(() => say("The connection is lost; trying again.", { href: location.href, text: "Load the page" }), 4000);
  });
  document.addEventListener("htmx:sseOpen", () => {
    clearTimeout(lost);
    notice.hidden = true;
  });
  document.addEventListener("htmx:sseClose", (event) => {
    if (event.detail.type === "message") say("Live messages have ended.", { href: location.href, text: "Load the page" });
  });
})();
