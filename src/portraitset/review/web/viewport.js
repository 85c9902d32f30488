// Where the picture lies on the stage: pixels of the picture to pixels of the stage, and back.
// A pixel's centre is at whole numbers, as landmarks have it; the picture begins at -0.5.

const LARGEST = 40; // pixels of the stage for one of the picture's
const MARGIN = 20;

export class Viewport {
  constructor() {
    this.picture = { width: 1, height: 1 };
    this.stage = { width: 1, height: 1 };
    this.zoom = 1;
    this.centre = [0, 0];
  }

  get fitting() {
    const { picture, stage } = this;
    return Math.max(1e-4, Math.min((stage.width - 2 * MARGIN) / picture.width, (stage.height - 2 * MARGIN) / picture.height));
  }

  fit() {
    this.zoom = Math.min(this.fitting, LARGEST);
    this.centre = [this.picture.width / 2 - 0.5, this.picture.height / 2 - 0.5];
  }

  // Show these points as large as they fit, with as much again around them as `room` says.
  frame(points, room = 1.15) {
    const [xs, ys] = [0, 1].map((axis) => points.map((point) => point[axis]));
    const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const wide = this.stage.width / (Math.max(right - left, 1) * room);
    const high = this.stage.height / (Math.max(bottom - top, 1) * room);
    this.zoom = this.#bounded(Math.min(wide, high));
    this.#look([(left + right) / 2, (top + bottom) / 2]);
  }

  toStage([x, y]) {
    const { zoom, centre, stage } = this;
    return [(x - centre[0]) * zoom + stage.width / 2, (y - centre[1]) * zoom + stage.height / 2];
  }

  toPicture([x, y]) {
    const { zoom, centre, stage } = this;
    return [(x - stage.width / 2) / zoom + centre[0], (y - stage.height / 2) / zoom + centre[1]];
  }

  // What is under `at` stays there.
  zoomAt(factor, at = [this.stage.width / 2, this.stage.height / 2]) {
    const [x, y] = this.toPicture(at);
    this.zoom = this.#bounded(this.zoom * factor);
    const { zoom, stage } = this;
    this.#look([x - (at[0] - stage.width / 2) / zoom, y - (at[1] - stage.height / 2) / zoom]);
  }

  pan(x, y) {
    this.#look([this.centre[0] - x / this.zoom, this.centre[1] - y / this.zoom]);
  }

  // Move as little as shows this point, away from the edge of the stage.
  reveal(point) {
    const [x, y] = this.toStage(point);
    const { width, height } = this.stage;
    const room = Math.min(60, width / 4, height / 4);
    const into = (value, most) => Math.max(room - value, 0) + Math.min(most - room - value, 0);
    this.pan(into(x, width), into(y, height));
  }

  // The part of the picture that can be seen, as left, top, width and height from its corner.
  visible(spare = 0) {
    const { stage, picture } = this;
    const [left, top] = this.toPicture([-spare * stage.width, -spare * stage.height]);
    const [right, bottom] = this.toPicture([(1 + spare) * stage.width, (1 + spare) * stage.height]);
    const x = Math.max(0, Math.floor(left + 0.5));
    const y = Math.max(0, Math.floor(top + 0.5));
    return {
      left: x, top: y,
      width: Math.max(0, Math.min(picture.width, Math.ceil(right + 0.5)) - x),
      height: Math.max(0, Math.min(picture.height, Math.ceil(bottom + 0.5)) - y),
    };
  }

  #bounded(zoom) {
    return Math.min(Math.max(zoom, Math.min(this.fitting / 2, 1)), LARGEST);
  }

  #look([x, y]) {
    const { width, height } = this.picture;
    this.centre = [Math.min(Math.max(x, -0.5), width - 0.5), Math.min(Math.max(y, -0.5), height - 0.5)];
  }
}
