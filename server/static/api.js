// Requests to this server, with the access token that the user entered.

let token = "";
let askForToken = () => {};

/** An error of the server. `param` is the field of the request that is invalid, if it says. */
export class ServerError extends Error {
  constructor(status, body) {
    super(forPeople(body?.error?.message ?? `the server answered with status ${status}.`));
    this.status = status;
    this.param = body?.error?.param ?? "";
  }
}

/** Returns a message without what is meant for programs. */
function forPeople(message) {
  const text = message.replace(/ \((?:GET|POST) [^)]*\)/, "");
  return text[0].toUpperCase() + text.slice(1);
}

/** Registers the function that asks the user for a token. */
export function onUnauthorized(ask) {
  askForToken = ask;
}

export function setToken(value) {
  token = value;
}

/** Sends a request, and returns a response that is not an error. Paths are relative, for servers in a sub-path. */
export async function send(path, { json, headers = {}, ...options } = {}) {
  const all = { ...headers };
  if (token) all.Authorization = `Bearer ${token}`;
  if (json) {
    all["Content-Type"] = "application/json";
    Object.assign(options, { method: "POST", body: JSON.stringify(json) });
  }
  const response = await fetch(path, { ...options, headers: all });
  if (response.ok) return response;
  const error = new ServerError(response.status, await response.json().catch(() => null));
  if (error.status === 401) {
    error.message = "This server needs an access token.";
    askForToken();
  }
  throw error;
}

/** Returns the JSON that a path answers. */
export async function get(path) {
  return (await send(path)).json();
}

/** Returns the events of a response's stream. */
export async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const parts = (rest + value).split("\n\n");
    rest = parts.pop();
    for (const part of parts) yield JSON.parse(part.replace(/^data: /, ""));
  }
}

export function openSocket(path) {
  const address = new URL(path, location.href);
  address.protocol = address.protocol.replace("http", "ws");
  return new WebSocket(address, token ? ["voxweft", `bearer.${token}`] : ["voxweft"]);
}
