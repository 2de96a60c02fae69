// Commands to the server, and what it says of the stage. The token is read from behind the # of the address and then
// taken away from there, so that nobody reads it off the projector.

const KEPT = "faces-token";
const AGAIN_MS = 1000;

/** The token of this window: from its address, or as it was before a reload. */
export function takeToken() {
  const given = decodeURIComponent(location.hash.slice(1));
  if (given) {
    sessionStorage.setItem(KEPT, given);
    history.replaceState(null, "", location.pathname + location.search);
  }
  return given || sessionStorage.getItem(KEPT) || "";
}

export class Control {
  constructor(token) {
    this.token = token;
    this.root = new URL("/present/api/", location.href);
  }

  headers() {
    // A header takes no character beyond Latin-1; a token has none.
    return this.token ? { Authorization: `Bearer ${encodeURIComponent(this.token)}` } : {};
  }

  /** Sends a command; returns "" or the sentence that says why nothing came of it. */
  async send(path, body) {
    try {
      const response = await fetch(new URL(path, this.root), {
        method: "POST", headers: { ...this.headers(), "Content-Type": "application/json" }, body: JSON.stringify(body),
      });
      return response.ok ? "" : (await response.json()).error ?? `The server answered ${response.status}.`;
    } catch {
      return "The presenter's server does not answer.";
    }
  }

  async choices() {
    const response = await fetch(new URL("choices", this.root), { headers: this.headers() });
    return response.ok ? response.json() : { workloads: [], releases: [] };
  }

  /** Calls `onState` with each state, for ever, and `onTrouble` with a sentence (or "") about the connection. */
  async follow(onState, onTrouble) {
    for (;;) {
      try {
        const response = await fetch(new URL("state", this.root), { headers: this.headers(), cache: "no-store" });
        if (!response.ok) throw new Error((await response.json()).error);
        onTrouble("");
        await lines(response.body, onState);
        onTrouble("The presenter's server does not answer.");
      } catch (error) {
        onTrouble(error instanceof TypeError ? "The presenter's server does not answer." : error.message);
      }
      await new Promise((resolve) => { setTimeout(resolve, AGAIN_MS); });
    }
  }
}

async function lines(body, onState) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const whole = (rest + value).split("\n");
    rest = whole.pop();
    for (const line of whole) if (line) onState(JSON.parse(line));
  }
}
