// Where the crop lies: FFHQ's oriented crop rectangle, as in align/quad.py; source pixels, y down.

export const POINTS = ["eye_left", "eye_right", "mouth_left", "mouth_right"];
export const POINT_LABELS = {
  eye_left: "left eye",
  eye_right: "right eye",
  mouth_left: "left corner of the mouth",
  mouth_right: "right corner of the mouth",
};

// Whether two sets of points are the same, to the last digit.
export function samePoints(one, other) {
  return POINTS.every((name) => String(one[name]) === String(other[name]));
}

// What a face is called that a reviewer adds; see `added_name` in workspace/decisions.py.
export function addedName(photo, id) {
  const dot = photo.lastIndexOf(".");
  const stem = dot < 0 ? photo : photo.slice(0, dot);
  return `${Array.from(stem).slice(0, 100).join("")}-${id.slice(0, 12)}.png`;
}

const middle = (a, b) => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
const minus = (a, b) => [a[0] - b[0], a[1] - b[1]];
const turned = ([x, y]) => [-y, x];

// Corners TL, BL, BR, TR; null where the points have no "up".
export function cropQuad(points) {
  const eyes = middle(points.eye_left, points.eye_right);
  const mouth = middle(points.mouth_left, points.mouth_right);
  const across = minus(points.eye_right, points.eye_left);
  const down = minus(mouth, eyes);
  const scale = Math.max(Math.hypot(...across) * 2, Math.hypot(...down) * 1.8);
  const direction = minus(across, turned(down));
  const length = Math.hypot(...direction);
  if (!(length > 1e-9 * scale)) return null;
  const x = [(direction[0] / length) * scale, (direction[1] / length) * scale];
  const y = turned(x);
  const c = [eyes[0] + down[0] * 0.1, eyes[1] + down[1] * 0.1];
  return [
    [c[0] - x[0] - y[0], c[1] - x[1] - y[1]],
    [c[0] - x[0] + y[0], c[1] - x[1] + y[1]],
    [c[0] + x[0] + y[0], c[1] + x[1] + y[1]],
    [c[0] + x[0] - y[0], c[1] + x[1] - y[1]],
  ];
}

// The canvas transform that lays a quad of source pixels onto a square of `side` pixels.
export function ontoSquare([tl, bl, , tr], side) {
  const [ux, uy] = minus(tr, tl);
  const [vx, vy] = minus(bl, tl);
  const det = ux * vy - uy * vx;
  const [a, c] = [(vy / det) * side, (-vx / det) * side];
  const [b, d] = [(-uy / det) * side, (ux / det) * side];
  return [a, b, c, d, -(a * tl[0] + c * tl[1]), -(b * tl[0] + d * tl[1])];
}
