// One face in full: the original with quad and landmarks beside the crop, and all that is measured.

import * as api from "./api.js";
import { byId, el, grouped } from "./dom.js";
import { cropQuad, ontoSquare, samePoints } from "./geometry.js";
import { WORDS, title } from "./grid.js";
import { MEASURES, doubtWords } from "./library.js";
import { Overlay } from "./overlay.js";

const SETTLED = 110; // ms on one face before its pictures are asked for
const TRIAL_PAUSE = 120;
const TRIAL_SIDE = 512;

export class Detail {
  constructor(root, library, { decide, saveLandmarks, compare, edit }) {
    Object.assign(this, { root, library, decide, saveLandmarks, compare, edit });
    this.index = null;
    this.reasons = new Set(); // given before, offered again
    this.why = el("input", { type: "text", maxlength: "1000", list: "reasons", placeholder: "for your next P or X", spellcheck: "true" });
  }

  // The reason for the decision that is made now; it is asked for anew for the next one.
  takeWhy() {
    const why = this.why.value.trim();
    this.why.value = "";
    if (why && !this.reasons.has(why)) {
      this.reasons.add(why);
      byId("reasons").append(el("option", { value: why }));
    }
    return why;
  }

  show(index) {
    const name = index === null ? null : this.library.names[index]; // another edition, another place
    if (name === this.name && this.crop === this.library.crops[index] && this.edition === this.library.edition) {
      this.index = index;
      this.refresh();
      return;
    }
    if (name !== this.name) this.why.value = "";
    Object.assign(this, { index, name, edition: this.library.edition });
    clearTimeout(this.timer);
    this.trial?.abort();
    if (index === null) {
      this.root.replaceChildren(el("p", { class: "hint" }, "No face is chosen."));
      return;
    }
    this.crop = this.library.crops[index];
    this.canBeSeen = this.library.canBeSeen(index);
    this.#frame();
    this.timer = setTimeout(() => this.#fill(index), SETTLED);
  }

  refresh() {
    if (this.index === null || !this.verdict) return;
    const name = this.library.names[this.index];
    const word = this.library.word(name);
    this.verdict.className = `verdict ${word?.choice ?? ""}`;
    this.verdict.textContent = word
      ? `${WORDS[word.choice].icon} ${WORDS[word.choice].word}${word.who ? ` by ${word.who}` : ""}${word.why ? `: ${word.why}` : ""}`
      : this.canBeSeen ? "undecided" : "has no crop";
    this.disagreed.hidden = !this.library.disagreed(name);
    this.#showDoubt(word);
    this.buttons.keep.setAttribute("aria-pressed", word?.choice === "keep");
    this.buttons.reject.setAttribute("aria-pressed", word?.choice === "reject");
  }

  // What check-landmarks says, and that it may be taken for the reason to reject.
  #showDoubt(word) {
    const found = this.library.doubt(this.index);
    this.doubt.hidden = !found;
    if (!found) return;
    const reject = () => {
      this.why.value = `points disagree: ${found.cause}`;
      this.decide("reject");
    };
    this.doubt.replaceChildren(
      el("p", {}, el("strong", {}, `⚠ The points disagree with a detector: ${found.cause}. `), doubtWords(found)),
      el("button", { type: "button", hidden: word !== null, on: { click: reject } }, "Reject for this"),
    );
  }

  #frame() {
    const { library, index } = this;
    const name = library.names[index];
    const act = (choice, key, word) =>
      el("button", { type: "button", class: choice, disabled: !this.canBeSeen, on: { click: () => this.decide(choice) } },
        el("kbd", {}, key), ` ${word}`);
    this.buttons = { keep: act("keep", "P", "Keep"), reject: act("reject", "X", "Reject") };
    this.why.disabled = !this.canBeSeen;
    this.verdict = el("p", { class: "verdict" });
    this.disagreed = el("p", { class: "disagreed", hidden: true }, "⇄ reviewers disagree; the last word counts");
    this.doubt = el("div", { class: "doubt", hidden: true });
    this.pictures = el("div", { class: "pictures" });
    this.facts = el("div", { class: "facts" });
    this.family = el("div", { class: "family" });
    this.root.replaceChildren(
      el("h2", {}, title(library.slugs[index]) || name),
      el("p", { class: "file" }, name),
      el("div", { class: "deciding" }, this.verdict, this.buttons.keep, this.buttons.reject,
        el("label", { class: "why" }, el("kbd", {}, "W"), " Why", this.why)),
      this.disagreed, this.doubt, this.pictures, this.family, this.facts,
    );
    if (this.crop) this.pictures.append(waiting(), this.#picture("thumbnail", "crop", "Crop"));
    this.#relatives();
    this.#table(null);
    this.refresh();
  }

  #picture(kind, name, caption) {
    const { library, index } = this;
    const image = el("img", { alt: caption, class: name, decoding: "async" });
    image.src = api.picture(kind, index, library.edition, this.crop);
    return el("figure", { class: `${name}-figure` }, el("figcaption", {}, caption), image);
  }

  async #fill(index) {
    let facts;
    try {
      facts = await api.details(index, this.library.edition);
    } catch (error) {
      if (error instanceof api.Refused) this.facts.prepend(el("p", { class: "trouble" }, error.message));
      return;
    }
    if (facts.name !== this.name) return;
    this.facts.replaceChildren();
    this.#table(facts);
    if (facts.original && facts.landmarks) await this.#workbench(facts);
  }

  async #workbench(facts) {
    const stored = await this.#sizeOf(facts);
    if (!stored || facts.name !== this.name) return;
    const scale = facts.original.scale;
    const [width, height] = [stored.width / scale, stored.height / scale];
    const saved = this.library.moved(facts.name)?.points ?? facts.landmarks;
    const image = el("img", { alt: "The original", decoding: "async", draggable: "false" });
    image.src = api.picture("original", this.index, this.library.edition, this.crop);
    this.canvas = el("canvas", { width: TRIAL_SIDE, height: TRIAL_SIDE, class: "trial", role: "img", "aria-label": "The crop that these landmarks would make" });
    const crop = el("img", { alt: "The crop", decoding: "async" });
    if (this.crop) crop.src = api.picture("crop", this.index, this.library.edition, this.crop);
    const overlay = new Overlay({
      width, height, points: saved,
      changed: (points) => this.#sketch(image, points, width),
      finished: (points) => this.#try(points),
    });
    this.overlay = overlay;
    const frame = el("div", { class: "framed" }, image, overlay.root);
    frame.style.aspectRatio = `${width} / ${height}`;
    frame.style.maxWidth = `calc(var(--tallest) * ${width / height})`;
    this.save = el("button", { type: "button", class: "save", on: { click: () => this.#save(facts.name) } }, "Save landmarks");
    this.revert = el("button", { type: "button", class: "revert", on: { click: () => this.#revert(saved) } }, "Revert");
    this.note = el("p", { class: "note", role: "status" });
    this.bench = el("div", { class: "bench", hidden: true }, this.save, this.revert);
    this.cropCaption = el("figcaption", {}, "Crop");
    this.cropFigure = el("figure", { class: "crop-figure" }, this.cropCaption, crop, this.canvas);
    this.pictures.replaceChildren(
      el("figure", { class: "original-figure" }, el("figcaption", {}, "Original"), frame, this.bench,
        el("button", { type: "button", class: "edit", on: { click: () => this.edit() } }, el("kbd", {}, "E"), " Edit landmarks"), this.note),
      this.cropFigure,
    );
    this.original = facts.landmarks;
    this.#noteMoved(facts.name);
    if (!this.crop) this.#showDraft(saved);
  }

  async #sizeOf({ original }) {
    if (original.width) return original;
    try {
      return await api.size(this.index, this.library.edition);
    } catch (error) {
      if (error instanceof api.Refused) this.facts.prepend(el("p", { class: "trouble" }, error.message));
      return null;
    }
  }

  // No crop was cut yet: show the one that would be.
  #showDraft(points) {
    this.cropFigure.classList.add("trying");
    this.#try(points);
  }

  #noteMoved(name) {
    const moved = this.library.moved(name);
    const isCut = moved && this.crop && samePoints(moved.points, this.original);
    const when = isCut ? "this crop has them" : "the crop follows with the next build or align";
    this.note.textContent = moved
      ? `Landmarks were moved${moved.who ? ` by ${moved.who}` : ""}; ${when}.`
      : "Drag a point, or focus it and use the arrow keys.";
  }

  #sketch(image, points, width) {
    this.cropFigure.classList.add("trying");
    this.bench.hidden = false;
    const quad = cropQuad(points);
    const context = this.canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = "#777";
    context.fillRect(0, 0, TRIAL_SIDE, TRIAL_SIDE);
    this.canvas.dataset.cut = "sketch";
    if (!quad || !image.complete || !image.naturalWidth) return;
    const ratio = width / image.naturalWidth;
    const [a, b, c, d, e, f] = ontoSquare(quad, TRIAL_SIDE);
    context.setTransform(a * ratio, b * ratio, c * ratio, d * ratio, e, f);
    context.drawImage(image, 0, 0);
  }

  #try(points) {
    this.points = points;
    this.cropCaption.textContent = "Crop, tried";
    this.trial?.abort();
    const trial = new AbortController();
    this.trial = trial;
    clearTimeout(this.trialTimer);
    this.trialTimer = setTimeout(async () => {
      try {
        const blob = await api.trial(this.index, this.library.edition, points, trial.signal);
        const cut = await createImageBitmap(blob);
        if (trial.signal.aborted) return;
        const context = this.canvas.getContext("2d");
        context.setTransform(1, 0, 0, 1, 0, 0);
        context.drawImage(cut, 0, 0, TRIAL_SIDE, TRIAL_SIDE);
        this.canvas.dataset.cut = "true";
        this.save.disabled = false;
        this.note.textContent = "This is the crop that they would make.";
      } catch (error) {
        if (trial.signal.aborted) return;
        this.save.disabled = error instanceof api.Refused;
        this.note.textContent = error.message;
      }
    }, TRIAL_PAUSE);
  }

  #save(name) {
    this.saveLandmarks(name, this.points);
    this.bench.hidden = true;
    this.#noteMoved(name);
  }

  #revert(points) {
    this.trial?.abort();
    this.overlay.reset(points);
    this.cropFigure.classList.remove("trying");
    this.cropCaption.textContent = "Crop";
    this.bench.hidden = true;
    this.note.textContent = "";
  }

  #relatives() {
    const { library, index } = this;
    for (const [kind, words] of [["work", "The same work"], ["face", "The same face"]]) {
      const group = library.groups[kind].get((kind === "work" ? library.works : library.twins)[index]);
      if (!group || group.length < 2) continue;
      const open = el("button", { type: "button", on: { click: () => this.compare(kind, group) } },
        el("kbd", {}, "D"), ` Compare ${group.length}`);
      this.family.append(el("p", {}, `≈ ${words} is here ${group.length} times. `, open));
      return;
    }
  }

  #table(facts) {
    const { library, index } = this;
    const rows = [["State", state(library, index)]];
    if (facts?.detail) rows.push(["Why", facts.detail]);
    if (facts?.original) {
      const size = `${facts.original.width} × ${facts.original.height}`;
      rows.push(["Original", [size, facts.format, bytes(facts.bytes)].filter(Boolean).join(", ")]);
    }
    for (const [name, measure] of Object.entries(MEASURES)) {
      const value = library.measures[name][index];
      if (value !== null) rows.push([measure.label, spelt(value, measure)]);
    }
    if (library.artists[index]) rows.push(["Candidate artist", `${title(library.artists[index])} (by the address alone)`]);
    if (library.years[index]) rows.push(["Uploaded", String(library.years[index])]);
    if (facts?.url) rows.push(["Address", facts.url]);
    if (facts?.photo) rows.push(["Photo", facts.photo]);
    this.facts.replaceChildren(
      palette(facts?.palette ?? []),
      el("table", {}, el("caption", { class: "unseen" }, "What is known of this face"),
        el("tbody", {}, ...rows.map(([what, value]) =>
          el("tr", {}, el("th", { scope: "row" }, what), el("td", {}, value))))),
    );
  }
}

export function spelt(value, { unit, digits, factor = 1 }) {
  const text = (value * factor).toFixed(digits);
  return unit === "" ? text : unit === "×" ? `${text}×` : unit === "°" ? `${text}°` : `${text} ${unit}`;
}

// Keeps the place of the original until it is asked for.
function waiting() {
  return el("figure", { class: "original-figure" }, el("figcaption", {}, "Original"), el("div", { class: "waiting" }));
}

function state(library, index) {
  const reason = library.reasons[index];
  return reason ? `${library.states[index]}: ${reason}` : library.states[index];
}

function bytes(count) {
  return count ? `${grouped.format(Math.round(count / 1000))} kB` : "";
}

function palette(colours) {
  if (!colours.length) return "";
  const strip = el("div", { class: "palette", role: "img", "aria-label": `Palette: ${colours.map(([colour]) => colour).join(", ")}` });
  for (const [colour, share] of colours) {
    const part = el("span", { title: `${colour}, ${Math.round(share * 100)} %` });
    part.style.backgroundColor = colour;
    part.style.flexGrow = String(share);
    strip.append(part);
  }
  return strip;
}
