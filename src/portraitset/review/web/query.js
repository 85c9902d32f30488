// Filters and order as they stand in the address: shared, bookmarked, and walked back through.

import { MEASURES } from "./library.js";

export const EMPTY = {
  q: "", decision: "", state: "crop", dup: "", artist: "", year: "", sort: "", desc: false, ranges: {},
};
const TEXTS = ["q", "decision", "dup", "artist", "year", "sort"];

export function readQuery(search) {
  const given = new URLSearchParams(search);
  const query = { ...EMPTY, ranges: {} };
  for (const name of TEXTS) query[name] = (given.get(name) ?? "").slice(0, 300);
  query.state = given.has("state") ? given.get("state").slice(0, 100) : EMPTY.state;
  if (query.state === "any") query.state = "";
  query.desc = given.get("desc") === "1";
  for (const name of Object.keys(MEASURES)) {
    const range = readRange(given.get(name));
    if (range) query.ranges[name] = range;
  }
  return { query, face: given.get("face") };
}

function readRange(text) {
  const parts = /^(-?[\d.]*)\.\.(-?[\d.]*)$/.exec(text ?? "");
  if (!parts) return null;
  const low = parts[1] === "" ? -Infinity : Number(parts[1]);
  const high = parts[2] === "" ? Infinity : Number(parts[2]);
  return Number.isNaN(low) || Number.isNaN(high) ? null : [low, high];
}

export function writeQuery(query, face) {
  const given = new URLSearchParams();
  for (const name of TEXTS) if (query[name]) given.set(name, query[name]);
  if (query.state !== EMPTY.state) given.set("state", query.state || "any");
  if (query.desc) given.set("desc", "1");
  for (const [name, [low, high]] of Object.entries(query.ranges)) {
    given.set(name, `${Number.isFinite(low) ? low : ""}..${Number.isFinite(high) ? high : ""}`);
  }
  if (face) given.set("face", face);
  const text = given.toString();
  return text ? `/?${text}` : "/";
}
