// The page: what a key does, what the address says, and what others do meanwhile.

import * as api from "./api.js";
import { Compare } from "./compare.js";
import { Detail } from "./detail.js";
import { byId, grouped, say, toast } from "./dom.js";
import { Editor } from "./editor.js";
import { Filters } from "./filters.js";
import { Grid, WORDS } from "./grid.js";
import { Library } from "./library.js";
import { Outbox } from "./outbox.js";
import { Previews } from "./previews.js";
import { readQuery, writeQuery } from "./query.js";
import { listen, openShortcuts } from "./shortcuts.js";

const POLL = 1000;
const library = new Library();
const previews = new Previews(library, () => grid.touchAll());
const grid = new Grid(byId("grid"), byId("sheet"), library, previews, { moved: onMove, chosen: showChosen, opened: edit });
const detail = new Detail(byId("detail"), library, {
  decide: (choice) => decide(choice),
  saveLandmarks,
  compare: (kind, group) => compare.open(kind, group),
  edit,
});
const editor = new Editor(byId("editor"), library, {
  post: (items) => post(items),
  decide: (choice, names) => decideOnNames(choice, names),
  undo,
  step: editNext,
  newId: () => newId(),
  closed: () => byId("grid").focus(),
});
const compare = new Compare(byId("compare"), library, {
  decide: (choice, indices) => decideOn(choice, indices),
  undo,
  closed: () => byId("grid").focus(),
});
const filters = new Filters(byId("filters"), (query) => apply(query, "push"));
let { query, face } = readQuery(location.search);
let shownQuery = query;
let outbox;
let undoable = [];
let stale = false;
let answering = true;
let trouble = ""; // why it is not
let thumbnails = 0;

async function begin() {
  const content = await untilThere(api.gallery);
  library.load(content);
  byId("dataset").textContent = content.dataset;
  document.title = `Review: ${content.dataset}`;
  byId("reviewer").textContent = content.reviewer;
  library.takeMarks(await untilThere(() => api.changes(0)));
  outbox = new Outbox(content.workspace, content.reviewer, { sent, changed: showState, refused });
  library.expect(outbox.recover());
  for (const other of outbox.others()) toast(`Decisions of ${other} are kept here, unsent, until a review as ${other} is opened.`);
  filters.offer(library);
  apply(query, null, library.index.get(face));
  outbox.flush();
  showState();
  byId("grid").focus();
  document.documentElement.dataset.ready = "true";
  setTimeout(poll, POLL);
}

async function untilThere(ask) {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof api.Lost)) throw error;
      lose(error);
      showState();
      await new Promise((resolve) => setTimeout(resolve, POLL));
    }
  }
}

function lose(error) {
  answering = error instanceof api.Locked ? "locked" : false;
  trouble = error.message;
}

// What others did, and what became of the dataset.
async function poll() {
  try {
    await catchUp();
    if (answering !== true) {
      answering = true;
      outbox.flush();
      previews.want(grid.current ?? 0);
    }
  } catch (error) {
    lose(error);
    if (!(error instanceof api.Lost)) throw error;
  } finally {
    showState();
    setTimeout(poll, POLL);
  }
}

async function catchUp() {
  const news = await api.changes(library.marksRevision);
  const changed = library.takeMarks(news);
  if (news.revision !== library.revision || news.edition !== library.edition) await renew();
  if (changed.length) showDecided(changed);
  if (news.thumbnails !== thumbnails) {
    thumbnails = news.thumbnails;
    previews.renew();
  }
}

async function renew() {
  const content = await api.gallery();
  const name = library.names[grid.current]; // asked now: keys were answered while it came
  const before = library.crops;
  if (library.load(content)) {
    grid.images.clear();
    grid.selection.clear();
    previews.reset();
  } else {
    previews.forget(before);
  }
  grid.forget();
  filters.offer(library);
  apply(query, null, library.index.get(name));
  compare.renew();
  await editor.renew();
}

function apply(next, history, current = grid.current) {
  query = next;
  stale = false;
  filters.set(query);
  const list = library.select(query);
  grid.show(list, current);
  byId("empty").hidden = list.length > 0;
  byId("empty").textContent = whyEmpty();
  showFound();
  showChosen();
  onMove(grid.current);
  const address = writeQuery(query, face);
  const isNew = writeQuery(query, null) !== writeQuery(shownQuery, null);
  shownQuery = query;
  if (history === "push" && isNew) window.history.pushState(null, "", address);
}

function whyEmpty() {
  if (!library.count) return "The dataset has no entries.";
  if (query.state === "crop" && !library.states.includes("aligned")) {
    return "No face has a crop. `portraitset status --list` says why; State lists the entries all the same, those that can be looked at too.";
  }
  return "No face is like that.";
}

function onMove(index) {
  face = index === null ? null : library.names[index];
  window.clearTimeout(onMove.timer);
  onMove.timer = setTimeout(() => window.history.replaceState(null, "", writeQuery(query, face)), 250);
  detail.show(index);
  showFound();
}

// The chosen faces, or the one that is current; then on to the next.
function decide(choice) {
  const several = grid.selection.size > 0;
  const indices = several ? [...grid.selection] : [grid.current];
  if (!decideOn(choice, indices, detail.takeWhy())) return;
  if (several) grid.select([]);
  else grid.step(1);
}

function decideOn(choice, indices, why = "") {
  const names = indices.filter((index) => index !== null && library.canBeSeen(index)).map((index) => library.names[index]);
  if (!names.length) {
    say("There is no crop to decide about.");
    return false;
  }
  return decideOnNames(choice, names, why);
}

function decideOnNames(choice, names, why = "") {
  const at = Date.now() / 1000;
  post(names.map((name) => ({ id: newId(), face: name, choice, why, at, before: plain(library.word(name)) })));
  say(`${WORDS[choice].word}: ${names.length === 1 ? names[0] : `${names.length} faces`}`);
  return true;
}

// The editor: for the current face, and from there through the list.
function edit() {
  if (grid.current === null || editor.isOpen) return;
  if (library.canBeSeen(grid.current)) editor.open(grid.current);
  else say("There is no original to look at.");
}

function editNext(by) {
  const before = grid.current;
  grid.step(by);
  if (grid.current === before) toast(by > 0 ? "That was the last face of the list." : "That was the first face of the list.");
  editor.open(grid.current);
}

function saveLandmarks(name, landmarks) {
  post([{ id: newId(), face: name, choice: "landmarks", landmarks, at: Date.now() / 1000, before: library.moved(name) }]);
  say("Landmarks saved.");
}

function undo() {
  const last = undoable.pop();
  if (!last) {
    say("There is nothing to undo.");
    return;
  }
  const at = Date.now() / 1000;
  const items = last.map((item) => ({ id: newId(), face: item.face, choice: "undo", undoes: item.id, at, before: item.before }));
  post(items, false);
  const index = library.index.get(last[0].face);
  if (grid.places.has(index)) grid.move(grid.places.get(index));
  if (editor.isOpen && index !== undefined && !editor.shows(last[0].face)) editor.open(index);
  say(`Undone: ${last.length === 1 ? last[0].face : `${last.length} faces`}`);
}

// The page shows it at once; the server learns of it when it can.
function post(items, isUndoable = true) {
  library.expect(items);
  if (isUndoable) undoable.push(items);
  showDecided(items.map((item) => item.face));
  outbox.add(items);
}

async function sent(items) {
  const news = await api.changes(library.marksRevision); // without an answer all is sent again
  const changed = library.takeMarks(news);
  library.settle(items);
  showDecided([...changed, ...items.map((item) => item.face)]); // others' decisions come with it
  if (news.edition !== library.edition) await renew(); // a face was added, or is no more
}

function refused(items, why) {
  const names = items.map((item) => item.face).join(", ").slice(0, 200);
  toast(`Not recorded, ${why ?? "as it is no longer in the dataset"}: ${names}`);
}

function showDecided(names) {
  const indices = names.map((name) => library.index.get(name)).filter((index) => index !== undefined);
  grid.touch(indices);
  if (indices.includes(detail.index)) detail.refresh();
  compare.refresh();
  editor.refresh();
  if (query.decision) stale = true;
  showFound();
}

function showFound() {
  const { keep, reject, delete: deleted } = library.tally;
  const place = grid.list.length ? `${grouped.format(grid.position + 1)} of ${grouped.format(grid.list.length)}` : "none";
  setText(byId("found"), `Face ${place}`);
  byId("refresh").hidden = !stale;
  setText(byId("refresh"), "R  List anew");
  const counts = (at) => (query.state === "look" ? library.canBeSeen(at) : Boolean(library.crops[at]));
  const crops = library.names.reduce((count, _, at) => count + (counts(at) ? 1 : 0), 0);
  const gone = deleted ? `   ⌫ ${grouped.format(deleted)} deleted` : "";
  setText(byId("tally"), `✓ ${grouped.format(keep)} kept   ✕ ${grouped.format(reject)} rejected${gone}   ○ ${grouped.format(Math.max(crops - keep - reject - deleted, 0))} open`);
  const bar = byId("progress");
  bar.setAttribute("aria-label", `${keep} kept and ${reject} rejected of ${crops}`);
  bar.querySelector(".kept").style.width = `${(100 * keep) / Math.max(crops, 1)}%`;
  bar.querySelector(".rejected").style.width = `${(100 * reject) / Math.max(crops, 1)}%`;
}

function showChosen() {
  byId("batch").hidden = grid.selection.size === 0;
  setText(byId("chosen"), `${grouped.format(grid.selection.size)} chosen`);
}

function showState() {
  const unsent = outbox?.count ?? 0;
  const waiting = outbox && outbox.state !== "at rest";
  const banner = byId("banner");
  let text = "";
  if (answering === "locked" || outbox?.state === "locked") {
    text = `The review was started anew: open the address that it printed, in this browser. ${unsent} unsent, kept here until then.`;
  } else if (answering !== true || waiting) {
    const why = answering === true ? outbox.trouble : trouble;
    text = `Offline, ${unsent} unsent: ${why}. Go on; decisions are kept here and sent as soon as they can be.`;
  }
  banner.hidden = !text;
  setText(banner, text);
  document.documentElement.dataset.unsent = String(unsent);
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

const plain = (word) => word && { id: word.id, choice: word.choice, who: word.who, why: word.why, at: word.at };
const newId = () => crypto.randomUUID().replaceAll("-", "");

function extend(columns, rows = 0) {
  const from = grid.current;
  grid.step(columns, rows);
  grid.select(new Set([...grid.selection, from, grid.current]));
}

function openCompare() {
  const at = grid.current;
  for (const [kind, numbers] of [["work", library.works], ["face", library.twins]]) {
    const group = at === null ? null : library.groups[kind].get(numbers[at]);
    if (group && group.length > 1) return compare.open(kind, group);
  }
  say("This face has no duplicates.");
  return undefined;
}

listen({
  p: () => decide("keep"),
  x: () => decide("reject"),
  u: undo,
  d: openCompare,
  r: () => apply(query, null),
  w: () => detail.why.focus(),
  e: edit,
  Enter: edit,
  l: () => byId("detail").querySelector(".handle")?.focus(),
  "?": openShortcuts,
  "/": () => byId("search").focus(),
  " ": () => grid.toggle(),
  ArrowLeft: () => grid.step(-1),
  ArrowRight: () => grid.step(1),
  ArrowUp: () => grid.step(0, -1),
  ArrowDown: () => grid.step(0, 1),
  "Shift+ArrowLeft": () => extend(-1),
  "Shift+ArrowRight": () => extend(1),
  "Shift+ArrowUp": () => extend(0, -1),
  "Shift+ArrowDown": () => extend(0, 1),
  PageUp: () => grid.page(-1),
  PageDown: () => grid.page(1),
  Home: () => grid.move(0),
  End: () => grid.move(grid.list.length - 1),
  "Ctrl+a": () => grid.select(grid.list),
  Escape: () => {
    grid.select([]);
    byId("grid").focus();
  },
});

detail.why.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.isComposing) byId("grid").focus();
});
byId("shortcuts-open").addEventListener("click", openShortcuts);
byId("refresh").addEventListener("click", () => apply(query, null));
byId("batch").addEventListener("click", (event) => {
  const act = event.target.closest("button")?.dataset.act;
  if (act === "none") grid.select([]);
  else if (act) decide(act);
});
function showFilters(shown) {
  document.body.classList.toggle("unfiltered", !shown);
  byId("filters-toggle").setAttribute("aria-expanded", String(shown));
}
byId("filters-toggle").addEventListener("click", () => showFilters(document.body.classList.contains("unfiltered")));
showFilters(!window.matchMedia("(max-width: 800px)").matches);
window.addEventListener("popstate", () => {
  const found = readQuery(location.search);
  apply(found.query, null, library.index.get(found.face));
});

window.review = { grid, library, editor }; // for whoever measures the page
begin();
