// The original with its quad and landmarks; points can be dragged, or moved with the arrow keys.

import { svg } from "./dom.js";
import { POINTS, POINT_LABELS, cropQuad } from "./geometry.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Overlay {
  // `width` and `height` are those of the picture that the points belong to.
  constructor({ width, height, points, changed, finished }) {
    Object.assign(this, { width, height, changed, finished });
    this.points = structuredClone(points);
    this.unit = Math.max(width, height) / 100;
    this.quad = svg("polygon", { class: "quad" });
    this.shade = svg("path", { class: "shade", "fill-rule": "evenodd" });
    this.handles = new Map(POINTS.map((name) => [name, this.#handle(name)]));
    this.root = svg(
      "svg",
      { class: "overlay", viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": "Landmarks" },
      this.shade, this.quad, ...this.handles.values(),
    );
    this.#draw();
  }

  reset(points) {
    this.points = structuredClone(points);
    this.#draw();
  }

  #handle(name) {
    const handle = svg(
      "g",
      { class: "handle", tabindex: "0", role: "button", "data-point": name },
      svg("circle", { class: "reach", r: 3.2 * this.unit }),
      svg("circle", { class: "ring", r: 1.5 * this.unit }),
      svg("circle", { class: "dot", r: 0.35 * this.unit }),
    );
    handle.addEventListener("pointerdown", (event) => this.#grab(event, name, handle));
    handle.addEventListener("keydown", (event) => this.#nudge(event, name));
    return handle;
  }

  #grab(event, name, handle) {
    event.preventDefault();
    handle.focus();
    handle.setPointerCapture(event.pointerId);
    const start = this.#at(event);
    const from = this.points[name];
    const drag = (moving) => {
      const [x, y] = this.#at(moving);
      this.#move(name, [from[0] + x - start[0], from[1] + y - start[1]]);
    };
    const drop = () => {
      handle.removeEventListener("pointermove", drag);
      handle.removeEventListener("pointerup", drop);
      handle.removeEventListener("pointercancel", drop);
      this.finished(this.points);
    };
    handle.addEventListener("pointermove", drag);
    handle.addEventListener("pointerup", drop);
    handle.addEventListener("pointercancel", drop);
  }

  #nudge(event, name) {
    const arrow = ARROWS[event.key];
    if (!arrow || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    const step = event.shiftKey ? 10 : 1;
    const [x, y] = this.points[name];
    this.#move(name, [x + arrow[0] * step, y + arrow[1] * step]);
    this.finished(this.points);
  }

  #at(event) {
    const box = this.root.getBoundingClientRect();
    return [
      ((event.clientX - box.left) / box.width) * this.width,
      ((event.clientY - box.top) / box.height) * this.height,
    ];
  }

  #move(name, [x, y]) {
    const round = (value) => Math.round(value * 100) / 100;
    this.points = { ...this.points, [name]: [round(x), round(y)] };
    this.#draw();
    this.changed(this.points);
  }

  #draw() {
    for (const [name, handle] of this.handles) {
      const [x, y] = this.points[name];
      handle.setAttribute("transform", `translate(${x} ${y})`);
      handle.setAttribute(
        "aria-label",
        `${POINT_LABELS[name]}, ${Math.round(x)} across, ${Math.round(y)} down; arrow keys move it`,
      );
    }
    const corners = cropQuad(this.points);
    const text = corners ? corners.map((corner) => corner.join(" ")).join(" L ") : "";
    this.quad.setAttribute("points", corners ? corners.map((corner) => corner.join(",")).join(" ") : "");
    const frame = `M 0 0 H ${this.width} V ${this.height} H 0 Z`;
    this.shade.setAttribute("d", corners ? `${frame} M ${text} Z` : frame);
  }
}
