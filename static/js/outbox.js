// What a rater typed and sent, kept on this device until the server has it.
// Answers leave the outbox only when the server said 2xx or 409 with a card; the same uuid may go twice.
// One that was refused (422: nothing is saved) stays, and goes again with the next page or when it was corrected.
(() => {
  "use strict";
  const emocast = (window.emocast = window.emocast || {});
  const OUTBOX = "emocast:outbox:";
  const DRAFT = "emocast:draft:";
  const TWO_DAYS = 2 * 24 * 3600 * 1000;
  const memory = new Map(); // private windows may refuse localStorage: keep for this page at least

  const read = (key) => {
    try { return JSON.parse(localStorage.getItem(key)) ?? memory.get(key); } catch { return memory.get(key); }
  };
  const write = (key, value) => {
    memory.set(key, value);
    try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* kept in memory */ }
  };
  const drop = (key) => {
    memory.delete(key);
    try { localStorage.removeItem(key); } catch { /* was in memory only */ }
  };
  const keys = (prefix) => {
    const found = new Set(memory.keys());
    try { for (let i = 0; i < localStorage.length; i += 1) found.add(localStorage.key(i)); } catch { /* memory only */ }
    return [...found].filter((key) => key.startsWith(prefix));
  };

  emocast.drafts = {
    save: (uuid, draft) => write(DRAFT + uuid, { ...draft, at: Date.now() }),
    load: (uuid) => read(DRAFT + uuid),
    drop: (uuid) => drop(DRAFT + uuid),
    prune: () => keys(DRAFT).filter((key) => !(read(key)?.at > Date.now() - TWO_DAYS)).forEach(drop),
  };

  emocast.isCard = (html) => /\sid="card"/.test(html);
  emocast.isAnswer = (status, html) => (status < 300 || status === 409 || status === 422) && emocast.isCard(html);

  // The page's own token goes along as a header: the one in a form dies with the next sign-in, and Django reads it first.
  const withoutToken = (body) => {
    const fields = new URLSearchParams(body);
    fields.delete("csrfmiddlewaretoken");
    return fields.toString();
  };

  const post = async (entry) => {
    const headers = {
      ...JSON.parse(document.body.getAttribute("hx-headers") || "{}"),
      "Content-Type": "application/x-www-form-urlencoded", "HX-Request": "true", "HX-Target": "card",
    };
    const response = await fetch(entry.url, { method: "POST", body: withoutToken(entry.body), headers, credentials: "same-origin" });
    return { status: response.status, html: await response.text(), signedOut: response.redirected };
  };

  // changed(n unsent, why) after every attempt; delivered(entry, html) with the card that came back.
  emocast.Outbox = class {
    constructor({ person, changed, delivered }) {
      // Two people may share a device: nobody sends another's answers.
      Object.assign(this, { prefix: `${OUTBOX}${person}:`, changed, delivered, tries: 0, timer: 0, busy: false });
      addEventListener("online", () => this.flush());
    }

    get entries() { return keys(this.prefix).map(read).filter(Boolean).sort((a, b) => a.at - b.at); }
    get waiting() { return this.entries.filter((entry) => !entry.refused); }
    get refused() { return this.entries.filter((entry) => entry.refused); }
    put(entry) { write(this.prefix + entry.uuid, { ...entry, body: withoutToken(entry.body), at: Date.now() }); }
    remove(uuid) { drop(this.prefix + uuid); }
    answered(uuid, status) {
      const entry = status === 422 && read(this.prefix + uuid);
      if (entry) write(this.prefix + uuid, { ...entry, refused: true });
      else this.remove(uuid);
    }

    later(why) {
      this.changed(this.waiting.length, why);
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.flush(), Math.min(60, 2 ** ++this.tries) * 1000);
    }

    async flush(all = false) {
      const entries = all ? this.entries : this.waiting;
      if (this.busy || !entries.length) return;
      this.busy = true;
      clearTimeout(this.timer);
      let why = "";
      try {
        for (const entry of entries) {
          const answer = await post(entry);
          if (!emocast.isAnswer(answer.status, answer.html)) {
            why = answer.signedOut || answer.status === 403 ? "signedOut" : "kept";
            continue;
          }
          this.answered(entry.uuid, answer.status);
          this.tries = 0;
          this.delivered(entry, answer);
        }
      } catch { why = "kept"; } finally { this.busy = false; }
      if (why) this.later(why); else this.changed(this.waiting.length, "");
    }
  };
})();
