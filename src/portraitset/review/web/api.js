// What the page asks of its server. A Lost is worth another try; a Refused is not.

export class Lost extends Error {}
export class Locked extends Lost {}
export class Refused extends Error {
  constructor(text, status) {
    super(text);
    this.status = status;
  }
}

// `read` names how the answer's body is read: json, blob or arrayBuffer.
async function ask(path, read, options = {}) {
  let answer;
  try {
    answer = await fetch(path, { credentials: "same-origin", cache: "no-store", ...options });
    if (answer.ok) return await answer[read]();
  } catch {
    throw new Lost(answer ? "the server's answer broke off" : "the server does not answer");
  }
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

const send = (path, read, content, options = {}) =>
  ask(path, read, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(content),
    ...options,
  });

export const gallery = () => ask("/gallery", "json");
export const changes = (marks) => ask(`/changes?marks=${marks}`, "json");
export const decide = (reviewer, decisions) => send("/decisions", "json", { reviewer, decisions });
export const details = (index, edition) => ask(`/faces/${index}?edition=${edition}`, "json");
export const previews = async (from, count, edition) =>
  new Uint8Array(await ask(`/previews?from=${from}&count=${count}&edition=${edition}`, "arrayBuffer"));
export const trial = (index, edition, landmarks, signal) =>
  send(`/faces/${index}/trial?edition=${edition}`, "blob", { landmarks }, { signal });
export const size = (index, edition) => ask(`/faces/${index}/size?edition=${edition}`, "json");
export const view = ({ index, edition }, { left, top, width, height }, side) =>
  ask(`/faces/${index}/view?edition=${edition}&left=${left}&top=${top}&width=${width}&height=${height}&side=${side}`, "blob");
export const cut = ({ index, edition }, landmarks, side) =>
  send(`/faces/${index}/cut?edition=${edition}&side=${side}`, "blob", { landmarks });
export const picture = (kind, index, edition, crop) =>
  `/faces/${index}/${kind}?edition=${edition}&crop=${crop}`;
