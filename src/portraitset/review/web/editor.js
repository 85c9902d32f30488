// The landmark editor: one picture in the large, its faces' points moved, faces added and deleted.
// What is decided here goes the way of every decision; only points that are not saved live here.

import * as api from "./api.js";
import { el, say } from "./dom.js";
import { Panel } from "./editor_panel.js";
import { POINTS, addedName, cropQuad, samePoints } from "./geometry.js";
import { WORDS, title } from "./grid.js";
import { LiveCrop } from "./live_crop.js";
import { Scenery } from "./scenery.js";
import { Stage } from "./stage.js";

const STEP = 1.3; // of one press of + or -
const AS_ONE = 700; // ms within which presses of arrow keys are undone together
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Editor {
  // `hooks`: post(items), decide(choice, names), undo(), step(by) to another face of the list, closed(), newId().
  constructor(dialog, library, hooks) {
    Object.assign(this, { dialog, library, hooks });
    this.scenery = new Scenery({ changed: () => this.#seen(), failed: (error) => this.#failed(error) });
    this.live = new LiveCrop(this.scenery);
    this.stage = new Stage(this.scenery, {
      moved: (points, isOver) => this.#moved(points, isOver),
      picked: (point) => this.#place(point),
      chose: () => this.panel.showPoints(this.stage.points, this.stage.chosen),
    });
    this.panel = new Panel(this.live, this.#acts());
    this.message = el("p", { class: "message", role: "alert", hidden: true });
    dialog.append(el("div", { class: "view" }, this.stage.root, this.message, this.#tools()), this.panel.root);
    dialog.addEventListener("keydown", (event) => this.#key(event));
    dialog.addEventListener("keyup", (event) => event.key === " " && this.stage.setGrab(false));
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.#escape();
    });
    dialog.addEventListener("close", () => this.#closed());
  }

  get isOpen() {
    return this.dialog.open;
  }

  // Whether this face is one of the picture's that is open.
  shows(name) {
    return this.facts?.faces.some((face) => face.name === name) ?? false;
  }

  // Where the server finds the picture: any of its faces will do.
  source = () => ({ index: this.library.index.get(this.anchor) ?? 0, edition: this.library.edition });

  async open(index) {
    const name = this.library.names[index];
    if (!this.dialog.open) this.dialog.showModal();
    Object.assign(this, { anchor: name, name, points: null, saved: null, history: [] });
    this.dialog.dataset.ready = "false";
    const facts = await this.#facts(name);
    if (!facts || this.name !== name) return;
    const isSame = this.facts?.photo === facts.photo && this.size !== null;
    this.facts = facts;
    this.#tell("");
    this.#setAdding(null);
    if (!facts.original) this.#showNothing(facts);
    else if (!isSame) await this.#showPicture(facts);
    if (this.name === name && facts.original && this.size) this.#take(name);
  }

  // The gallery is another one now: a face that was added has its place, or one is gone.
  async renew() {
    if (!this.dialog.open || !this.facts) return;
    const names = [this.name, this.anchor, ...this.facts.faces.map((face) => face.name)];
    const anchor = names.find((name) => this.library.index.has(name));
    if (anchor === undefined) return this.dialog.close();
    this.anchor = anchor;
    const facts = await this.#facts(anchor);
    if (!facts || this.anchor !== anchor) return undefined;
    this.facts = facts;
    if (facts.original && this.size && !this.scenery.pieces.whole) this.scenery.open(this.source, this.size, facts.original.scale);
    if (!this.#faces().some((face) => face.name === this.name)) this.#take(anchor);
    else this.refresh();
    this.#recut();
    return undefined;
  }

  // Somebody decided something, perhaps here.
  refresh() {
    if (!this.dialog.open || !this.facts) return;
    if (this.facts.name !== this.anchor) return; // another face is being opened
    const faces = this.#faces();
    const face = faces.find((each) => each.name === this.name);
    if (!face) {
      if (faces.length) this.#take(faces[0].name);
      return;
    }
    const wasDirty = this.isDirty;
    this.saved = face.points;
    if (!wasDirty && this.isDirty) this.#setPoints(face.points);
    this.#dress(faces, face);
  }

  get isDirty() {
    return this.points !== null && !isSame(this.points, this.saved);
  }

  async #facts(name) {
    try {
      const facts = await api.details(this.library.index.get(name), this.library.edition);
      return facts.name === name ? facts : null;
    } catch (error) {
      this.#failed(error);
      return null;
    }
  }

  async #showPicture(facts) {
    const { width, height, scale } = facts.original;
    this.scenery.close();
    this.live.close();
    this.size = null;
    this.stage.points = this.points = null;
    try {
      const stored = width ? { width, height } : await api.size(this.source().index, this.library.edition);
      if (this.facts !== facts) return;
      this.size = { width: stored.width / scale, height: stored.height / scale };
    } catch (error) {
      return void this.#failed(error);
    }
    this.scenery.open(this.source, this.size, scale);
    this.live.open(this.source, this.library.side);
    this.stage.show(this.size);
  }

  #showNothing(facts) {
    this.scenery.close();
    this.live.close();
    Object.assign(this, { size: null, points: null, saved: null });
    this.stage.points = null;
    this.stage.others = [];
    this.stage.draw();
    this.#tell(`There is no original to look at: ${facts.detail ?? facts.reason ?? facts.state}.`);
    this.#dress([], null);
  }

  // Turn to one of the picture's faces.
  #take(name) {
    const faces = this.#faces();
    const face = faces.find((each) => each.name === name) ?? faces[0];
    this.name = face.name;
    this.history = [];
    this.saved = face.points;
    this.stage.chosen = null;
    this.#setPoints(face.points);
    this.stage.frame(face.points);
    this.refresh();
    this.dialog.dataset.ready = "true";
    this.stage.root.focus({ preventScroll: true });
  }

  // The picture's faces as they stand by now: those of the server and those it does not know yet.
  #faces() {
    const { library, facts } = this;
    const listed = facts.faces.filter((face) => !library.withdrawn(face.name));
    const known = new Set(listed.map((face) => face.name));
    const fresh = library.addedTo(facts.photo).filter((face) => !known.has(face.name));
    return [...listed, ...fresh].map((face) => ({
      ...face,
      points: library.moved(face.name)?.points ?? face.given,
      deleted: library.verdict(face.name) === "delete",
    }));
  }

  #dress(faces, face) {
    const { library, panel, stage } = this;
    const name = this.name;
    const at = library.index.get(name);
    panel.title.textContent = title(library.slugs[at] ?? "") || this.facts.photo || name;
    const score = this.facts.name === name ? this.facts.score : library.scores[at];
    const sure = score === null || score === undefined ? "" : ` · confidence ${score.toFixed(2)}`;
    panel.place.textContent = `${name}${sure}`;
    panel.showDoubt(at === undefined ? null : library.doubt(at));
    const word = library.word(name);
    panel.verdict.className = `verdict ${word?.choice ?? ""}`;
    panel.verdict.textContent = word ? `${WORDS[word.choice].icon} ${WORDS[word.choice].word}${word.who ? ` by ${word.who}` : ""}` : "undecided";
    stage.others = faces.filter((each) => each.name !== name).map(({ points, deleted }) => ({ points, deleted }));
    stage.root.classList.toggle("is-deleted", face?.deleted ?? false);
    panel.showFaces(faces, name, (other) => this.#leave(() => this.#take(other)));
    panel.showPoints(this.points, stage.chosen);
    const { save, copy, add, remove, undo, keep, reject } = panel.buttons;
    save.disabled = !this.isDirty || !cropQuad(this.points);
    copy.disabled = !face || isSame(this.points, face.given);
    copy.lastChild.textContent = face?.added ? " Copy as first placed" : " Copy from the detector";
    add.disabled = !this.size || this.adding !== null;
    remove.disabled = !face;
    remove.lastChild.textContent = face?.deleted ? " Restore this face" : " Delete this face";
    undo.disabled = false;
    keep.disabled = reject.disabled = !face;
    keep.setAttribute("aria-pressed", word?.choice === "keep");
    reject.setAttribute("aria-pressed", word?.choice === "reject");
    stage.draw();
  }

  #setPoints(points) {
    this.points = this.before = points;
    this.stage.points = points;
    this.live.show(points);
    this.stage.draw();
  }

  #moved(points, isOver) {
    this.points = points;
    this.live.show(points);
    this.panel.showPoints(points, this.stage.chosen);
    if (!isOver) return;
    const now = performance.now();
    const goesOn = this.nudged === this.stage.chosen && now - this.nudgedAt < AS_ONE;
    if (!goesOn) this.history.push(this.before);
    this.before = points;
    this.nudged = null;
    this.refresh();
  }

  #nudge(name, x, y) {
    const since = this.nudged;
    this.stage.nudge(name, x, y);
    if (since !== name) this.nudgedAt = performance.now();
    this.nudged = name;
  }

  #undo() {
    if (this.adding?.length) return this.#setAdding(this.adding.slice(0, -1));
    const before = this.history.pop();
    if (before) {
      this.#setPoints(before);
      this.refresh();
      return say("The point is back where it was.");
    }
    return this.hooks.undo();
  }

  #save() {
    if (!this.isDirty || !cropQuad(this.points)) return;
    const { name, points } = this;
    const face = this.#faces().find((each) => each.name === name);
    const item = { id: this.hooks.newId(), face: name, at: Date.now() / 1000, before: this.library.moved(name) };
    if (isSame(points, face.given)) this.hooks.post([{ ...item, choice: "given" }]);
    else this.hooks.post([{ ...item, choice: "landmarks", landmarks: points }]);
    this.history = [];
    this.saved = points;
    this.refresh();
    say("Points saved.");
  }

  #copy() {
    const face = this.#faces().find((each) => each.name === this.name);
    if (!face || isSame(this.points, face.given)) return;
    this.history.push(this.points);
    this.#setPoints(face.given);
    this.refresh();
    say("These are the points of the manifest again; save them.");
  }

  #decide(choice) {
    if (!this.points) return;
    if (choice === "keep") this.#save();
    const go = () => {
      this.hooks.decide(choice, [this.name]);
      this.hooks.step(1);
    };
    if (choice === "keep") go();
    else this.#leave(go);
  }

  #remove() {
    const face = this.#faces().find((each) => each.name === this.name);
    if (!face) return;
    const word = this.library.word(this.name);
    if (face.deleted) this.hooks.post([{ id: this.hooks.newId(), face: this.name, choice: "undo", undoes: word.id, at: Date.now() / 1000, before: word.before ?? null }]);
    else this.hooks.decide("delete", [this.name]);
    this.refresh();
  }

  // null: no face is being added; else the points placed so far.
  #setAdding(placed, trouble = "") {
    this.adding = placed;
    const isOn = placed !== null;
    this.stage.root.classList.toggle("adding", isOn);
    this.stage.placed = isOn ? Object.fromEntries(placed.map((point, at) => [POINTS[at], point])) : null;
    if (!isOn) this.stage.setAim(null);
    this.panel.showSteps(isOn ? placed.length : null, trouble);
    if (this.facts) this.refresh();
    this.stage.draw();
  }

  #place([x, y]) {
    const { width, height } = this.size;
    if (x < -0.5 || y < -0.5 || x > width - 0.5 || y > height - 0.5) {
      return this.#setAdding(this.adding, "That is beside the picture.");
    }
    const placed = [...this.adding, [x, y].map((value) => Math.round(value * 100) / 100)];
    if (placed.length < POINTS.length) return this.#setAdding(placed);
    const points = Object.fromEntries(placed.map((point, at) => [POINTS[at], point]));
    if (!cropQuad(points)) return this.#setAdding([], "These points allow no crop: eyes and mouth coincide. Once more.");
    return this.#add(points);
  }

  #add(points) {
    const { photo } = this.facts;
    const id = this.hooks.newId();
    const name = addedName(photo, id);
    this.hooks.post([{ id, face: name, choice: "add", photo, landmarks: points, at: Date.now() / 1000, before: null }]);
    this.#setAdding(null);
    this.#take(name);
    say("The face was added; its points can still be moved.");
  }

  // Before the points on the screen are lost, ask.
  #leave(then) {
    if (!this.isDirty) return then();
    this.after = then;
    this.panel.ask.hidden = false;
    this.panel.ask.querySelector("button").focus();
    return undefined;
  }

  #answer(isLeaving) {
    this.panel.ask.hidden = true;
    const { after } = this;
    this.after = null;
    if (isLeaving) after?.();
    else this.stage.root.focus({ preventScroll: true });
  }

  #acts() {
    return {
      save: () => this.#save(),
      undo: () => this.#undo(),
      copy: () => this.#copy(),
      add: () => this.#setAdding([]),
      cancel: () => this.#setAdding(null),
      remove: () => this.#remove(),
      keep: () => this.#decide("keep"),
      reject: () => this.#decide("reject"),
      next: () => this.#leave(() => this.hooks.step(1)),
      previous: () => this.#leave(() => this.hooks.step(-1)),
      close: () => this.#leave(() => this.dialog.close()),
      choose: (name) => this.stage.choose(name),
      saveAndGo: () => {
        this.#save();
        this.#answer(true);
      },
      discardAndGo: () => {
        this.history = [];
        this.#setPoints(this.saved);
        this.#answer(true);
      },
      stay: () => this.#answer(false),
    };
  }

  #tools() {
    const tool = (act, sign, name) => {
      const button = el("button", { type: "button", "aria-label": name, title: name, "data-tool": act }, sign);
      button.addEventListener("click", () => this.#look(act));
      return button;
    };
    return el("div", { class: "tools", role: "toolbar", "aria-label": "Zoom" },
      tool("in", "+", "Zoom in"), tool("out", "−", "Zoom out"),
      tool("fit", "Whole", "Show the whole picture"), tool("face", "Face", "Show the face"));
  }

  #look(act) {
    if (act === "in") this.stage.zoom(STEP);
    else if (act === "out") this.stage.zoom(1 / STEP);
    else this.stage.frame(act === "face" ? this.points : null);
  }

  #escape() {
    if (!this.panel.ask.hidden) this.#answer(false);
    else if (this.adding !== null) this.#setAdding(null);
    else this.#leave(() => this.dialog.close());
  }

  #key(event) {
    if (event.altKey || event.isComposing || event.key === "Escape" || event.key === "?") return;
    const isCtrl = event.ctrlKey || event.metaKey;
    if (isCtrl && event.key.toLowerCase() !== "z") return;
    const isPressing = event.target.matches("button:not(.point), summary");
    if (isPressing && [" ", "Enter"].includes(event.key)) return;
    const key = isCtrl ? "u" : event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const acted = this.#actOn(key, event.shiftKey ? 10 : 1);
    if (acted === false) return;
    event.preventDefault();
    event.stopPropagation();
  }

  #actOn(key, step) {
    const { acts } = this.panel;
    const arrow = ARROWS[key];
    const simple = {
      "+": () => this.#look("in"), "=": () => this.#look("in"), "-": () => this.#look("out"), _: () => this.#look("out"),
      0: () => this.#look("fit"), f: () => this.#look("face"), " ": () => this.stage.setGrab(true),
      u: acts.undo, Enter: () => this.#placeByKey(),
    };
    if (arrow) return this.#arrow(arrow, step);
    if (simple[key]) return void simple[key]();
    if (this.adding !== null || !this.panel.ask.hidden) return false;
    if (POINTS[Number(key) - 1]) return void (this.points && this.stage.choose(POINTS[Number(key) - 1]));
    const more = {
      s: acts.save, c: acts.copy, a: () => this.size && acts.add(), p: acts.keep, x: acts.reject,
      Delete: acts.remove, Backspace: acts.remove, PageDown: acts.next, PageUp: acts.previous,
    };
    if (!more[key]) return false;
    return void more[key]();
  }

  #arrow([x, y], step) {
    const { viewport, chosen, points } = this.stage;
    if (this.adding !== null) {
      const from = this.stage.aimed ?? viewport.centre.map(Math.round);
      this.stage.setAim([from[0] + x * step, from[1] + y * step]);
    } else if (chosen && points) {
      this.#nudge(chosen, x * step, y * step);
    } else {
      viewport.pan(-x * 40, -y * 40);
      this.stage.draw();
    }
  }

  #placeByKey() {
    if (this.adding === null) return;
    if (this.stage.aimed) this.#place(this.stage.aimed);
    else this.stage.setAim(this.stage.viewport.centre.map(Math.round));
  }

  #recut() {
    if (this.points && this.live.canvas.dataset.cut !== "exact") this.live.show(this.points);
  }

  #seen() {
    this.stage.refresh();
    if (this.points && this.live.canvas.dataset.cut === "sketch") this.live.show(this.points);
  }

  #failed(error) {
    if (error instanceof api.Refused && error.status === 410) return; // `renew` is on its way
    this.#tell(`It cannot be shown: ${error.message}.`);
  }

  #tell(text) {
    this.message.hidden = !text;
    this.message.textContent = text;
  }

  #closed() {
    this.scenery.close();
    this.live.close();
    this.panel.ask.hidden = true;
    Object.assign(this, { facts: null, size: null, points: null });
    this.stage.points = null;
    this.hooks.closed(this.name);
  }
}

function isSame(one, other) {
  return one !== null && other !== null && samePoints(one, other);
}
