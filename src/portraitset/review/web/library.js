// All faces and what people decided about them, in memory.

import { samePoints } from "./geometry.js";

export const MEASURES = {
  native_size: { label: "Face in the original", unit: "px", digits: 0 },
  upsampling: { label: "Enlargement", unit: "×", digits: 2 },
  padded_fraction: { label: "Padded", unit: "%", digits: 1, factor: 100 },
  roll: { label: "Roll", unit: "°", digits: 1 },
  yaw_proxy: { label: "Turned aside", unit: "", digits: 2 },
  sharpness: { label: "Sharpness", unit: "", digits: 3 },
  brightness: { label: "Brightness", unit: "", digits: 2 },
  contrast: { label: "Contrast", unit: "", digits: 2 },
  colourfulness: { label: "Colourfulness", unit: "", digits: 0 },
  compression_quality: { label: "JPEG quality", unit: "", digits: 0 },
};

export const doubtWords = ({ words, other }) => (other ? `${words} It is ${other}.` : words);

const VERDICTS = ["keep", "reject", "delete"];
const nobody = () => Object.fromEntries(VERDICTS.map((choice) => [choice, 0]));

export class Library {
  constructor() {
    this.count = 0;
    this.edition = "";
    this.marksRevision = 0;
    this.marks = new Map();
    this.pending = new Map();
    this.tally = nobody();
  }

  load(content) {
    const { columns } = content;
    const renewed = this.edition !== content.edition;
    this.edition = content.edition;
    this.revision = content.revision;
    this.side = content.side;
    Object.assign(this, columns);
    this.count = columns.names.length;
    this.index = new Map(columns.names.map((name, at) => [name, at]));
    this.words = columns.names.map((name, at) => `${name} ${columns.slugs[at]}`.toLowerCase());
    this.groups = { work: gathered(columns.works), face: gathered(columns.twins) };
    this.total = columns.states.filter((state) => state !== "removed").length;
    this.recount();
    return renewed;
  }

  // The answer of /changes; the names whose mark is another one now. One that was overtaken by a
  // later one, asked for by the outbox or the clock, says nothing any more.
  takeMarks({ marks_revision: revision, marks }) {
    if (revision <= this.marksRevision) return [];
    this.marksRevision = revision;
    const names = Object.keys(marks);
    for (const name of names) this.marks.set(name, marks[name]);
    if (names.length) this.recount();
    return names;
  }

  // A decision of our own that the server does not know yet counts at once.
  expect(items) {
    for (const item of items) {
      const was = this.verdict(item.face);
      if (!this.pending.has(item.face)) this.pending.set(item.face, []);
      this.pending.get(item.face).push(item);
      this.#move(item.face, was);
    }
  }

  settle(items) {
    const done = new Set(items.map((item) => item.id));
    for (const { face } of items) {
      const was = this.verdict(face);
      const left = (this.pending.get(face) ?? []).filter((item) => !done.has(item.id));
      if (left.length) this.pending.set(face, left);
      else this.pending.delete(face);
      this.#move(face, was);
    }
  }

  #move(face, was) {
    if (!this.index.has(face)) return;
    if (was) this.tally[was] -= 1;
    const now = this.verdict(face);
    if (now) this.tally[now] += 1;
  }

  // {choice, id, who, at} of what counts now, or null.
  word(name) {
    let word = this.marks.get(name)?.verdict ?? null;
    for (const item of this.pending.get(name) ?? []) {
      if (item.choice === "undo") word = word?.id === item.undoes ? item.before ?? null : word;
      else if (VERDICTS.includes(item.choice)) word = item;
    }
    return word;
  }

  verdict(name) {
    return this.word(name)?.choice ?? null;
  }

  moved(name) {
    let found = this.marks.get(name)?.landmarks ?? null;
    for (const item of this.pending.get(name) ?? []) {
      if (item.choice === "landmarks") found = { ...item, points: item.landmarks };
      else if (item.choice === "given") found = null;
      else if (item.choice === "undo" && found?.id === item.undoes) found = item.before ?? null;
    }
    return found;
  }

  // What check-landmarks says against a face's points as they are now, or null.
  doubt(at) {
    const found = this.doubts[at];
    if (!found) return null;
    const moved = this.moved(this.names[at]);
    return (moved ? samePoints(moved.points, found.points) : found.stands) ? found : null;
  }

  // The faces that people added to a photo and did not withdraw, with the points of the first.
  addedTo(photo) {
    const found = [];
    const take = (name, { photo: of, points }) => {
      if (of === photo && !this.withdrawn(name)) found.push({ name, given: points, added: true });
    };
    for (const [name, mark] of this.marks) if (mark.added) take(name, mark.added);
    for (const [name, items] of this.pending) {
      const item = items.find((each) => each.choice === "add");
      if (item && !this.marks.get(name)?.added) take(name, { photo: item.photo, points: item.landmarks });
    }
    return found;
  }

  // Whether a face was added and is not any more.
  withdrawn(name) {
    const items = this.pending.get(name) ?? [];
    const added = this.marks.get(name)?.added ?? items.find((item) => item.choice === "add");
    if (!added) return this.added[this.index.get(name)] ?? false;
    return items.some((item) => item.choice === "undo" && item.undoes === added.id);
  }

  // What tells a face's small picture from its next: its crop's, or that of a crop it could have.
  pictureKey(at) {
    if (this.crops[at]) return this.crops[at];
    return this.drafts[at] && this.drafts[at] + (this.marks.get(this.names[at])?.landmarks?.id ?? "");
  }

  canBeSeen(at) {
    return Boolean(this.crops[at] || this.drafts[at]);
  }

  disagreed(name) {
    return this.marks.get(name)?.disagreed ?? false;
  }

  recount() {
    this.tally = nobody();
    for (const name of new Set([...this.marks.keys(), ...this.pending.keys()])) {
      const verdict = this.index.has(name) ? this.verdict(name) : null;
      if (verdict) this.tally[verdict] += 1;
    }
  }

  // The indices that a query lets through, in its order.
  select(query) {
    const tests = this.#tests(query);
    const found = [];
    for (let at = 0; at < this.count; at += 1) if (tests.every((test) => test(at))) found.push(at);
    return this.#ordered(found, query);
  }

  #tests(query) {
    const tests = [];
    const words = query.q.toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length) tests.push((at) => words.every((word) => this.words[at].includes(word)));
    if (query.state === "look") tests.push((at) => this.canBeSeen(at));
    else if (query.state === "crop") tests.push((at) => this.states[at] === "aligned");
    else if (query.state) {
      const [state, reason] = query.state.split(":");
      tests.push((at) => this.states[at] === state && (!reason || this.reasons[at] === reason));
    }
    if (query.decision === "open") tests.push((at) => this.#isOpen(at));
    else if (query.decision === "disagreed") tests.push((at) => this.disagreed(this.names[at]));
    else if (query.decision === "doubt") tests.push((at) => this.doubt(at) !== null && this.verdict(this.names[at]) === null);
    else if (query.decision === "added") tests.push((at) => this.added[at]);
    else if (query.decision === "moved") tests.push((at) => this.moved(this.names[at]) !== null);
    else if (query.decision) tests.push((at) => this.verdict(this.names[at]) === query.decision);
    if (query.dup === "none") tests.push((at) => !this.works[at] && !this.twins[at]);
    else if (query.dup === "work") tests.push((at) => this.works[at] > 0);
    else if (query.dup === "face") tests.push((at) => this.twins[at] > 0);
    if (query.artist) tests.push((at) => this.artists[at] === query.artist);
    if (query.year) tests.push((at) => String(this.years[at] ?? "unknown") === query.year);
    for (const [name, [low, high]] of Object.entries(query.ranges)) {
      const values = this.measures[name];
      tests.push((at) => values[at] !== null && values[at] >= low && values[at] <= high);
    }
    return tests;
  }

  #isOpen(at) {
    return this.canBeSeen(at) && this.verdict(this.names[at]) === null;
  }

  // How sure a detector was; of points that disagree with it, not at all.
  #surely({ sort }) {
    return sort === "score" ? this.scores.map((score, at) => (this.doubt(at) ? -1 : score)) : null;
  }

  #ordered(found, query) {
    const sign = query.desc ? -1 : 1;
    const groups = query.dup === "work" ? this.works : query.dup === "face" ? this.twins : null;
    const values = this.measures[query.sort] ?? { artist: this.artists, year: this.years, score: this.#surely(query) }[query.sort];
    if (values) {
      found.sort((a, b) => compare(values[a], values[b], sign) || a - b);
    } else if (groups) {
      found.sort((a, b) => sign * (groups[a] - groups[b]) || a - b);
    } else if (query.desc) {
      found.reverse();
    }
    return found;
  }
}

// What is unknown comes last in either order.
function compare(a, b, sign) {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  return a < b ? -sign : sign;
}

function gathered(numbers) {
  const groups = new Map();
  numbers.forEach((number, at) => {
    if (!number) return;
    if (!groups.has(number)) groups.set(number, []);
    groups.get(number).push(at);
  });
  return groups;
}
