// Keys, and the page that tells of them.

import { byId, el } from "./dom.js";

const SHORTCUTS = [
  ["Decide", [
    [["P"], "keep, and go on to the next"],
    [["X"], "reject, and go on to the next"],
    [["U"], "undo what you decided last"],
    [["W"], "say why first; Enter leads back, then P or X"],
  ]],
  ["Move", [
    [["←", "→", "↑", "↓"], "from face to face; decides nothing"],
    [["Page Up", "Page Down"], "by a screen"],
    [["Home", "End"], "to the first, to the last"],
  ]],
  ["Choose several", [
    [["Space"], "choose this face, or not"],
    [["Shift + ↑ ↓ ← →"], "choose along the way"],
    [["Ctrl + A"], "choose all that are listed"],
    [["Esc"], "choose none"],
  ]],
  ["Look", [
    [["D"], "duplicates side by side"],
    [["E"], "the landmark editor: zoom, move points, add and delete faces"],
    [["L"], "to the landmarks; arrow keys then move a point"],
    [["/"], "search"],
    [["R"], "apply the filters anew"],
    [["?"], "this page"],
  ]],
];

export function openShortcuts() {
  const dialog = byId("shortcuts");
  if (dialog.open) return dialog.close();
  dialog.replaceChildren(
    el("header", {}, el("h2", { id: "shortcuts-title" }, "Shortcuts"),
      el("button", { type: "button", on: { click: () => dialog.close() } }, el("kbd", {}, "Esc"), " Close")),
    el("div", { class: "shortcut-groups" }, ...SHORTCUTS.map(([name, rows]) =>
      el("section", {}, el("h3", {}, name), el("dl", {}, ...rows.map(([keys, words]) =>
        el("div", {}, el("dt", {}, ...keys.map((key) => el("kbd", {}, key))), el("dd", {}, words))))))),
  );
  dialog.showModal();
  return undefined;
}

// `acts` by key; letters in lower case. Typing in a field is nobody else's business.
export function listen(acts) {
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.isComposing) return;
    const { target } = event;
    const isTyping = target.matches("input:not([type=radio], [type=checkbox]), select, textarea");
    const isPressing = target.matches("button, summary, a, input, [role=button]");
    if (isTyping && event.key !== "Escape") return;
    if (document.querySelector("dialog[open]") && event.key !== "?") return;
    const name = `${event.ctrlKey || event.metaKey ? "Ctrl+" : ""}${event.shiftKey && event.key.startsWith("Arrow") ? "Shift+" : ""}${event.key.length === 1 ? event.key.toLowerCase() : event.key}`;
    if (isPressing && [" ", "Enter"].includes(event.key)) return;
    if (target.matches("input") && event.key.startsWith("Arrow")) return;
    const act = acts[name];
    if (!act) return;
    if (act(event) !== false) event.preventDefault();
  });
}
