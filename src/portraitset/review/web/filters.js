// The form beside the grid: what it offers, what it says, and what it is set to.

import { byId, el, grouped } from "./dom.js";
import { title } from "./grid.js";
import { MEASURES } from "./library.js";
import { EMPTY } from "./query.js";

const DECISIONS = [
  ["", "all"],
  ["open", "○ undecided"],
  ["keep", "✓ kept"],
  ["reject", "✕ rejected"],
  ["delete", "⌫ deleted"],
  ["disagreed", "⇄ disagreed"],
  ["doubt", "⚠ points disagree"],
  ["moved", "✥ landmarks moved"],
  ["added", "+ added"],
];
const TYPING = 160;

export class Filters {
  constructor(form, changed) {
    this.form = form;
    this.changed = changed;
    byId("decision-field").append(
      ...DECISIONS.map(([value, word]) =>
        el("label", { class: "choice" }, el("input", { type: "radio", name: "decision", value }), ` ${word}`),
      ),
    );
    byId("range-fields").append(...Object.keys(MEASURES).map(rangeField));
    byId("sort").append(
      option("", "as in the manifest"), option("score", "detector's confidence"), option("artist", "candidate artist"), option("year", "upload year"),
      ...Object.entries(MEASURES).map(([name, { label }]) => option(name, label.toLowerCase())),
    );
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("change", ({ target }) => {
      const { state } = form.elements; // wrong points may be why there is no crop
      if (target.name === "decision" && target.value === "doubt" && state.value === "crop") state.value = "look";
      this.#tell();
    });
    form.addEventListener("input", (event) => {
      if (event.target.type === "search" || event.target.type === "number") this.#tellSoon();
    });
    byId("clear").addEventListener("click", () => changed({ ...EMPTY, ranges: {} }));
  }

  // What there is to choose from.
  offer(library) {
    const states = counted(library.states.map((state, at) => pair(state, library.reasons[at])));
    const crops = library.states.filter((state) => state === "aligned").length;
    fill(byId("state"), [
      ["crop", `with a crop (${grouped.format(crops)})`],
      ["look", `with a crop or an original (${grouped.format(library.names.filter((_, at) => library.canBeSeen(at)).length)})`],
      ["", `all entries (${grouped.format(library.count)})`],
      ...[...states].filter(([state]) => state !== "aligned").map(([state, count]) => [state, `${state.replace(":", ": ")} (${grouped.format(count)})`]),
    ]);
    const artists = [...counted(library.artists.filter(Boolean))].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    fill(byId("artist"), [["", "anybody"], ...artists.map(([name, count]) => [name, `${title(name)} (${grouped.format(count)})`])]);
    const years = [...counted(library.years.map((year) => String(year ?? "unknown")))].sort();
    fill(byId("year"), [["", "any"], ...years.map(([year, count]) => [year, `${year} (${grouped.format(count)})`])]);
    byId("ranges").hidden = !Object.values(library.measures).some((values) => values.some((value) => value !== null));
  }

  set(query) {
    const { elements } = this.form;
    for (const name of ["q", "state", "dup", "artist", "year", "sort"]) {
      if (elements[name] !== document.activeElement || name !== "q") choose(elements[name], query[name]);
    }
    for (const choice of elements.decision) choice.checked = choice.value === query.decision;
    elements.desc.checked = query.desc;
    for (const name of Object.keys(MEASURES)) {
      const [low, high] = query.ranges[name] ?? [-Infinity, Infinity];
      const { factor = 1 } = MEASURES[name];
      for (const [end, value] of [["low", low], ["high", high]]) {
        const input = elements[`${name}-${end}`];
        if (input !== document.activeElement) input.value = Number.isFinite(value) ? value * factor : "";
      }
    }
    if (Object.keys(query.ranges).length) byId("ranges").open = true;
  }

  get() {
    const { elements } = this.form;
    const query = { ...EMPTY, ranges: {} };
    for (const name of ["q", "state", "dup", "artist", "year", "sort"]) query[name] = elements[name].value;
    query.decision = elements.decision.value;
    query.desc = elements.desc.checked;
    for (const name of Object.keys(MEASURES)) {
      const [low, high] = [elements[`${name}-low`].value, elements[`${name}-high`].value];
      const { factor = 1 } = MEASURES[name];
      if (low !== "" || high !== "") {
        query.ranges[name] = [
          low === "" ? -Infinity : Number(low) / factor, high === "" ? Infinity : Number(high) / factor,
        ];
      }
    }
    return query;
  }

  #tell() {
    clearTimeout(this.timer);
    this.changed(this.get());
  }

  #tellSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.changed(this.get()), TYPING);
  }
}

const pair = (state, reason) => (reason ? `${state}:${reason}` : state);
const option = (value, text) => el("option", { value }, text);

function rangeField(name) {
  const { label, unit } = MEASURES[name];
  const end = (which, words) =>
    el("input", { type: "number", step: "any", name: `${name}-${which}`, "aria-label": `${label}, ${words}`, placeholder: words });
  return el("fieldset", { class: "range" }, el("legend", {}, unit ? `${label} (${unit})` : label), end("low", "from"), end("high", "to"));
}

function fill(select, rows) {
  const value = select.value;
  select.replaceChildren(...rows.map(([key, text]) => option(key, text)));
  select.value = value;
}

// An address may name what is not on offer here; it stays visible as a choice.
function choose(field, value) {
  field.value = value;
  if (field.value !== value && field.tagName === "SELECT") {
    field.append(option(value, value));
    field.value = value;
  }
}

function counted(values) {
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
