// Decisions on their way: kept in the browser until the server says that they are on its disk.

import * as api from "./api.js";

const AT_ONCE = 500;
const FIRST_WAIT = 500;
const LONGEST_WAIT = 8000;

export class Outbox {
  // `sent(items)` is told what has arrived, `changed()` whenever the count or the state does.
  // A decision is its reviewer's: it is kept under their name, and the server takes nobody else's.
  constructor(workspace, reviewer, { sent, changed, refused }) {
    this.reviewer = reviewer;
    this.kept = `portraitset:unsent:${workspace}:`;
    this.prefix = `${this.kept}${encodeURIComponent(reviewer)}:`;
    this.sent = sent;
    this.changed = changed;
    this.refused = refused;
    this.batches = new Map();
    this.state = "at rest";
    this.trouble = ""; // why nothing can be sent
    this.wait = FIRST_WAIT;
    this.timer = null;
    window.addEventListener("online", () => this.flush());
    window.addEventListener("beforeunload", (event) => {
      if ([...this.batches.values()].some((batch) => !batch.kept)) event.preventDefault();
    });
  }

  // What an earlier visit could not send.
  recover() {
    for (let at = 0; at < localStorage.length; at += 1) {
      const key = localStorage.key(at);
      if (!key.startsWith(this.prefix) || this.batches.has(key)) continue;
      try {
        this.batches.set(key, { items: JSON.parse(localStorage.getItem(key)), kept: true });
      } catch {
        localStorage.removeItem(key);
      }
    }
    return this.items();
  }

  // Whose decisions wait here besides.
  others() {
    const keys = Object.keys(localStorage).filter((key) => key.startsWith(this.kept) && !key.startsWith(this.prefix));
    return [...new Set(keys.map((key) => decodeURIComponent(key.slice(this.kept.length).split(":")[0])))];
  }

  items() {
    return [...this.batches.values()].flatMap((batch) => batch.items);
  }

  get count() {
    let count = 0;
    for (const batch of this.batches.values()) count += batch.items.length;
    return count;
  }

  add(items) {
    const key = this.prefix + crypto.randomUUID();
    const batch = { items, kept: false };
    this.batches.set(key, batch);
    this.changed();
    setTimeout(() => {
      this.#keep(key, batch);
      this.flush();
    });
  }

  #keep(key, batch) {
    if (!this.batches.has(key)) return;
    try {
      localStorage.setItem(key, JSON.stringify(batch.items));
      batch.kept = true;
    } catch {
      batch.kept = false; // full: the page asks before it is left
    }
  }

  async flush() {
    if (this.sending || !this.batches.size) return;
    clearTimeout(this.timer);
    this.sending = true;
    try {
      while (this.batches.size) await this.#sendOne(...this.batches.entries().next().value);
      this.state = "at rest";
      this.trouble = "";
      this.wait = FIRST_WAIT;
    } catch (error) {
      if (!(error instanceof api.Lost)) throw error;
      this.state = error instanceof api.Locked ? "locked" : "offline";
      this.trouble = error.message;
      this.timer = setTimeout(() => this.flush(), this.wait);
      this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
    } finally {
      this.sending = false;
      this.changed();
    }
  }

  async #sendOne(key, batch) {
    while (batch.items.length) {
      const part = batch.items.slice(0, AT_ONCE);
      await this.#send(part);
      batch.items = batch.items.slice(AT_ONCE);
      if (batch.items.length) this.#keep(key, batch);
    }
    this.batches.delete(key);
    localStorage.removeItem(key);
  }

  async #send(part) {
    try {
      const rows = part.map(({ before, ...row }) => row);
      const { refused } = await api.decide(this.reviewer, rows);
      if (refused.length) this.refused(part.filter((item) => refused.includes(item.id)));
    } catch (error) {
      if (!(error instanceof api.Refused)) throw error;
      if (part.length > 1) { // one that is refused must not take the others with it
        const half = part.length >> 1;
        await this.#send(part.slice(0, half));
        await this.#send(part.slice(half));
        return;
      }
      this.refused(part, error.message);
    }
    await this.sent(part);
  }
}
