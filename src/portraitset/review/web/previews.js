// Blurred stand-ins for all faces, 16 x 16 pixels each: a tile shows one the moment it appears.

import * as api from "./api.js";

const SIDE = 16;
const BYTES = SIDE * SIDE * 3;
const BLOCK = 512;

export class Previews {
  constructor(library, changed) {
    this.library = library;
    this.changed = changed;
    this.reset();
  }

  reset() {
    this.blocks = new Map();
    this.loading = null;
    this.wanted = 0;
  }

  // Let go of what shows crops that are no longer these.
  forget(before) {
    for (const [number, block] of this.blocks) {
      for (let at = 0; at < block.count; at += 1) {
        const index = number * BLOCK + at;
        if (this.library.crops[index] === before[index]) continue;
        block.data[at] = 0;
        block.data.fill(0, block.count + at * BYTES, block.count + (at + 1) * BYTES);
        block.whole = false;
      }
    }
    this.renew();
  }

  // Load the block around an index first, then all others.
  want(index) {
    this.wanted = Math.floor(index / BLOCK);
    if (!this.loading) {
      this.loading = this.#load().finally(() => {
        this.loading = null;
      });
    }
  }

  // Some thumbnails were made meanwhile: ask again for blocks with gaps.
  renew() {
    for (const block of this.blocks.values()) block.fresh = block.whole;
    this.want(this.wanted * BLOCK);
  }

  has(index) {
    const block = this.blocks.get(Math.floor(index / BLOCK));
    return block !== undefined && block.data[index % BLOCK] === 1;
  }

  // RGBA pixels of one face, or null.
  draw(context, index) {
    if (!this.has(index)) return false;
    const { data, count } = this.blocks.get(Math.floor(index / BLOCK));
    const from = count + (index % BLOCK) * BYTES;
    const pixels = context.createImageData(SIDE, SIDE);
    for (let at = 0, to = 0; at < BYTES; at += 3, to += 4) {
      pixels.data[to] = data[from + at];
      pixels.data[to + 1] = data[from + at + 1];
      pixels.data[to + 2] = data[from + at + 2];
      pixels.data[to + 3] = 255;
    }
    context.putImageData(pixels, 0, 0);
    return true;
  }

  #next() {
    const blocks = Math.ceil(this.library.count / BLOCK);
    for (let away = 0; away < blocks; away += 1) {
      for (const number of [this.wanted + away, this.wanted - away]) {
        if (number >= 0 && number < blocks && !this.blocks.get(number)?.fresh) return number;
      }
    }
    return null;
  }

  async #load() {
    for (let number = this.#next(); number !== null; number = this.#next()) {
      const { edition } = this.library;
      const count = Math.min(BLOCK, this.library.count - number * BLOCK);
      let data;
      try {
        data = await api.previews(number * BLOCK, count, edition);
      } catch {
        return; // asked again with the next scroll
      }
      if (edition !== this.library.edition) return;
      const { states } = this.library;
      const whole = data.subarray(0, count).every(
        (there, at) => there || states[number * BLOCK + at] !== "aligned",
      );
      this.blocks.set(number, { data, count, whole, fresh: true });
      this.changed();
    }
  }
}
