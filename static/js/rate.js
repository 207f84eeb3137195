// The rating screen: sound that survives swaps, answers that open when the clip was heard, keys, sending.
// The server decides everything that counts; this file only makes a thousand clips go by smoothly.
(() => {
  "use strict";
  const { attach, drafts, isAnswer, Outbox } = window.emocast;
  const TOLERANCE = 0.15; // seconds that may be missing at the end: timers and encoders differ
  const PATIENCE = 8000; // milliseconds until a clip that does not arrive counts as trouble
  const NO_KEYS = "emocast:no-keys";

  let rate, card, player, outbox; // the shell, the card on screen, its waveform, what is unsent
  let [active, spare] = [null, null]; // the sound one hears, and the next one, loading
  let clip = null; // {assignment, ranges, plays, open}: what was heard of the clip on screen
  let sending = false;
  let patience = 0;
  const left = new Set(); // assignments whose clip was gone
  let pointed = null; // the control chosen with the mouse last: Space there still means "play"

  const $ = (selector, within = document) => within.querySelector(selector);
  const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
  const form = () => $("#answers");
  const text = (key, values = {}) => (rate.dataset[`t${key}`] || "").replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
  const say = (sentence) => { const line = $("#missing"); if (line && line.textContent !== sentence) line.textContent = sentence; };

  // ── Sound and what was heard of it ──
  const union = (ranges) => ranges.sort((a, b) => a[0] - b[0]).reduce((merged, [from, to]) => {
    const last = merged.at(-1);
    if (last && from <= last[1] + 0.05) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
    return merged;
  }, []);
  const played = () => Array.from({ length: active.played.length }, (_, i) => [active.played.start(i), active.played.end(i)]);
  const heardRanges = () => union([...clip.ranges.map((range) => [...range]), ...played()]);
  const seconds = (ranges) => ranges.reduce((sum, [from, to]) => sum + to - from, 0);
  const duration = () => Number(card.dataset.duration);

  const follow = () => {
    if (!clip || !card?.dataset.audio) return;
    const ranges = heardRanges();
    const heard = Math.min(seconds(ranges), duration());
    const missing = duration() - heard;
    if (missing <= TOLERANCE) clip.open = true;
    const total = duration();
    $(".heard", card).innerHTML = ranges.map(([a, b]) => `<rect x="${a / total}" width="${(b - a) / total}" height="1"/>`).join("");
    const figures = { heard: heard.toFixed(1), total: total.toFixed(1), missing: Math.max(missing, 0.1).toFixed(1) };
    $("#lock").textContent = clip.open ? text("Done") : `${text("Heard", figures)}. ${text("Locked", figures)}`;
    if (clip.open && $("[data-answers]", card).disabled) unlock();
    for (const field of $$("[name=heard_ms]", card)) field.value = String(Math.round((clip.open ? total : heard) * 1000));
    for (const field of $$("[name=plays]", card)) field.value = String(clip.plays);
  };

  const unlock = () => {
    $("[data-answers]", card).disabled = false;
    roving();
    say(text("Open"));
    saveDraft();
    if ([null, document.body, card].includes(document.activeElement)) goTo(questions().find((q) => !answered(q)));
  };

  const trouble = (there) => { const notice = $("[data-trouble]", card); if (notice) notice.hidden = !there; };
  const expect = () => {
    clearTimeout(patience);
    trouble(false);
    patience = setTimeout(() => { if (active.readyState < 3) trouble(true); }, PATIENCE);
  };
  const load = (url) => {
    active.src = url;
    active.load();
    expect();
  };
  const play = () => {
    if (document.hidden) return document.addEventListener("visibilitychange", play, { once: true });
    return active.play().catch((error) => { if (error.name === "NotAllowedError") say(text("Gesture")); });
  };
  const retry = () => {
    clip.ranges = heardRanges();
    load(card.dataset.audio);
    play();
  };

  const prefetch = () => {
    const next = card.dataset.nextAudio;
    if (next && spare.getAttribute("src") !== next) {
      spare.src = next;
      spare.load();
    }
  };

  const takeClip = () => {
    const draft = drafts.load(card.dataset.uuid);
    clip = { assignment: card.dataset.assignment, ranges: draft?.ranges || [], plays: draft?.plays || 0, open: false };
    active.pause();
    if (spare.getAttribute("src") === card.dataset.audio) {
      [active, spare] = [spare, active];
      active.currentTime = 0;
      expect();
    } else load(card.dataset.audio);
    if (draft) restore(draft.answers);
    play();
  };

  // A clip that was withdrawn while it was on its way (410) makes room for the next one, once.
  const isGone = async () => {
    const { assignment, audio, uuid } = card.dataset;
    if (clip.open || left.has(assignment)) return false;
    const answer = await fetch(audio, { method: "HEAD", cache: "no-store" }).catch(() => null);
    if (answer?.status !== 410) return false;
    if (card.dataset.assignment === assignment) {
      left.add(assignment);
      drafts.drop(uuid);
      window.htmx.ajax("GET", rate.dataset.next, { target: "#card", swap: "outerHTML" });
    }
    return true;
  };

  // A new card is on screen: the first one, the next one, or the same one with errors.
  const begin = () => {
    player?.detach();
    player = null;
    sending = false;
    card = $("#card");
    if (!card.dataset.audio) {
      active.pause();
      clip = null;
      return prefetch();
    }
    const root = $(".deck", card);
    root.dataset.duration = card.dataset.duration;
    if (clip?.assignment !== card.dataset.assignment) takeClip();
    player = attach(root, active, follow, (at, total) => text("Position", { at, total }));
    prefetch();
    const wrong = $(".question:has(.errors)", card);
    if (wrong && clip.open) goTo(wrong);
    else if (!clip.open) card.focus({ preventScroll: true });
  };

  // ── Answers ──
  const questions = () => $$("[data-question]", card);
  const checked = (question) => $("input:checked", question);
  const answered = (question) => Boolean(question.dataset.kind === "text" ? $("textarea", question).value.trim() : checked(question));
  const title = (question) => question.dataset.title.toLocaleLowerCase();

  const missing = () => {
    const required = form().dataset.required.split(" ");
    return questions().flatMap((question) => {
      if (required.includes(question.dataset.question) && !answered(question)) return [[question, title(question)]];
      const other = $("input[data-other]:checked", question);
      const field = other && $(`[name=${other.dataset.other}]`, question);
      return field && !field.value.trim() ? [[field, text("Word", { what: title(question) })]] : [];
    });
  };

  const goTo = (place) => {
    if (!place) return;
    const focusable = place.matches("[data-kind=text]") ? $("textarea", place) : place;
    focusable.focus({ preventScroll: true });
    focusable.scrollIntoView({ block: "nearest" });
  };
  const moveOn = (question) => goTo(questions()[questions().indexOf(question) + 1] || $("#next"));

  const answer = (input) => {
    input.checked = true;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    const other = input.dataset.other && $(`[name=${input.dataset.other}]`, card);
    if (other) other.focus();
    else moveOn(input.closest("[data-question]"));
  };

  const saveDraft = () => {
    if (!clip) return;
    const typed = (field) => (/radio|checkbox/.test(field.type) ? field.checked : field.type !== "hidden" && field.value);
    const answers = [...form().elements].filter((field) => field.name && typed(field)).map((field) => [field.name, field.value]);
    drafts.save(card.dataset.uuid, { answers, ranges: heardRanges(), plays: clip.plays });
  };

  const restore = (answers = []) => {
    if ($("input:checked", form())) return; // the server sent back what was typed
    for (const [name, value] of answers) {
      for (const field of $$(`[name="${CSS.escape(name)}"]`, form())) {
        if (field.type === "radio" || field.type === "checkbox") field.checked ||= field.value === value;
        else field.value = value;
      }
    }
  };

  const onChange = (event) => {
    const field = event.target;
    if (!field.closest("#answers")) return;
    if (/_other$/.test(field.name) && field.value) {
      const other = $(`[data-other="${field.name}"]`, card);
      if (!other.checked) other.checked = true;
    }
    field.closest(".question")?.classList.remove("missing");
    saveDraft();
    if ($("#missing").textContent) say(missing().length ? text("Missing", { what: missing().map(([, what]) => what).join(", ") }) : text("Complete"));
  };

  // ── Sending ──
  const saveState = (state, n = 0) => {
    const line = $("#save-state");
    line.dataset.state = state;
    line.textContent = state ? text(state[0].toUpperCase() + state.slice(1), { n }) : "";
  };

  const kept = (count, why) => {
    sending = false;
    if (!count && outbox.refused.length) return saveState("refused", outbox.refused.length);
    if (!count) return saveState(why || $("#save-state").dataset.state === "unsent" ? "saved" : $("#save-state").dataset.state);
    saveState("unsent", count);
    say(text(why === "signedOut" ? "SignedOut" : "Kept"));
    if (why !== "signedOut") return undefined;
    const link = Object.assign(document.createElement("a"), { href: rate.dataset.login, textContent: text("SignIn") });
    $("#missing")?.append(" ", link);
    return undefined;
  };

  const settled = (status) => {
    if (status === 422) saveState("refused", outbox.refused.length);
    else saveState(status < 300 ? "saved" : "");
  };

  const delivered = (entry, { status, html }) => {
    if (status < 300) drafts.drop(entry.uuid);
    settled(status);
    if (entry.assignment === card.dataset.assignment) window.htmx.swap("#card", html, { swapStyle: "outerHTML" });
  };

  const onSubmit = (event) => {
    if (event.target !== form()) return;
    const refuse = () => { event.preventDefault(); event.stopImmediatePropagation(); };
    if (sending) return refuse();
    follow();
    if (!clip.open) {
      refuse();
      return say($("#lock").textContent);
    }
    const gaps = missing();
    if (gaps.length) {
      refuse();
      for (const [place] of gaps) place.closest(".question").classList.add("missing");
      say(text("Missing", { what: gaps.map(([, what]) => what).join(", ") }));
      return goTo(gaps[0][0]);
    }
    for (const other of $$("input[data-other]:not(:checked)", card)) $(`[name=${other.dataset.other}]`, card).value = "";
    sending = true;
    saveDraft();
    const body = new URLSearchParams(new FormData(form())).toString();
    outbox.put({ uuid: card.dataset.uuid, assignment: card.dataset.assignment, url: form().action, body });
    saveState("saving");
    return undefined;
  };

  const isSkip = (element) => element?.matches?.("[data-skip]");
  const onResponse = (event) => {
    const { xhr, requestConfig, target } = event.detail;
    if (target?.id !== "card") return;
    if (isAnswer(xhr.status, xhr.responseText)) {
      if (xhr.status !== 422 || requestConfig.elt === form()) outbox.answered(card.dataset.uuid, xhr.status);
      if (xhr.status < 300) drafts.drop(card.dataset.uuid);
      if (requestConfig.elt === form()) settled(xhr.status);
      return;
    }
    event.detail.shouldSwap = false;
    failed(requestConfig.elt, xhr.status === 403 || (xhr.status === 200 && requestConfig.elt === form()) ? "signedOut" : "kept");
  };
  const failed = (element, why) => {
    if (element === form()) outbox.later(why);
    else if (isSkip(element)) $("[data-skip-state]").textContent = text("SkipFailed");
    else if (element?.href) location.href = element.href; // the start button is a link as well
  };

  // ── Keys ──
  const inText = (element) => element.matches("textarea, select, [contenteditable], input:not([type=radio], [type=checkbox], [type=range])");
  const isControl = (element) => Boolean(element.closest("button, a, summary"));
  const here = () => document.activeElement?.closest?.("[data-question]");

  const open = (id, reason) => {
    const dialog = $(`#${id}`);
    if (!dialog || dialog.open) return;
    if (id === "skip" && reason) $(`[value="${reason}"]`, dialog).checked = true;
    dialog.showModal();
  };

  const digit = (event) => {
    const value = /^(?:Digit|Numpad)([1-7])$/.exec(event.code)?.[1]; // codes: French keyboards type digits with Shift
    const scales = questions().filter((question) => question.dataset.kind === "scale");
    const scale = value && (scales.includes(here()) ? here() : scales.find((question) => !answered(question)));
    return scale && (() => answer($(`input[value="${value}"]`, scale)));
  };
  const letter = (event) => {
    const input = /^[a-z]$/i.test(event.key) && $(`[data-key="${event.key.toLowerCase()}"]`, card);
    return input && (() => answer(input));
  };
  const back = (event) => {
    const before = questions().filter((question) => question.dataset.kind === "scale");
    const at = here() ? questions().indexOf(here()) : questions().length;
    return event.key === "Backspace" && (() => goTo(before.filter((question) => questions().indexOf(question) < at).at(-1)));
  };
  const space = (event) => {
    const element = event.target;
    const native = element !== pointed && (isControl(element) || element.type === "checkbox" || (element.type === "radio" && !element.checked));
    return event.code === "Space" && !native && (() => player.toggle());
  };
  const enter = (event) => event.key === "Enter" && !isControl(event.target) && (() => form().requestSubmit());
  const others = (event) => ({
    r: () => player.restart(), R: () => player.restart(),
    x: () => open("skip"), X: () => open("skip"),
    "?": () => open("legend"),
  })[event.key];
  const arrows = (event) => {
    const set = here()?.dataset.kind === "set" && here();
    const step = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[event.key];
    return set && step && (() => moveIn(set, step));
  };

  const moveIn = (set, [across, down]) => {
    const boxes = $$("input[type=checkbox]", set);
    const from = boxes.indexOf(document.activeElement);
    if (from < 0) return roveTo(set, boxes[0]);
    if (across) return roveTo(set, boxes[from + across] || boxes[from]);
    const place = (box) => box.closest("label").getBoundingClientRect();
    const origin = place(boxes[from]);
    const far = (box) => Math.abs(place(box).top - origin.top) * 4 + Math.abs(place(box).left - origin.left);
    return roveTo(set, boxes.filter((box) => (place(box).top - origin.top) * down > 4).sort((a, b) => far(a) - far(b))[0] || boxes[from]);
  };
  // One Tab stop per set; arrows move inside it.
  const roveTo = (set, box) => {
    for (const other of $$("input[type=checkbox]", set)) other.tabIndex = other === box ? 0 : -1;
    pointed = null;
    box.focus();
  };
  const roving = () => { for (const set of $$("[data-kind=set]", card)) $$("input[type=checkbox]", set).forEach((box, i) => { box.tabIndex = i ? -1 : 0; }); };

  const shortcutsOff = () => { try { return localStorage.getItem(NO_KEYS) === "1"; } catch { return false; } };
  const onKey = (event) => {
    if (event.key === "Tab") pointed = null;
    if (!clip || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat && event.code === "Space") return;
    if (event.key === "Escape" && inText(event.target)) return goTo(here());
    if ($("dialog[open]") || inText(event.target) || event.target.closest(".menu")) return;
    const always = arrows(event) || space(event) || enter(event);
    const act = always || (!shortcutsOff() && (back(event) || locked(event) || digit(event) || letter(event) || others(event)));
    if (!act) return;
    event.preventDefault();
    return act();
  };
  const locked = (event) => !clip.open && (digit(event) || letter(event)) && (() => say($("#lock").textContent));

  const onClick = (event) => {
    const opener = event.target.closest("[data-open]");
    if (opener) open(opener.dataset.open, opener.dataset.reason);
    if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
    if (event.target.closest("[data-retry]")) retry();
    const test = event.target.closest("[data-test-audio]");
    if (test) {
      active.src = test.dataset.testAudio;
      active.play().catch(() => {});
    }
  };

  const watch = (audio) => {
    audio.addEventListener("play", () => {
      if (audio !== active || !clip) return;
      if (audio.currentTime < 0.1) clip.plays += 1;
      if ($("#missing")?.textContent === text("Gesture")) say("");
    });
    audio.addEventListener("canplaythrough", () => { if (audio === active) { clearTimeout(patience); trouble(false); } });
    audio.addEventListener("error", async () => { if (audio === active && clip && !(await isGone())) trouble(true); });
    audio.addEventListener("ended", () => {
      if (audio !== active || !clip) return;
      if (duration() - audio.duration > TOLERANCE) trouble(true); // the file ends before the clip does
      saveDraft();
    });
  };

  document.addEventListener("DOMContentLoaded", () => {
    rate = $("#rate");
    if (!rate) return;
    [active, spare] = $$("audio", rate);
    [active, spare].forEach(watch);
    outbox = new Outbox({ person: rate.dataset.person, changed: kept, delivered });
    drafts.prune();
    const shortcuts = $("[data-shortcuts]");
    shortcuts.checked = !shortcutsOff();
    shortcuts.addEventListener("change", () => { try { localStorage.setItem(NO_KEYS, shortcuts.checked ? "0" : "1"); } catch { /* this page only */ } });

    document.addEventListener("submit", onSubmit, true);
    document.addEventListener("input", onChange);
    document.addEventListener("keydown", onKey);
    document.addEventListener("click", onClick);
    document.addEventListener("pointerdown", (event) => { pointed = event.target.closest("label")?.control || event.target.closest("input, button"); });
    document.addEventListener("htmx:beforeSwap", onResponse);
    document.addEventListener("htmx:responseError", (event) => { if (event.detail.xhr.status === 410 && clip) isGone(); }); // the heartbeat's
    for (const type of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(type, (event) => { if (event.detail.target?.id === "card") failed(event.detail.elt, "kept"); });
    document.addEventListener("htmx:load", () => { if ($("#card") && $("#card") !== card) begin(); });
    addEventListener("beforeunload", (event) => { if (sending || outbox.waiting.length) event.preventDefault(); });

    begin();
    outbox.flush(true);
  });
})();
