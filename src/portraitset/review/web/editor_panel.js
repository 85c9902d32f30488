// What stands beside the large view: the live crop, the four points, and a button for each act.

import { el } from "./dom.js";
import { POINTS, POINT_LABELS } from "./geometry.js";
import { doubtWords } from "./library.js";
import { spelt } from "./stage.js";

const KEYS = [
  [["1", "2", "3", "4"], "choose a point"],
  [["←", "→", "↑", "↓"], "move it by one pixel of the original; Shift: ten"],
  [["+", "-"], "zoom; also the wheel, or two fingers"],
  [["Space"], "hold it and drag to move the picture; or drag beside the points"],
  [["0", "F"], "the whole picture; the face"],
  [["Page Down", "Page Up"], "the next face of the list, the one before"],
];

export class Panel {
  // `acts` by name; each is what a button does.
  constructor(live, acts) {
    this.acts = acts;
    this.title = el("h2", { id: "editor-title" });
    this.place = el("p", { class: "place" });
    this.verdict = el("p", { class: "verdict" });
    this.doubt = el("p", { class: "doubt", hidden: true });
    this.ask = el("div", { class: "ask", role: "alertdialog", "aria-label": "Unsaved landmarks", hidden: true },
      el("p", {}, "The points were moved and not saved."),
      el("div", { class: "row" },
        this.#button("saveAndGo", null, "Save", "primary"), this.#button("discardAndGo", null, "Discard"), this.#button("stay", null, "Go on editing")));
    this.steps = el("div", { class: "steps", role: "status", hidden: true });
    this.points = new Map(POINTS.map((name, at) => [name, this.#point(name, at)]));
    this.buttons = {
      save: this.#button("save", "S", "Save points", "primary"),
      undo: this.#button("undo", "U", "Undo"),
      copy: this.#button("copy", "C", "Copy from the detector"),
      add: this.#button("add", "A", "Add a face"),
      remove: this.#button("remove", "Del", "Delete this face", "danger"),
      keep: this.#button("keep", "P", "Keep, next", "keep"),
      reject: this.#button("reject", "X", "Reject, next", "reject"),
    };
    this.faces = el("div", { class: "faces", role: "group", "aria-label": "Faces of this picture" });
    const { save, undo, copy, add, remove, keep, reject } = this.buttons;
    this.root = el("aside", { class: "panel", "aria-label": "The face" },
      el("header", {}, el("div", {}, this.title, this.place),
        this.#button("close", "Esc", "Close", "close")),
      this.doubt, this.ask, this.steps,
      el("div", { class: "looks" },
        el("figure", { class: "live-figure" }, el("figcaption", {}, "Crop, live"), live.canvas),
        el("div", { class: "points", role: "group", "aria-label": "Points, as you see them" }, ...this.points.values())),
      live.status,
      el("div", { class: "row" }, save, undo),
      el("div", { class: "row" }, copy),
      this.verdict,
      el("div", { class: "row" }, keep, reject),
      el("div", { class: "row" }, this.#button("previous", null, "‹ Previous"), this.#button("next", null, "Next ›")),
      el("h3", {}, "This picture"), this.faces,
      el("div", { class: "row" }, add, remove),
      el("details", { class: "keys", open: window.matchMedia("(min-width: 801px)").matches || undefined }, el("summary", {}, "Keys"),
        el("dl", {}, ...KEYS.map(([keys, words]) =>
          el("div", {}, el("dt", {}, ...keys.map((key) => el("kbd", {}, key))), el("dd", {}, words))))),
    );
  }

  showPoints(points, chosen) {
    for (const [name, row] of this.points) {
      row.querySelector(".at").textContent = points ? `${spelt(points[name][0])}, ${spelt(points[name][1])}` : "";
      row.setAttribute("aria-pressed", name === chosen);
      row.disabled = !points;
    }
  }

  // What check-landmarks says against the points as they are saved, if anything.
  showDoubt(found) {
    this.doubt.hidden = found === null;
    this.doubt.textContent = found ? `⚠ ${found.cause}: ${doubtWords(found)}` : "";
  }

  // One button for each face; the one that is edited is pressed.
  showFaces(faces, current, open) {
    this.faces.replaceChildren(...faces.map((face, at) => {
      const words = `Face ${at + 1}${face.added ? ", added" : ""}${face.deleted ? ", deleted" : ""}`;
      const button = el("button", { type: "button", class: face.deleted ? "deleted" : "", "aria-pressed": face.name === current }, words);
      button.title = face.name;
      button.addEventListener("click", () => open(face.name));
      return button;
    }));
  }

  // Which point of a new face is asked for; `trouble` is what was wrong with the last one.
  showSteps(count, trouble = "") {
    this.steps.hidden = count === null;
    if (count === null) return;
    const name = POINT_LABELS[POINTS[count]];
    this.steps.replaceChildren(
      trouble ? el("p", { class: "trouble" }, trouble) : "",
      el("p", { class: "step" }, el("strong", {}, `${count + 1} of 4: click the ${name}`), ", as you see it in the picture."),
      el("ol", {}, ...POINTS.map((point, at) =>
        el("li", { class: at < count ? "done" : at === count ? "now" : "" }, `${at < count ? "✓ " : ""}${POINT_LABELS[point]}`))),
      el("p", { class: "hint" }, "Or move the cross with the arrow keys and press Enter. Zoom and pan as ever."),
      el("div", { class: "row" }, this.#button("undo", "U", "Take back"), this.#button("cancel", "Esc", "Cancel")),
    );
  }

  #button(act, key, words, kind = "") {
    const button = el("button", { type: "button", class: kind, "data-act": act }, key ? el("kbd", {}, key) : null, key ? ` ${words}` : words);
    button.addEventListener("click", () => this.acts[act]());
    return button;
  }

  #point(name, at) {
    const row = el("button", { type: "button", class: "point-row", "data-row": name, "aria-pressed": "false" },
      el("kbd", {}, String(at + 1)), el("span", { class: "what" }, POINT_LABELS[name]), el("span", { class: "at" }));
    row.addEventListener("click", () => this.acts.choose(name));
    return row;
  }
}
