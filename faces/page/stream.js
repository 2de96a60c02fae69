// One stream of all tiles from the server, in the place of a request for each. Where there is none, or while it is
// away, tiles are asked for one by one, and look as they do when nobody answers.

const SOON_MS = 500;
const LATER_MS = 5000;
// Where there is none, there will not be one soon: an older gui, or a proxy that lets none through.
const NONE_MS = 60_000;
// The server says something at least once a second.
const SILENT_MS = 5000;

/** Splits `text` into whole events, [{event, data}], and what is left over. */
export function eventsIn(text) {
  const blocks = text.split("\n\n");
  const rest = blocks.pop();
  const events = blocks.map((block) => {
    const of = (field) => block.split("\n").filter((line) => line.startsWith(`${field}: `))
      .map((line) => line.slice(field.length + 2));
    return { event: of("event")[0] ?? "message", data: of("data").join("\n") };
  });
  return { events: events.filter(({ event, data }) => data !== "" || event !== "message"), rest };
}

/** The grid that a stream begins with, or null when it is none. */
export function gridOf(data) {
  const said = JSON.parse(data);
  const whole = (value, lowest) => Number.isInteger(value) && value >= lowest && value <= 40;
  if (!whole(said.rows, 1) || !whole(said.cols, 1) || !whole(said.edgeSize, 0)) return null;
  return { numRows: said.rows, numCols: said.cols, edgeSize: said.edgeSize, epoch: said.epoch ?? 0 };
}

/** Which grid to ask for: the page's own address may say, as `?grid=10x20`. */
export function streamUrl(base, search) {
  const url = new URL("stream", base);
  const grid = new URLSearchParams(search).get("grid");
  if (grid) url.searchParams.set("grid", grid);
  return url;
}

export class Stream {
  /** `on` has hello(grid), tiles(batch), held() and lost(); `headers()` tells who asks. */
  constructor(url, headers, on) {
    Object.assign(this, { url, headers, on, open: false, ending: null });
  }

  start() {
    if (this.open) return;
    this.open = true;
    this.run();
  }

  /** Ends it, until it is started again. */
  stop() {
    this.open = false;
    this.ending?.abort();
  }

  /** Ends it and begins anew: who asks is somebody else now. */
  restart() {
    this.ending?.abort();
  }

  async run() {
    while (this.open) {
      const wait = await this.follow();
      this.on.lost();
      if (this.open) await new Promise((resolve) => { setTimeout(resolve, wait); });
    }
  }

  /** Follows it to its end; returns how long to wait before it is asked for again. */
  async follow() {
    const ending = this.ending = new AbortController();
    let silent = 0;
    const alive = () => {
      clearTimeout(silent);
      silent = setTimeout(() => ending.abort(), SILENT_MS);
    };
    try {
      alive();
      const response = await fetch(this.url, { cache: "no-store", headers: this.headers(), signal: ending.signal });
      if (!response.ok) return response.status === 404 ? NONE_MS : LATER_MS;
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return SOON_MS;
        alive();
        const found = eventsIn(rest + value);
        rest = found.rest;
        found.events.forEach((each) => this.tell(each));
      }
    } catch {
      return SOON_MS;
    } finally {
      clearTimeout(silent);
      ending.abort();
    }
  }

  tell({ event, data }) {
    if (event === "hello") {
      const grid = gridOf(data);
      if (grid) this.on.hello(grid);
    } else if (event === "held") this.on.held();
    else this.on.tiles(JSON.parse(data));
  }
}
