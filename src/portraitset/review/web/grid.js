// The wall of faces: only the tiles around the visible part exist, each of one fixed size.

import * as api from "./api.js";
import { el } from "./dom.js";

const TILE = 160;
const CAPTION = 26;
const GAP = 12;
const STEP = TILE + GAP;
const ROW = TILE + CAPTION + GAP;
const KEPT_IMAGES = 900;
const AT_ONCE = 8;
const SPARE = 0.75; // of the visible height, above and below it
const FAST = 1.2; // visible heights in one frame: too fast for thumbnails to be worth asking for

export const WORDS = {
  keep: { icon: "✓", word: "kept" },
  reject: { icon: "✕", word: "rejected" },
  delete: { icon: "⌫", word: "deleted" },
};

export class Grid {
  constructor(root, sheet, library, previews, { moved, chosen, opened }) {
    Object.assign(this, { root, sheet, library, previews, moved, chosen, opened });
    this.list = [];
    this.places = new Map();
    this.position = 0;
    this.selection = new Set();
    this.tiles = new Map();
    this.free = [];
    this.images = new Map();
    this.loading = 0;
    this.columns = 1;
    root.addEventListener("scroll", () => this.#draw(), { passive: true });
    sheet.addEventListener("click", (event) => this.#click(event));
    sheet.addEventListener("dblclick", (event) => event.target.closest(".tile") && this.opened());
    new ResizeObserver(() => this.#measure()).observe(root);
  }

  get current() {
    return this.list[this.position] ?? null;
  }

  // Show these faces; stay at the current one if it is among them, else at its place.
  show(list, current = this.current) {
    this.list = list;
    this.places = new Map(list.map((index, place) => [index, place]));
    this.position = this.places.get(current) ?? Math.min(this.position, Math.max(list.length - 1, 0));
    this.selection = new Set([...this.selection].filter((index) => this.places.has(index)));
    this.#release([...this.tiles.keys()]);
    this.#measure(true);
    this.#point();
  }

  // Something about these faces is different now.
  touch(indices) {
    for (const index of indices) {
      const tile = this.tiles.get(index);
      if (tile) this.#dress(tile, index);
    }
  }

  touchAll() {
    this.touch([...this.tiles.keys()]);
    this.#draw();
  }

  // Forget pictures of crops that are no longer there.
  forget() {
    for (const [index, image] of this.images) {
      if (image.dataset.crop !== this.library.pictureKey(index)) this.images.delete(index);
    }
  }

  move(to) {
    if (!this.list.length) return;
    const before = this.current;
    this.position = Math.max(0, Math.min(to, this.list.length - 1));
    this.#reveal();
    this.touch([before, this.current]);
    this.#point();
    this.moved(this.current);
  }

  // Tell a screen reader which face the keys are at.
  #point() {
    if (this.current === null) this.root.removeAttribute("aria-activedescendant");
    else this.root.setAttribute("aria-activedescendant", `tile-${this.current}`);
  }

  step(columns, rows = 0) {
    this.move(this.position + columns + rows * this.columns);
  }

  page(direction) {
    this.step(0, direction * Math.max(1, Math.floor(this.root.clientHeight / ROW)));
  }

  toggle(index = this.current) {
    if (index === null) return;
    if (!this.selection.delete(index)) this.selection.add(index);
    this.touch([index]);
    this.chosen();
  }

  select(indices) {
    const before = [...this.selection];
    this.selection = new Set(indices);
    this.touch([...before, ...indices]);
    this.chosen();
  }

  // Whether every part of the visible grid shows something of its face; for tests.
  blanks() {
    const { first, last } = this.#rows(0);
    const blank = [];
    for (let place = first * this.columns; place < Math.min(last * this.columns, this.list.length); place += 1) {
      const index = this.list[place];
      const tile = this.tiles.get(index);
      const painted = tile && (tile.painted || tile.image || !this.library.pictureKey(index));
      if (!painted) blank.push(index);
    }
    return blank;
  }

  #measure(anew = false) {
    const columns = Math.max(1, Math.floor((this.root.clientWidth - GAP) / STEP));
    if (!anew && columns === this.columns && this.height === this.root.clientHeight) return;
    this.columns = columns;
    this.height = this.root.clientHeight;
    const rows = Math.ceil(this.list.length / columns);
    this.sheet.style.height = `${rows * ROW + GAP}px`;
    this.sheet.style.width = `${columns * STEP + GAP}px`;
    for (const [index, tile] of this.tiles) this.#put(tile, index);
    if (this.list.length) this.#reveal();
    this.#draw();
  }

  #reveal() {
    const top = Math.floor(this.position / this.columns) * ROW;
    const { scrollTop, clientHeight } = this.root;
    if (top < scrollTop) this.root.scrollTop = top;
    else if (top + ROW + GAP > scrollTop + clientHeight) {
      this.root.scrollTop = top + ROW + GAP - clientHeight;
    }
    this.#draw();
  }

  #rows(spare) {
    const { scrollTop, clientHeight } = this.root;
    const more = clientHeight * spare;
    return {
      first: Math.max(0, Math.floor((scrollTop - more - GAP) / ROW)),
      last: Math.ceil((scrollTop + clientHeight + more) / ROW),
    };
  }

  #draw() {
    const { first, last } = this.#rows(SPARE);
    const from = first * this.columns;
    const to = Math.min(last * this.columns, this.list.length);
    const wanted = new Set(this.list.slice(from, to));
    this.#release([...this.tiles.keys()].filter((index) => !wanted.has(index)));
    for (const index of wanted) if (!this.tiles.has(index)) this.#bind(index);
    this.#retire();
    if (to > from) this.previews.want(this.list[(from + to) >> 1]);
    this.#hurry();
  }

  // Tiles without a face show none, and hold none.
  #retire() {
    for (const tile of this.free) {
      if (tile.root.hidden) continue;
      tile.root.hidden = true;
      tile.root.removeAttribute("id");
      tile.root.removeAttribute("aria-label");
      for (const part of [tile.name, tile.state, tile.flags, tile.badge]) part.textContent = "";
      tile.context.clearRect(0, 0, 16, 16);
    }
  }

  #release(indices) {
    for (const index of indices) {
      const tile = this.tiles.get(index);
      this.tiles.delete(index);
      tile.image?.remove();
      tile.image = null;
      this.free.push(tile);
    }
  }

  #bind(index) {
    let tile = this.free.pop();
    if (!tile) {
      tile = makeTile();
      this.sheet.append(tile.root);
    }
    this.tiles.set(index, tile);
    tile.root.hidden = false;
    this.#put(tile, index);
    this.#dress(tile, index);
  }

  #put(tile, index) {
    const place = this.places.get(index);
    const x = GAP + (place % this.columns) * STEP;
    const y = GAP + Math.floor(place / this.columns) * ROW;
    tile.root.style.transform = `translate(${x}px, ${y}px)`;
  }

  #dress(tile, index) {
    const { library } = this;
    const name = library.names[index];
    const verdict = library.verdict(name);
    const state = library.canBeSeen(index) ? "" : library.reasons[index] || library.states[index];
    const place = this.places.get(index);
    const isCurrent = index === this.current;
    const isChosen = this.selection.has(index);
    const { root } = tile;
    root.id = `tile-${index}`;
    root.className = [
      "tile", verdict ?? "", isCurrent ? "current" : "", isChosen ? "chosen" : "", state ? "none" : "",
    ].join(" ");
    root.setAttribute("aria-selected", isChosen);
    root.setAttribute("aria-posinset", place + 1);
    root.setAttribute("aria-setsize", this.list.length);
    root.setAttribute("aria-label", this.#label(index, verdict, state));
    tile.name.textContent = title(library.slugs[index]) || name;
    tile.badge.textContent = verdict ? `${WORDS[verdict].icon} ${WORDS[verdict].word}` : "";
    tile.state.textContent = state;
    tile.flags.textContent = this.#flags(index).join("  ");
    tile.painted = !state && this.previews.draw(tile.context, index);
    tile.canvas.hidden = !tile.painted;
    this.#show(tile, index);
  }

  #label(index, verdict, state) {
    const words = [this.library.names[index], title(this.library.slugs[index])];
    words.push(state || (verdict ? WORDS[verdict].word : "undecided"), ...this.#flags(index));
    return words.filter(Boolean).join(", ");
  }

  #flags(index) {
    const flags = [];
    if (this.library.works[index]) flags.push("≈ same work");
    else if (this.library.twins[index]) flags.push("≈ same face");
    if (this.library.disagreed(this.library.names[index])) flags.push("⇄ disagreed");
    if (this.library.doubt(index)) flags.push("⚠ points");
    if (this.library.moved(this.library.names[index])) flags.push("✥ moved");
    if (this.library.added[index]) flags.push("+ added");
    return flags;
  }

  #show(tile, index) {
    const image = this.images.get(index);
    const fits = image && image.dataset.crop === this.library.pictureKey(index);
    if (fits && tile.image !== image) {
      tile.image?.remove();
      tile.picture.append(image);
      tile.image = image;
    } else if (!fits) {
      tile.image?.remove();
      tile.image = null;
      if (image) this.#renew(index);
    }
  }

  #renew(index) {
    this.images.delete(index);
    clearTimeout(this.renewing);
    this.renewing = setTimeout(() => this.#load());
  }

  // Thumbnails for what is visible, unless it flies by.
  #hurry() {
    const { scrollTop, clientHeight } = this.root;
    const speed = Math.abs(scrollTop - (this.lastTop ?? scrollTop)) / Math.max(clientHeight, 1);
    this.lastTop = scrollTop;
    clearTimeout(this.timer);
    if (speed > FAST) this.timer = setTimeout(() => this.#load(), 90);
    else this.#load();
  }

  #load() {
    const { first, last } = this.#rows(0);
    const shown = this.list.slice(first * this.columns, last * this.columns);
    const near = [...this.tiles.keys()].filter((index) => !shown.includes(index));
    for (const index of [...shown, ...near]) {
      if (this.loading >= AT_ONCE) return;
      if (this.library.canBeSeen(index) && !this.images.has(index)) this.#fetch(index);
    }
  }

  async #fetch(index) {
    const { library } = this;
    const crop = library.pictureKey(index);
    const image = el("img", { alt: "", width: TILE, height: TILE, decoding: "async", draggable: "false" });
    image.dataset.crop = crop;
    image.src = api.picture("thumbnail", index, library.edition, crop);
    this.images.set(index, image);
    this.loading += 1;
    try {
      await image.decode();
      this.#thin();
      const tile = this.tiles.get(index);
      if (tile && this.images.get(index) === image) this.#show(tile, index);
    } catch {
      setTimeout(() => this.images.delete(index), 3000); // another try when it is next drawn
    } finally {
      this.loading -= 1;
      this.#load();
    }
  }

  #thin() {
    for (const index of this.images.keys()) {
      if (this.images.size <= KEPT_IMAGES) return;
      if (!this.tiles.has(index)) this.images.delete(index);
    }
  }

  #click(event) {
    const root = event.target.closest(".tile");
    const index = root ? Number(root.id.slice("tile-".length)) : NaN;
    const place = this.places.get(index);
    if (place === undefined) return;
    if (event.shiftKey) {
      const [from, to] = [Math.min(place, this.position), Math.max(place, this.position)];
      this.select(new Set([...this.selection, ...this.list.slice(from, to + 1)]));
    } else if (event.ctrlKey || event.metaKey) {
      this.toggle(index);
    }
    this.move(place);
  }
}

export function title(slug) {
  return slug.replaceAll("-", " ");
}

function makeTile() {
  const canvas = el("canvas", { width: 16, height: 16, "aria-hidden": "true" });
  const [state, badge, flags, name] = ["state", "badge", "flags", "name"].map((part) =>
    el("span", { class: part }),
  );
  const picture = el("div", { class: "picture" }, canvas, state);
  const root = el(
    "div",
    { class: "tile", role: "option" },
    picture, badge, flags, el("span", { class: "tick", "aria-hidden": "true" }, "✓"), name,
  );
  return { root, picture, canvas, state, badge, flags, name, context: canvas.getContext("2d"), image: null };
}
