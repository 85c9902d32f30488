// A group of duplicates side by side, to keep one and reject the others.

import * as api from "./api.js";
import { el } from "./dom.js";
import { spelt } from "./detail.js";
import { WORDS, title } from "./grid.js";
import { MEASURES } from "./library.js";

const SHOWN = ["native_size", "upsampling", "sharpness", "padded_fraction", "compression_quality"];

export class Compare {
  constructor(dialog, library, { decide, undo, closed }) {
    Object.assign(this, { dialog, library, decide, undo });
    dialog.addEventListener("close", closed);
    dialog.addEventListener("keydown", (event) => this.#key(event));
  }

  open(kind, group) {
    this.kind = kind;
    this.numbers = [...this.library.groups[kind].keys()];
    const of = kind === "work" ? this.library.works : this.library.twins;
    this.number = of[group[0]];
    this.#build();
    if (!this.dialog.open) this.dialog.showModal();
    this.#focus(0);
  }

  refresh() {
    if (!this.dialog.open) return;
    for (const [at, card] of this.cards.entries()) this.#dress(card, this.group[at]);
  }

  // The faces have other places now, or their groups are others: go on with the same face.
  renew() {
    if (!this.dialog.open) return;
    const { library, kind } = this;
    const index = library.index.get(this.names[this.at]);
    const number = (kind === "work" ? library.works : library.twins)[index];
    if (!library.groups[kind].has(number)) {
      this.dialog.close();
      return;
    }
    this.numbers = [...library.groups[kind].keys()];
    this.number = number;
    this.#build();
    this.#focus(this.group.indexOf(index));
  }

  #build() {
    this.group = this.library.groups[this.kind].get(this.number) ?? [];
    this.names = this.group.map((index) => this.library.names[index]);
    const words = this.kind === "work" ? "the same work" : "the same face";
    const place = this.numbers.indexOf(this.number) + 1;
    this.cards = this.group.map((index) => this.#card(index));
    const turn = (step, text, key) =>
      el("button", { type: "button", on: { click: () => this.#turn(step) } }, el("kbd", {}, key), ` ${text}`);
    this.dialog.replaceChildren(
      el("header", {},
        el("h2", { id: "compare-title" }, `${this.group.length} that show ${words}`),
        el("p", {}, `group ${place} of ${this.numbers.length}`),
        turn(-1, "Previous", "["), turn(1, "Next", "]"),
        el("button", { type: "button", on: { click: () => this.dialog.close() } }, el("kbd", {}, "Esc"), " Close")),
      el("div", { class: "cards", role: "list" }, ...this.cards.map((card) => card.root)),
    );
    for (const [at, card] of this.cards.entries()) this.#dress(card, this.group[at]);
  }

  #card(index) {
    const { library } = this;
    const picture = library.crops[index]
      ? el("img", { alt: "", decoding: "async", src: api.picture("crop", index, library.edition, library.crops[index]) })
      : el("p", { class: "state" }, library.reasons[index] || library.states[index]);
    const verdict = el("p", { class: "verdict" });
    const act = (choice, key, word) =>
      el("button", { type: "button", class: choice, on: { click: () => this.decide(choice, [index]) } },
        el("kbd", {}, key), ` ${word}`);
    const rows = SHOWN.filter((name) => library.measures[name][index] !== null).map((name) =>
      el("tr", {}, el("th", { scope: "row" }, MEASURES[name].label),
        el("td", { class: this.#isBest(name, index) ? "best" : "" },
          spelt(library.measures[name][index], MEASURES[name]) + (this.#isBest(name, index) ? " ★" : ""))));
    const root = el("article", { class: "card", role: "listitem", tabindex: "-1" },
      picture, verdict, el("h3", {}, title(library.slugs[index])), el("p", { class: "file" }, library.names[index]),
      el("table", {}, el("tbody", {}, ...rows)),
      el("div", { class: "deciding" }, act("keep", "P", "Keep"), act("reject", "X", "Reject")));
    return { root, verdict };
  }

  #isBest(name, index) {
    if (!["native_size", "sharpness"].includes(name) || this.group.length < 2) return false;
    const values = this.library.measures[name];
    return this.group.every((other) => (values[other] ?? -1) <= values[index]);
  }

  #dress(card, index) {
    const name = this.library.names[index];
    const word = this.library.verdict(name);
    card.root.className = `card ${word ?? ""}`;
    card.root.setAttribute("aria-label", `${title(this.library.slugs[index])}, ${word ? WORDS[word].word : "undecided"}`);
    card.verdict.className = `verdict ${word ?? ""}`;
    card.verdict.textContent = word ? `${WORDS[word].icon} ${WORDS[word].word}` : "undecided";
  }

  #turn(step) {
    const at = this.numbers.indexOf(this.number);
    this.number = this.numbers[(at + step + this.numbers.length) % this.numbers.length];
    this.#build();
    this.#focus(0);
  }

  #focus(at) {
    this.at = Math.max(0, Math.min(at, this.cards.length - 1));
    this.cards[this.at]?.root.focus();
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const focused = this.cards.findIndex((card) => card.root.contains(document.activeElement));
    if (focused >= 0) this.at = focused;
    const acts = {
      ArrowLeft: () => this.#focus(this.at - 1),
      ArrowRight: () => this.#focus(this.at + 1),
      p: () => this.#decide("keep"),
      x: () => this.#decide("reject"),
      u: () => this.undo(),
      "[": () => this.#turn(-1),
      "]": () => this.#turn(1),
    };
    const act = acts[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  #decide(choice) {
    this.decide(choice, [this.group[this.at]]);
    if (this.at + 1 < this.cards.length) this.#focus(this.at + 1);
  }
}
