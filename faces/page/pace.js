// When which tile asks. Pure: the time (in ms) is an argument.

export const PERIOD_MS = 2000;
// A browser opens six connections to a server (HTTP/1.1). One stays free for the strip: when a canary hangs, and with
// it every tile, the strip must still be able to say so.
export const MAX_IN_FLIGHT = 5;
// After this a tile counts as timed out and gives its connection to another one.
export const LIMIT_MS = 5000;
// From here on a waiting tile looks its age.
export const AGING_MS = 500;

/** When each of `count` tiles asks first: spread evenly over one period. */
export function firstTimes(count, now) {
  return Array.from({ length: count }, (_, index) => now + (index * PERIOD_MS) / count);
}

/** When a tile that was due at `due` and asks at `now` is due again: in its own beat, so that the tiles stay spread. */
export function nextTime(due, now) {
  return due + PERIOD_MS * Math.max(1, Math.ceil((now - due) / PERIOD_MS));
}

/** The tiles ({due, askedAt}) that may ask now, the longest due first. */
export function mayAsk(tiles, now) {
  const free = MAX_IN_FLIGHT - tiles.filter(({ askedAt }) => askedAt !== null).length;
  const ready = tiles.filter(({ due, askedAt }) => askedAt === null && due <= now);
  return ready.sort((a, b) => a.due - b.due).slice(0, Math.max(0, free));
}

/** Whether a tile lies in the outermost `edge` rings of the grid. */
export function isEdge(row, col, { numRows, numCols, edgeSize }) {
  return Math.min(row, col, numRows - 1 - row, numCols - 1 - col) < edgeSize;
}
