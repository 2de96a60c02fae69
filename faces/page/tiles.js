// What the answer to one tile's request means. Pure: no DOM, no clock, no network.

// The palette of the "Bright" scheme (Paul Tol), which stays apart for most colour-blind eyes.
export const COLORS = { blue: "#66CCEE", grey: "#BBBBBB", purple: "#AA3377", red: "#EE6677", yellow: "#CCBB44" };

export const SMILEYS = {
  cursing: "\u{1F92C}", happy: "\u{1F603}", kaboom: "\u{1F92F}", neutral: "\u{1F610}",
  screaming: "\u{1F631}", sleeping: "\u{1F634}", vomiting: "\u{1F92E}", unknown: "?",
};

// How each kind of answer looks and is called. A kind without `face` or `color` keeps what the tile's JSON says.
export const KINDS = {
  happy: { icon: null, reason: "" },
  smileyFailed: { icon: "cross", reason: "smiley failed" },
  colorFailed: { icon: "cross", reason: "color failed" },
  faceFailed: { icon: "cross", reason: "face failed", face: "cursing", color: COLORS.grey },
  timedOut: { icon: "clock", reason: "timed out", face: "sleeping", color: COLORS.red },
  limited: { icon: "limit", reason: "rate limited", face: "kaboom", color: COLORS.yellow },
  latched: { icon: "lock", reason: "latched", face: "neutral", color: COLORS.yellow },
  broken: { icon: "plug", reason: "no usable answer", face: "screaming", color: COLORS.purple },
  wrong: { icon: "what", reason: "wrong face" },
};

const SAD = new Map([
  [SMILEYS.cursing, "cursing"], [SMILEYS.sleeping, "sleeping"], [SMILEYS.kaboom, "kaboom"],
  [SMILEYS.screaming, "screaming"], [SMILEYS.vomiting, "vomiting"], [SMILEYS.unknown, "not a face"],
]);

const BY_STATUS = new Map([[504, "timedOut"], [408, "timedOut"], [429, "limited"], [599, "latched"]]);

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** The face in `text`, whose numeric character references (&#x1F603;) are decoded here and nowhere else. What isn't
 * one or two characters after that (markup, a sentence) is no face, and becomes "?". */
export function decodeSmiley(text) {
  if (typeof text !== "string" || text.length > 100) return SMILEYS.unknown;
  const decoded = text.replace(/&#(?:x([0-9a-f]{1,6})|([0-9]{1,7}));/gi, (_, hex, dec) => {
    const point = hex ? parseInt(hex, 16) : parseInt(dec, 10);
    return point <= 0x10ffff ? String.fromCodePoint(point) : "";
  }).trim();
  const length = [...graphemes.segment(decoded)].length;
  const odd = /[\p{Cc}\p{Cs}<>&\u202a-\u202e\u2066-\u2069]/u.test(decoded);
  return length < 1 || length > 2 || odd ? SMILEYS.unknown : decoded;
}

/** A colour as #rgb or #rrggbb; what is no such colour is grey. */
export function safeColor(text) {
  return typeof text === "string" && /^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/i.test(text) ? text : COLORS.grey;
}

/** Black or white, whichever is easier to read on `color`: always at least 4.5 to 1 (WCAG 2.2, 1.4.3). */
export function inkOn(color) {
  const full = color.length === 4 ? color.replace(/[0-9a-f]/gi, "$&$&") : color;
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = parseInt(full.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000" : "#fff";
}

function strings(value) {
  const entries = value && typeof value === "object" ? Object.entries(value) : [];
  return Object.fromEntries(entries.filter(([, each]) => typeof each === "string" && each !== "" && each.length <= 80));
}

function parseTile(body) {
  try {
    const tile = JSON.parse(body);
    return tile && typeof tile === "object" && !Array.isArray(tile) ? tile : null;
  } catch {
    return null;
  }
}

function kindOfJson(tile, face) {
  const errors = Array.isArray(tile.errors) ? tile.errors.map(String) : [];
  if (tile.smiley === "504" || tile.color === "504") return "timedOut";
  if (errors.length === 0) return SAD.has(face) ? "wrong" : "happy";
  if (face === SMILEYS.sleeping) return "timedOut";
  if (face === SMILEYS.kaboom) return "limited";
  if (!errors.every((each) => each.startsWith("color"))) return "smileyFailed";
  return { [COLORS.red]: "timedOut", [COLORS.yellow]: "limited" }[tile.color] ?? "colorFailed";
}

/** The versions behind an answer. Where face itself failed there is only its own; where gui gave up, nobody served. */
function versionsOf(tile) {
  const versions = strings(tile?.versions);
  const version = typeof tile?.version === "string" && tile.version ? tile.version.slice(0, 20) : null;
  if (Object.keys(versions).length > 0 || typeof tile?.pod !== "string") return { versions, version };
  return { versions: version && tile.pod.startsWith("face") ? { face: version } : {}, version: null };
}

function wordFor(kind, face) {
  if (kind === "latched") return "neutral";
  return SAD.get(face) ?? (kind === "happy" ? "happy" : "smiling");
}

/** The kind of an answer: `error` is "timeout" or "network" when there was none, else `status` and the parsed `tile`. */
export function kindOf({ error = null, status = 0 }, tile) {
  if (error) return error === "timeout" ? "timedOut" : "broken";
  if (BY_STATUS.has(status)) return BY_STATUS.get(status);
  if (status >= 400) return "faceFailed";
  if (!tile || (tile.smiley === undefined && tile.color === undefined)) return "broken";
  return kindOfJson(tile, decodeSmiley(tile.smiley));
}

/** The same answer, slow if it was happy and took longer than `limit` ms, which is what is demanded. */
export function timed(answer, limit) {
  return { ...answer, slow: answer.kind === "happy" && answer.ms > limit };
}

/** What one answer ({status, body, error, ms}) means: what the tile shows and how it is called. */
export function readAnswer(answer) {
  const tile = answer.error ? null : parseTile(answer.body);
  const ok = (answer.status ?? 0) < 400;
  // A data plane may turn any answer into a 200; the tile's own status is then the better witness.
  const status = ok && Number.isInteger(tile?.status) ? tile.status : answer.status;
  const kind = kindOf({ ...answer, status }, tile);
  const look = KINDS[kind];
  // A sub-request's time-out keeps the half that was served well; only a whole tile's failure has a look of its own.
  const own = !tile || status >= 400 || kind === "broken" || tile.smiley === "504" || tile.color === "504";
  const face = own && look.face ? SMILEYS[look.face] : decodeSmiley(tile?.smiley);
  return {
    kind, face, ms: answer.ms ?? 0, happy: kind === "happy", reason: look.reason,
    word: wordFor(kind, face), color: own && look.color ? look.color : safeColor(tile?.color),
    ...versionsOf(tile), pods: strings(tile?.pods),
  };
}

/** A tile's name for those who can't see it: "row 1 column 2: happy, served by smiley v2". */
export function nameOf({ row, col }, answer, served) {
  const words = [answer.word];
  if (answer.slow) words.push(`slow: it took ${Math.round(answer.ms)} ms`);
  if (answer.reason) words.push(answer.reason);
  if (served) words.push(`served by ${served.workload ? `${served.workload} ` : ""}${served.version}`);
  return `row ${row + 1} column ${col + 1}: ${words.join(", ")}`;
}
