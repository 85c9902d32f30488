// The crop that the points make, cut anew as they move: drawn at once from what the browser has,
// then by the server, whose pixels a build would write.

import * as api from "./api.js";
import { el } from "./dom.js";
import { cropQuad, ontoSquare } from "./geometry.js";
import { Latest } from "./latest.js";

const PAUSE = 100; // ms without a move before the server cuts
const MOST = 512; // the side that is cut, in pixels, unless the dataset's is smaller

export class LiveCrop {
  constructor(scenery) {
    this.scenery = scenery;
    this.canvas = el("canvas", { class: "live", role: "img", "aria-label": "The crop that these points make" });
    this.status = el("p", { class: "note", role: "status" });
    this.cuts = new Latest((...wanted) => this.#cut(...wanted));
  }

  // `source()` names the face to the server; `size` is the side of the dataset's crops.
  open(source, size) {
    this.close();
    this.source = source;
    this.side = Math.min(size, MOST);
    if (this.canvas.width !== this.side) this.canvas.width = this.canvas.height = this.side;
    this.canvas.getContext("2d").clearRect(0, 0, this.side, this.side);
    this.canvas.dataset.cut = "none";
    this.status.textContent = "";
  }

  close() {
    clearTimeout(this.timer);
    this.cuts.forget();
    this.points = null;
  }

  show(points) {
    this.points = points;
    this.#sketch(points);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.cuts.want(this.source, points, this.side), PAUSE);
  }

  #sketch(points) {
    const quad = cropQuad(points);
    const context = this.canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = "#777";
    context.fillRect(0, 0, this.side, this.side);
    this.canvas.dataset.cut = "sketch";
    if (!quad) return;
    context.setTransform(...ontoSquare(quad, this.side));
    this.scenery.paint(context);
  }

  async #cut(source, points, side) {
    try {
      const cut = await createImageBitmap(await api.cut(source(), points, side));
      if (points !== this.points) return;
      const context = this.canvas.getContext("2d");
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.drawImage(cut, 0, 0);
      this.#tell("exact", "These are the pixels that the next build cuts.");
    } catch (error) {
      if (points === this.points) this.#tell("none", `No crop: ${error.message}.`);
    }
  }

  #tell(cut, text) {
    this.canvas.dataset.cut = cut;
    this.status.textContent = text;
    this.status.classList.toggle("trouble", cut === "none");
  }
}
