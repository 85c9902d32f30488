"use strict";
// Rows of the index: [address, number of the asset, candidate artist, faces, sha256, look].
const { rows, removed, dataset, version, contact, asset: assetPattern, alike, bits } = JSON.parse(
  document.getElementById("data").textContent,
);
const MOST_SHOWN = 200;
const LARGEST = 40e6; // pixels that are decoded whole; a larger picture is reduced by the browser
const $ = (id) => document.getElementById(id);
const texts = rows.map((row) => row.slice(0, 4).flat().join(" ").toLowerCase());
const chosen = new Set();

// ---- looking things up -------------------------------------------------------------------------

const ASSET = new RegExp(assetPattern);

function parsed(text) {
  try {
    return new URL(text.includes("://") ? text : `https://${text}`);
  } catch {
    return null;
  }
}

function byAddress(text) {
  const url = parsed(text);
  if (url === null || url.pathname.length < 2) return null;
  const asset = ASSET.exec(url.pathname);
  if (asset) return rows.flatMap((row, at) => (row[1] === asset.slice(1).join("") ? [at] : []));
  const path = url.pathname.toLowerCase();
  return rows.flatMap((row, at) => (parsed(row[0])?.pathname.toLowerCase() === path ? [at] : []));
}

function byWords(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const spellings = words.map((word) => [word, word.replace(/[_-]+/g, "-"), word.replace(/[_-]+/g, "_")]);
  return rows.flatMap((_, at) =>
    spellings.every((forms) => forms.some((form) => texts[at].includes(form))) ? [at] : [],
  );
}

async function lookUp() {
  const text = $("query").value.trim();
  if (text === "") return show([], "");
  const looksLikeAddress = text.includes("/");
  const found = (looksLikeAddress && byAddress(text)) || byWords(text);
  const asset = looksLikeAddress ? ASSET.exec(parsed(text)?.pathname ?? "") : null;
  const number = asset ? asset.slice(1).join("") : /^\d{9}$/.test(text) ? text : null;
  const gone = number && found.length === 0 ? await removalOf(number) : null;
  if ($("query").value.trim() === text) show(found, verdictOf(found.length, gone));
}

function verdictOf(count, gone) {
  if (gone) return `It was in the dataset and was removed (no. ${gone}).`;
  if (count === 0) return "Nothing like that is in the dataset.";
  return count === 1 ? "One picture is in the dataset:" : `${count.toLocaleString("en")} pictures are in the dataset:`;
}

// ---- a file, compared on this machine ------------------------------------------------------------

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

async function sha256(bytes) {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}

// The number of a past removal, by a value that its log keeps salted.
async function removalOf(value) {
  if (!globalThis.crypto?.subtle) return null;
  const text = new TextEncoder().encode(value);
  for (const [salt, numbers] of removed) {
    const bytes = salt.match(/../g).map((pair) => parseInt(pair, 16));
    const number = numbers[await sha256(new Uint8Array([...bytes, ...text]))];
    if (number) return number;
  }
  return null;
}

// Grey values, rows of `width`; transparency lies over white, EXIF rotation is not applied.
async function greyOf(file) {
  const options = { imageOrientation: "none", colorSpaceConversion: "none" };
  const bitmap = await createImageBitmap(file, options);
  const shrink = Math.max(1, Math.sqrt((bitmap.width * bitmap.height) / LARGEST));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(bitmap.width / shrink);
  canvas.height = Math.round(bitmap.height / shrink);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
  return boxed(data, width, height, Math.max(Math.floor(Math.min(width, height) / 256), 1));
}

// Box average by a whole factor and then ITU-R 601 brightness, rounded as Pillow rounds them.
function boxed(data, width, height, factor) {
  const across = Math.ceil(width / factor), down = Math.ceil(height / factor);
  const grey = new Float64Array(across * down);
  for (let y = 0; y < down; y++)
    for (let x = 0; x < across; x++) {
      let red = 0, green = 0, blue = 0, count = 0;
      for (let v = y * factor; v < Math.min((y + 1) * factor, height); v++)
        for (let u = x * factor; u < Math.min((x + 1) * factor, width); u++, count++) {
          const at = 4 * (v * width + u);
          red += data[at];
          green += data[at + 1];
          blue += data[at + 2];
        }
      const mean = (sum) => Math.round(sum / count);
      grey[y * across + x] = (19595 * mean(red) + 38470 * mean(green) + 7471 * mean(blue) + 0x8000) >> 16;
    }
  return { grey, width: across, height: down };
}

// Lanczos with three lobes, as Pillow's resize: weights for each of `size` outputs along `length`.
function taps(length, size) {
  const scale = Math.max(length / size, 1);
  const sinc = (x) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));
  return Array.from({ length: size }, (_, at) => {
    const centre = ((at + 0.5) * length) / size;
    const first = Math.max(Math.round(centre - 3 * scale), 0);
    const last = Math.min(Math.round(centre + 3 * scale), length);
    const weights = [];
    for (let x = first; x < last; x++) {
      const t = (x + 0.5 - centre) / scale;
      weights.push(Math.abs(t) < 3 ? sinc(t) * sinc(t / 3) : 0);
    }
    const sum = weights.reduce((a, b) => a + b, 0);
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}

// The 256 bits of `imagehash.phash` with 16 x 16 low frequencies: DCT-II of 64 x 64, over the median.
function lookOf({ grey, width, height }) {
  const clip = (value) => Math.min(Math.max(Math.round(value), 0), 255);
  const rowsDone = new Float64Array(64 * height), small = new Float64Array(64 * 64);
  taps(width, 64).forEach(({ first, weights }, x) => {
    for (let y = 0; y < height; y++)
      rowsDone[y * 64 + x] = clip(weights.reduce((sum, w, i) => sum + w * grey[y * width + first + i], 0));
  });
  taps(height, 64).forEach(({ first, weights }, y) => {
    for (let x = 0; x < 64; x++)
      small[y * 64 + x] = clip(weights.reduce((sum, w, i) => sum + w * rowsDone[(first + i) * 64 + x], 0));
  });
  const wave = (k, n) => Math.cos((Math.PI * k * (2 * n + 1)) / 128);
  const low = [];
  for (let v = 0; v < 16; v++)
    for (let u = 0; u < 16; u++) {
      let sum = 0;
      for (let y = 0; y < 64; y++) for (let x = 0; x < 64; x++) sum += small[y * 64 + x] * wave(v, y) * wave(u, x);
      low.push(sum);
    }
  const sorted = [...low].sort((a, b) => a - b);
  const median = (sorted[127] + sorted[128]) / 2;
  return low.map((value) => (value > median ? 1 : 0));
}

const ONES = Array.from({ length: 16 }, (_, digit) => [...digit.toString(2)].filter((bit) => bit === "1").length);

const digitsOf = (look) => Array.from({ length: 64 }, (_, at) => parseInt(look.slice(4 * at, 4 * at + 4).join(""), 2));

function nearest(digits) {
  const near = [];
  rows.forEach((row, at) => {
    if (row[5] === null) return;
    let distance = 0;
    for (let i = 0; i < 64; i++) distance += ONES[digits[i] ^ parseInt(row[5][i], 16)];
    if (distance <= alike) near.push([distance, at]);
  });
  return near.sort((a, b) => a[0] - b[0]);
}

// The very file, and the copies of it that are in the dataset as well.
function withCopies(same) {
  const look = rows[same[0]][5];
  const near = look === null ? [] : nearest(Array.from(look, (digit) => parseInt(digit, 16)));
  const copies = near.map(([, at]) => at).filter((at) => !same.includes(at));
  return [[...same, ...copies], `This very file is in the dataset${copies.length ? ", and so is what looks like it" : ""}:`];
}

async function compare(file) {
  $("query").value = "";
  show([], `Comparing ${file.name} …`);
  try {
    if (!globalThis.crypto?.subtle) throw new Error("this browser compares files only in a page opened from disk or over https");
    const digest = await sha256(await file.arrayBuffer());
    const same = rows.flatMap((row, at) => (row[4] === digest ? [at] : []));
    if (same.length) return show(...withCopies(same));
    const gone = await removalOf(digest);
    if (gone) return show([], `This very file was in the dataset and was removed (no. ${gone}).`);
    const near = nearest(digitsOf(lookOf(await greyOf(file))));
    show(near.map(([, at]) => at), near.length
      ? `Not this file, but what looks like it (${near[0][0]} of ${bits} bits differ):`
      : "Neither this file nor anything that looks like it is in the dataset.");
  } catch (error) {
    show([], `The file could not be compared: ${error.message.replace(/\.$/, "")}. Look it up by its address instead.`);
  }
}

// ---- what is shown -------------------------------------------------------------------------------

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function show(found, verdict) {
  $("verdict").textContent = verdict;
  const items = found.slice(0, MOST_SHOWN).map(item);
  const list = items.length ? [element("ol", { className: "found" }, ...items)] : [];
  if (found.length > MOST_SHOWN)
    list.push(element("p", { className: "where", textContent: `… and ${(found.length - MOST_SHOWN).toLocaleString("en")} more: narrow the search.` }));
  $("results").replaceChildren(...list);
}

function item(at) {
  const [address, asset, artist, faces] = rows[at];
  const box = element("input", { type: "checkbox", checked: chosen.has(at), ariaLabel: `Ask for the removal of ${address}` });
  box.addEventListener("change", () => {
    if (box.checked) chosen.add(at);
    else chosen.delete(at);
    write();
  });
  const there = { href: address, rel: "noopener noreferrer", target: "_blank", textContent: address };
  const link = /^https?:/i.test(address) ? element("a", there) : element("span", { textContent: address });
  const facts = [artist && `artist, a candidate: ${artist}`, asset && `number ${asset}`, `${faces.length === 1 ? "face" : "faces"} ${faces.join(", ")}`];
  const about = element("div", { className: "candidate", textContent: facts.filter(Boolean).join(" · ") });
  return element("li", {}, box, element("div", {}, link, about));
}

function write() {
  $("request").hidden = chosen.size === 0;
  const lines = [...chosen].sort((a, b) => a - b).map((at) => `- ${rows[at][0]}`);
  const it = lines.length === 1 ? "this picture" : "these pictures";
  $("letter").value = `Please remove ${it} from ${dataset}, version ${version}:\n\n${lines.join("\n")}\n\nI hold the rights in ${lines.length === 1 ? "it" : "them"}.\n\n`;
  address();
}

function address() {
  const body = encodeURIComponent($("letter").value).slice(0, 30000);
  const subject = encodeURIComponent(`Removal from ${dataset}`);
  $("mail").hidden = contact === null;
  if (contact !== null) $("mail").href = `mailto:${contact}?subject=${subject}&body=${body}`;
}

$("query").addEventListener("input", lookUp);
$("letter").addEventListener("input", address);
$("file").addEventListener("change", () => $("file").files[0] && compare($("file").files[0]));
$("drop").addEventListener("click", () => $("file").click());
$("file").addEventListener("click", (event) => event.stopPropagation());
$("drop").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" && event.key !== " ") return;
  event.preventDefault();
  $("file").click();
});
for (const [kind, over] of [["dragover", true], ["dragleave", false], ["drop", false]])
  document.addEventListener(kind, (event) => {
    event.preventDefault();
    $("drop").classList.toggle("over", over);
    if (kind === "drop" && event.dataTransfer.files[0]) compare(event.dataTransfer.files[0]);
  });
$("copy").addEventListener("click", async () => {
  $("letter").select();
  try {
    await navigator.clipboard.writeText($("letter").value);
  } catch {
    document.execCommand("copy"); // a page opened from disk may have no clipboard of its own
  }
  $("copied").textContent = "Copied.";
});
