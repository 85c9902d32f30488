"use strict";
// The gallery: only what is on the screen is in the document, whatever the number of faces.
const faces = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);
const count = faces.name.length;
const hasPictures = faces.side > 0;
const GAP = hasPictures ? 6 : 8;
const WIDTH = hasPictures ? Math.max(40, Math.min(144, 1.5 * faces.side)) : 230;
const HEIGHT = hasPictures ? WIDTH : 58;
const SPARE = 0.5; // of the window's height, above and below it

// ---- pictures ------------------------------------------------------------------------------------

const blocks = document.querySelectorAll("script.pictures");
const taken = [];

function pictureOf(face) {
  const block = Math.floor(face / faces.block);
  taken[block] ??= blocks[block].textContent.split("\n");
  const data = taken[block][face % faces.block];
  return data ? `data:image/webp;base64,${data}` : null;
}

// ---- which faces, in which order -----------------------------------------------------------------

let shown = Array.from({ length: count }, (_, face) => face);
let texts = null;

function matching() {
  texts ??= faces.name.map((name, face) => `${name} ${faces.artist[face]} ${faces.url[face]}`.toLowerCase());
  const words = $("query").value.toLowerCase().split(/\s+/).filter(Boolean);
  const split = $("split").value;
  return Array.from({ length: count }, (_, face) => face).filter(
    (face) => (!split || sideOf(faces.split[face]) === split) && words.every((word) => texts[face].includes(word)),
  );
}

function inOrder(found) {
  const down = $("order").value.startsWith("-");
  const key = $("order").value.replace("-", "");
  if (!key) return found;
  const column = faces[key];
  const known = found.filter((face) => column[face] !== null);
  const order = key === "artist" ? (a, b) => (a < b ? -1 : a > b ? 1 : 0) : (a, b) => a - b;
  known.sort((one, other) => (down ? -1 : 1) * order(column[one], column[other]) || one - other);
  return known.concat(found.filter((face) => column[face] === null));
}

function choose() {
  shown = inOrder(matching());
  const all = count.toLocaleString("en");
  $("found").textContent =
    shown.length === count ? `${all} ${count === 1 ? "face" : "faces"}` : `${shown.length.toLocaleString("en")} of ${all} faces`;
  active = 0;
  placed.clear();
  $("tiles").replaceChildren();
  $("window").scrollTop = 0;
  lay();
}

// ---- tiles ---------------------------------------------------------------------------------------

const placed = new Map(); // place in `shown` -> its tile
const spare = [];
let columns = 1;
let step = HEIGHT + GAP;
let wide = WIDTH;
let active = 0; // the one place that Tab reaches

function lay() {
  const room = $("tiles").clientWidth;
  columns = Math.max(1, Math.floor((room + GAP) / (WIDTH + GAP)));
  wide = Math.floor((room + GAP) / columns) - GAP;
  if (hasPictures) wide = Math.min(wide, WIDTH * 1.35);
  step = (hasPictures ? wide : HEIGHT) + GAP;
  const list = $("tiles").style;
  list.height = `${Math.max(Math.ceil(shown.length / columns) * step - GAP, 0)}px`;
  list.setProperty("--wide", `${wide}px`);
  list.setProperty("--high", `${step - GAP}px`);
  for (const [place, tile] of placed) put(tile, place);
  paint();
}

let paintedAt = 0; // where the window stood when it was last painted

function paint() {
  const { scrollTop, clientHeight } = $("window");
  const isJump = Math.abs(scrollTop - paintedAt) > SPARE * clientHeight; // spare tiles would be wasted
  const around = isJump ? 0 : SPARE * clientHeight;
  paintedAt = scrollTop;
  const above = Math.floor((scrollTop - around) / step);
  const below = Math.ceil((scrollTop + clientHeight + around) / step);
  const first = Math.max(above, 0) * columns;
  const last = Math.min(below * columns, shown.length);
  for (const place of [...placed.keys()]) {
    if ((place < first || place >= last) && !placed.get(place).contains(document.activeElement)) drop(place);
  }
  for (let place = first; place < last; place++) if (!placed.has(place)) add(place);
  for (const tile of spare.splice(0)) tile.remove();
}

// Once the window stands still: the spare tiles, and the order in which a screen reader reads.
function settle() {
  paint();
  if ($("tiles").contains(document.activeElement)) return; // to move a tile would take its focus
  const places = [...placed.keys()].sort((one, other) => one - other);
  $("tiles").append(...places.map((place) => placed.get(place)));
}

function drop(place) {
  spare.push(placed.get(place));
  placed.delete(place);
}

function add(place) {
  const tile = spare.shift() ?? made(); // the first dropped is in the same column
  fill(tile, place);
  put(tile, place);
  placed.set(place, tile);
}

function made() {
  const tile = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  if (hasPictures) {
    const image = new Image();
    image.decoding = "sync"; // a small picture takes 0.1 ms, and no tile is ever blank
    button.append(image);
  } else {
    for (let line = 0; line < 2; line++) {
      const words = document.createElement("span");
      words.className = "line";
      button.append(words);
    }
  }
  tile.append(button);
  $("tiles").append(tile);
  return tile;
}

function fill(tile, place) {
  const face = shown[place];
  const button = tile.firstChild;
  tile.ariaPosInSet = place + 1;
  if (tile.ariaSetSize !== String(shown.length)) tile.ariaSetSize = shown.length;
  const reached = place === active ? 0 : -1;
  if (button.tabIndex !== reached) button.tabIndex = reached;
  button.dataset.place = place;
  if (hasPictures) {
    const picture = pictureOf(face);
    const image = button.firstChild;
    if (image.hidden !== (picture === null)) image.hidden = picture === null;
    if (picture !== null) image.src = picture;
    image.alt = `${faces.name[face]}, ${faces.artist[face]}`;
  } else {
    button.firstChild.textContent = faces.name[face];
    button.lastChild.textContent = [faces.artist[face], faces.year[face]].filter(Boolean).join(", ");
  }
}

// A transform or a clip on every tile would cost more to paint than the pictures do.
function put(tile, place) {
  const left = `${(place % columns) * (wide + GAP)}px`;
  if (tile.style.left !== left) tile.style.left = left;
  tile.style.top = `${Math.floor(place / columns) * step}px`;
}

function goTo(place) {
  if (shown.length === 0) return;
  const before = placed.get(active);
  if (before) before.firstChild.tabIndex = -1;
  active = Math.max(0, Math.min(place, shown.length - 1));
  const view = $("window");
  const row = Math.floor(active / columns) * step;
  if (row < view.scrollTop) view.scrollTop = row;
  if (row + step > view.scrollTop + view.clientHeight - 16) view.scrollTop = row + step - view.clientHeight + 16;
  paint();
  const button = placed.get(active).firstChild;
  button.tabIndex = 0;
  button.focus({ preventScroll: true });
  if (before && placed.get(Number(before.firstChild.dataset.place)) === before) paint();
}

function stepOf(key) {
  const page = Math.max(1, Math.floor($("window").clientHeight / step)) * columns;
  const steps = {
    ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns,
    PageDown: page, PageUp: -page, Home: -active, End: shown.length - 1 - active,
  };
  return steps[key];
}

// ---- one face ------------------------------------------------------------------------------------

const FACTS = [
  ["Candidate artist", "artist", (value) => `${value} (guessed from the address)`],
  ["Uploaded", "year", String],
  ["Selection", "split", String],
  ["Side in the original", "size", (value) => `${value.toLocaleString("en")} pixels`],
  ["Padding", "padding", (value) => `${(100 * value).toFixed(1)} %`],
  ["Sharpness", "sharpness", String],
  ["Brightness", "brightness", (value) => `${Math.round(100 * value)} %`],
  ["Colourfulness", "colourfulness", String],
];

function tell(place) {
  const face = shown[place];
  $("face-name").textContent = faces.name[face];
  $("face-facts").replaceChildren(
    ...FACTS.filter(([, key]) => faces[key][face] !== null && faces[key][face] !== "").flatMap(([title, key, say]) => {
      const [term, value] = [document.createElement("dt"), document.createElement("dd")];
      term.textContent = title;
      value.textContent = say(faces[key][face]);
      return [term, value];
    }),
  );
  $("face-address").replaceChildren(addressOf(faces.url[face]));
  const picture = hasPictures ? pictureOf(face) : null;
  $("face-picture").hidden = picture === null;
  if (picture !== null) $("face-picture").src = picture;
  $("before").disabled = place === 0;
  $("after").disabled = place === shown.length - 1;
}

function addressOf(url) {
  if (!/^https?:\/\//i.test(url)) return document.createTextNode(url);
  const link = document.createElement("a");
  link.href = url;
  link.rel = "noreferrer noopener";
  link.target = "_blank";
  link.textContent = url;
  return link;
}

function turn(by) {
  goTo(active + by);
  tell(active);
}

// ---- what the reader does --------------------------------------------------------------------------

function listen() {
  let due = false;
  const soon = (act) => () => {
    if (due) return;
    due = true;
    requestAnimationFrame(() => {
      due = false;
      act();
    });
  };
  let still = 0;
  $("window").addEventListener("scroll", soon(paint), { passive: true });
  $("window").addEventListener("scroll", () => {
    clearTimeout(still);
    still = setTimeout(settle, 150);
  }, { passive: true });
  new ResizeObserver(soon(lay)).observe($("window"));
  $("query").addEventListener("input", choose);
  $("order").addEventListener("change", choose);
  $("split").addEventListener("change", choose);
  $("tiles").addEventListener("keydown", (event) => {
    const by = stepOf(event.key);
    if (by === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    goTo(active + by);
  });
  $("tiles").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button === null) return;
    goTo(Number(button.dataset.place));
    tell(active);
    $("face").showModal();
  });
  $("before").addEventListener("click", () => turn(-1));
  $("after").addEventListener("click", () => turn(1));
  $("close").addEventListener("click", () => $("face").close());
  $("face").addEventListener("click", (event) => event.target === $("face") && $("face").close());
  $("face").addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") turn(event.key === "ArrowLeft" ? -1 : 1);
  });
  $("face").addEventListener("close", () => goTo(active));
}

// A split, or that it was dropped, whatever for: reasons are as many as there are faces.
function sideOf(split) {
  return split.split(":", 1)[0];
}

function offerSplits() {
  const splits = [...new Set(faces.split.map(sideOf))].filter(Boolean).sort();
  $("side-of-split").hidden = splits.length === 0;
  for (const split of splits) $("split").append(new Option(split, split));
}

if (count) {
  offerSplits();
  listen();
  choose();
}
