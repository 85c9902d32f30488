// What the page asks of its server. A Lost is worth another try; a Refused is not.

export class Lost extends Error {}
export class Locked extends Lost {}
export class Refused extends Error {
  constructor(text, status) {
    super(text);
    this.status = status;
  }
}

async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, { credentials: "same-origin", cache: "no-store", ...options });
  } catch {
    throw new Lost("the server does not answer");
  }
  if (answer.ok) return answer;
  if (answer.status === 403) throw new Locked("the review was started anew");
  let text = `the server answers ${answer.status}`;
  try {
    text = (await answer.json()).error ?? text;
  } catch {
    // not one of its own answers
  }
  if (answer.status >= 500) throw new Lost(text);
  throw new Refused(text, answer.status);
}

const send = (path, content, options = {}) =>
  ask(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(content),
    ...options,
  });

export const gallery = async () => (await ask("/gallery")).json();
export const changes = async (marks) => (await ask(`/changes?marks=${marks}`)).json();
export const decide = async (decisions) => (await send("/decisions", { decisions })).json();
export const details = async (index, edition) =>
  (await ask(`/faces/${index}?edition=${edition}`)).json();
export const previews = async (from, count, edition) =>
  new Uint8Array(await (await ask(`/previews?from=${from}&count=${count}&edition=${edition}`)).arrayBuffer());
export const trial = async (index, edition, landmarks, signal) =>
  (await send(`/faces/${index}/trial?edition=${edition}`, { landmarks }, { signal })).blob();
export const picture = (kind, index, edition, crop) =>
  `/faces/${index}/${kind}?edition=${edition}&crop=${crop}`;
