// The original in the browser: a view of the whole, and sharper pieces of what is looked at.
// However large the original, there are never more than three pictures of a bounded size.

import * as api from "./api.js";
import { Latest } from "./latest.js";

const WHOLE = 1600; // the longer side of the view of the whole, in pixels
const MOST = 2048; // and of a piece
const SETTLED = 90; // ms without a move before a sharper piece is asked for
const NEAR = 160; // the side of the piece around a point, in pixels of the picture

export class Scenery {
  // `changed()` is told when there is more to see, `failed(error)` why there is not.
  constructor({ changed, failed }) {
    Object.assign(this, { changed, failed });
    this.pieces = {};
    this.visit = 0;
    this.loads = { whole: this.#loader("whole"), part: this.#loader("part"), near: this.#loader("near") };
  }

  // `size` is the picture's as the landmarks have it, of which `scale` stored pixels make one.
  open(source, size, scale) {
    this.close();
    Object.assign(this, { source, size, scale });
    this.#ask("whole", { left: 0, top: 0, ...size }, WHOLE);
  }

  close() {
    clearTimeout(this.timer);
    this.visit += 1;
    for (const piece of Object.values(this.pieces)) piece.bitmap.close();
    for (const load of Object.values(this.loads)) load.forget();
    this.pieces = {};
    this.size = null;
  }

  // The best pieces last, so that they cover the others. The canvas is in pixels of the picture.
  paint(context) {
    const pieces = Object.values(this.pieces).sort((a, b) => a.density - b.density);
    for (const { bitmap, left, top, width, height } of pieces) {
      context.drawImage(bitmap, left - 0.5, top - 0.5, width, height);
    }
    return pieces.length > 0;
  }

  // Have what can be seen as sharp as the stage can show it.
  sharpen(viewport, ratio) {
    clearTimeout(this.timer);
    if (!this.size) return;
    this.timer = setTimeout(() => {
      const density = Math.min(viewport.zoom * ratio, this.scale);
      const seen = viewport.visible();
      if (!this.size || !seen.width || !seen.height || this.#shows(seen, density)) return;
      const part = viewport.visible(0.3);
      this.#ask("part", part, Math.ceil(Math.max(part.width, part.height) * density));
    }, SETTLED);
  }

  // Have every pixel around a point, for the magnifier.
  approach([x, y]) {
    if (!this.size) return;
    const around = this.#around(x, y, NEAR / 4);
    if (!around.width || !around.height || this.#shows(around, this.scale)) return;
    this.#ask("near", this.#around(x, y, NEAR), MOST);
  }

  #around(x, y, side) {
    const [left, top] = [x, y].map((value) => Math.max(0, Math.round(value - side / 2)));
    return {
      left, top,
      width: Math.max(0, Math.min(this.size.width, left + side) - left),
      height: Math.max(0, Math.min(this.size.height, top + side) - top),
    };
  }

  #shows(part, density) {
    return Object.values(this.pieces).some((piece) =>
      piece.density >= density * 0.95 && piece.left <= part.left && piece.top <= part.top &&
      piece.left + piece.width >= part.left + part.width && piece.top + piece.height >= part.top + part.height);
  }

  #ask(name, part, side) {
    this.loads[name].want(this.visit, this.source, this.#stored(part), Math.min(Math.max(side, 1), MOST));
  }

  // A part in whole stored pixels.
  #stored({ left, top, width, height }) {
    const { scale } = this;
    const [x, y] = [left, top].map((value) => Math.floor(value * scale));
    return { left: x, top: y, width: Math.ceil((left + width) * scale) - x, height: Math.ceil((top + height) * scale) - y };
  }

  #loader(name) {
    return new Latest(async (visit, source, part, side) => {
      try {
        const blob = await api.view(source(), part, side);
        const bitmap = await createImageBitmap(blob);
        if (visit !== this.visit) return bitmap.close();
        this.pieces[name]?.bitmap.close();
        const { scale } = this;
        const [left, top, width, height] = [part.left, part.top, part.width, part.height].map((value) => value / scale);
        this.pieces[name] = { bitmap, left, top, width, height, density: bitmap.width / width };
        this.changed();
      } catch (error) {
        if (visit === this.visit) this.failed(error);
      }
      return undefined;
    });
  }
}
