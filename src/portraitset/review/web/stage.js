// The large view: the original under zoom and pan, the points on it, and a magnifier at the point
// that is moved. Mouse, pen and fingers alike, by pointer events.

import { el, svg } from "./dom.js";
import { POINTS, POINT_LABELS, cropQuad } from "./geometry.js";
import { Viewport } from "./viewport.js";

const STILL = 5; // pixels that a click may slip
const LENS = 150; // the magnifier's side, in pixels
const CROWDED = 70; // pixels between the eyes, below which names would cover the face
const LENS_STAYS = 1200; // ms after a key

export class Stage {
  // `moved(points, isOver)` is told of each move of a point, `picked(point)` of a click while one is asked for.
  constructor(scenery, { moved, picked, chose }) {
    Object.assign(this, { scenery, moved, picked, chose });
    this.viewport = new Viewport();
    this.points = null;
    this.others = [];
    this.placed = null; // the points placed so far, while a face is added
    this.chosen = null;
    this.fingers = new Map();
    this.canvas = el("canvas", { "aria-hidden": "true" });
    this.lines = svg("svg", { class: "lines", "aria-hidden": "true" });
    this.handles = new Map(POINTS.map((name) => [name, this.#handle(name)]));
    this.aim = el("span", { class: "aim", "aria-hidden": "true", hidden: true });
    this.lens = el("canvas", { class: "lens", width: LENS, height: LENS, "aria-hidden": "true", hidden: true });
    this.root = el("div", { class: "stage", tabindex: "0", role: "group", "aria-label": "The original" },
      this.canvas, this.lines, ...this.handles.values(), this.aim, this.lens);
    this.#heed();
  }

  show(size) {
    this.viewport.picture = size;
    this.#measure();
    this.viewport.fit();
    this.draw();
  }

  choose(name, focus = true) {
    this.chosen = name;
    if (focus && name) this.handles.get(name).focus({ preventScroll: true });
    this.draw();
  }

  zoom(factor) {
    this.viewport.zoomAt(factor);
    this.draw();
  }

  // Show the face with its crop, or the whole picture.
  frame(points) {
    const quad = points && cropQuad(points);
    if (quad) this.viewport.frame(quad);
    else this.viewport.fit();
    this.draw();
  }

  nudge(name, x, y) {
    const [a, b] = this.points[name];
    this.#put(name, [a + x, b + y]);
    this.viewport.reveal(this.points[name]);
    this.#magnify(name);
    clearTimeout(this.lensTimer);
    this.lensTimer = setTimeout(() => this.#closeLens(), LENS_STAYS);
    this.moved(this.points, true);
    this.draw();
  }

  // While a face is added by keys: a cross that the arrows move.
  setAim(point) {
    this.aimed = point;
    if (point) this.viewport.reveal(point);
    this.draw();
  }

  setGrab(isOn) {
    this.grabbing = isOn;
    this.root.classList.toggle("grabbing", isOn);
  }

  draw() {
    if (this.frameWanted) return;
    this.frameWanted = requestAnimationFrame(() => {
      this.frameWanted = 0;
      this.#draw();
    });
  }

  #measure() {
    const { clientWidth: width, clientHeight: height } = this.root;
    this.viewport.stage = { width: Math.max(width, 1), height: Math.max(height, 1) };
    this.ratio = Math.min(window.devicePixelRatio || 1, 2);
    this.canvas.width = Math.round(width * this.ratio);
    this.canvas.height = Math.round(height * this.ratio);
  }

  #draw() {
    const { viewport, canvas, ratio } = this;
    const context = canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    this.#lookThrough(context, viewport.zoom * ratio, [canvas.width / 2, canvas.height / 2], viewport.centre);
    this.scenery.paint(context);
    this.scenery.sharpen(viewport, ratio);
    this.#drawLines();
    this.#drawPoints();
    this.root.dataset.zoom = String(viewport.zoom);
  }

  // Above three pixels for one, each of the picture's is shown as the square that it is.
  #lookThrough(context, zoom, middle, at) {
    context.setTransform(zoom, 0, 0, zoom, middle[0] - at[0] * zoom, middle[1] - at[1] * zoom);
    context.imageSmoothingEnabled = zoom < 3;
    context.imageSmoothingQuality = "high";
  }

  #drawLines() {
    const outline = (points, kind) => {
      const quad = cropQuad(points);
      if (!quad) return null;
      const corners = quad.map((corner) => this.viewport.toStage(corner).join(",")).join(" ");
      return svg("polygon", { class: kind, points: corners });
    };
    const lines = this.others.map(({ points, deleted }) => outline(points, deleted ? "other deleted" : "other"));
    if (this.points) {
      lines.push(outline(this.points, "quad"));
      const [a, b, c, d] = POINTS.map((name) => this.viewport.toStage(this.points[name]));
      lines.push(svg("path", { class: "face", d: `M ${a} L ${b} M ${c} L ${d}` }));
    }
    this.lines.replaceChildren(...lines.filter(Boolean));
  }

  #drawPoints() {
    const points = this.placed ?? this.points ?? {};
    const eyes = this.points && !this.placed ? this.points.eye_right[0] - this.points.eye_left[0] : 0;
    this.root.classList.toggle("crowded", Math.abs(eyes) * this.viewport.zoom < CROWDED);
    for (const [name, handle] of this.handles) {
      const point = points[name];
      handle.hidden = !point;
      if (!point) continue;
      const [x, y] = this.viewport.toStage(point);
      handle.style.transform = `translate(${x}px, ${y}px)`;
      handle.classList.toggle("chosen", name === this.chosen);
      handle.setAttribute("aria-label", `${POINT_LABELS[name]}, ${spelt(point[0])} across, ${spelt(point[1])} down`);
    }
    this.aim.hidden = !this.aimed;
    if (this.aimed) {
      const [x, y] = this.viewport.toStage(this.aimed);
      this.aim.style.transform = `translate(${x}px, ${y}px)`;
    }
  }

  #handle(name) {
    const label = el("span", { class: "label" }, POINT_LABELS[name]);
    const handle = el("button", { type: "button", class: `point ${name}`, "data-point": name, hidden: true }, label);
    handle.addEventListener("focus", () => {
      if (this.chosen === name || this.placed) return;
      this.chosen = name;
      this.chose(name);
      this.draw();
    });
    return handle;
  }

  #heed() {
    const { root } = this;
    root.addEventListener("pointerdown", (event) => this.#down(event));
    root.addEventListener("pointermove", (event) => this.#move(event));
    root.addEventListener("pointerup", (event) => this.#up(event));
    root.addEventListener("pointercancel", (event) => this.#up(event, true));
    root.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    root.addEventListener("contextmenu", (event) => event.preventDefault());
    new ResizeObserver(() => {
      if (!root.clientWidth) return;
      this.#measure();
      this.#draw();
    }).observe(root);
  }

  #at(event) {
    const box = this.root.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  #down(event) {
    if (event.button > 1) return;
    event.preventDefault();
    this.root.setPointerCapture(event.pointerId);
    const at = this.#at(event);
    const handle = event.target.closest(".point");
    const isFree = event.button === 0 && !this.grabbing && !this.placed && !this.fingers.size;
    if (handle && isFree) {
      this.#grab(handle.dataset.point, event.pointerId, at);
      return;
    }
    if (!this.drag) this.root.focus({ preventScroll: true });
    this.fingers.set(event.pointerId, { at, from: at, slipped: this.fingers.size > 0 });
  }

  // The point keeps its place under the pointer, wherever in its circle it was taken.
  #grab(name, pointer, at) {
    this.choose(name);
    this.chose(name);
    const [x, y] = this.viewport.toStage(this.points[name]);
    this.drag = { name, pointer, off: [x - at[0], y - at[1]], from: at, began: false };
  }

  #move(event) {
    const at = this.#at(event);
    if (this.drag?.pointer === event.pointerId) {
      const { drag } = this;
      if (!drag.began && Math.hypot(at[0] - drag.from[0], at[1] - drag.from[1]) < 2) return;
      drag.began = true;
      clearTimeout(this.lensTimer);
      this.#put(drag.name, this.viewport.toPicture([at[0] + drag.off[0], at[1] + drag.off[1]]));
      this.#magnify(drag.name);
      this.moved(this.points, false);
      this.draw();
      return;
    }
    const finger = this.fingers.get(event.pointerId);
    if (!finger) return;
    const before = this.#grip();
    finger.at = at;
    finger.slipped ||= Math.hypot(at[0] - finger.from[0], at[1] - finger.from[1]) > STILL;
    if (!finger.slipped && this.fingers.size === 1) return;
    const after = this.#grip();
    this.viewport.pan(after.middle[0] - before.middle[0], after.middle[1] - before.middle[1]);
    if (before.span && after.span) this.viewport.zoomAt(after.span / before.span, after.middle);
    this.draw();
  }

  // Between two fingers; one alone is its own middle.
  #grip() {
    const [one, two] = [...this.fingers.values()].map((finger) => finger.at);
    if (!two) return { middle: one, span: 0 };
    return { middle: [(one[0] + two[0]) / 2, (one[1] + two[1]) / 2], span: Math.hypot(one[0] - two[0], one[1] - two[1]) };
  }

  #up(event, isLost = false) {
    if (this.drag?.pointer === event.pointerId) {
      const { began } = this.drag;
      this.drag = null;
      this.#closeLens();
      if (began) this.moved(this.points, true);
      return;
    }
    const finger = this.fingers.get(event.pointerId);
    if (!finger) return;
    this.fingers.delete(event.pointerId);
    for (const other of this.fingers.values()) other.slipped = true;
    if (this.placed && !finger.slipped && !isLost && !this.grabbing && event.button === 0) {
      this.picked(this.viewport.toPicture(finger.at));
    }
  }

  #wheel(event) {
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 16 : 1;
    const speed = event.ctrlKey ? 0.01 : 0.0016; // a pinch on a trackpad comes as a wheel with Ctrl
    this.viewport.zoomAt(Math.exp(-event.deltaY * lines * speed), this.#at(event));
    this.draw();
  }

  #put(name, [x, y]) {
    const round = (value) => Math.round(value * 100) / 100;
    this.points = { ...this.points, [name]: [round(x), round(y)] };
  }

  // A lens beside the point, never under the finger, with a cross where the point is.
  #magnify(name) {
    const point = this.points[name];
    this.scenery.approach(point);
    const zoom = Math.max(this.viewport.zoom * 3, 6);
    const context = this.lens.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, LENS, LENS);
    this.#lookThrough(context, zoom, [LENS / 2, LENS / 2], point);
    this.scenery.paint(context);
    cross(context);
    const [x, y] = this.viewport.toStage(point);
    const up = y > LENS + 60 ? y - LENS - 40 : y + 40;
    const across = Math.min(Math.max(x - LENS / 2, 8), this.viewport.stage.width - LENS - 8);
    this.lens.style.transform = `translate(${across}px, ${up}px)`;
    this.lens.hidden = false;
    this.lensAt = name;
  }

  #closeLens() {
    clearTimeout(this.lensTimer);
    this.lens.hidden = true;
    this.lensAt = null;
  }

  // More of the picture has come.
  refresh() {
    this.draw();
    if (this.lensAt && this.points) this.#magnify(this.lensAt);
  }
}

function cross(context) {
  const middle = LENS / 2;
  context.setTransform(1, 0, 0, 1, 0, 0);
  for (const [colour, width] of [["#000", 3], ["#fff", 1]]) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.beginPath();
    for (const [x, y] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      context.moveTo(middle + 5 * x, middle + 5 * y);
      context.lineTo(middle + 22 * x, middle + 22 * y);
    }
    context.stroke();
  }
}

export function spelt(value) {
  return value.toFixed(2).replace(/\.?0+$/, "");
}
