// The line over time, as shapes: which line, dot and word stands where. Pure: it knows no element and no clock.
//
// A shape is {tag, class, text?, ...attributes of SVG}. Canary and stable, good and bad differ by form, not by colour alone.

import { isObject, text } from "./reading.js";
import { furthest } from "./story.js";

// As long as nothing is released, the last minute; with a release, from a little before it until a little after its end.
const MINUTE_S = 60, BEFORE_S = 8, AFTER_S = 12, AT_LEAST_S = 40, AHEAD_S = 6;

/** The first number in a measurement's value, which Argo keeps as text: `[0.98]`, `[0.98,1]`; null where there is none. */
export function numberIn(value) {
  const found = text(value).trim() || String(value ?? "");
  const parsed = Number.parseFloat(found.replace(/^\[/, ""));
  return Number.isFinite(parsed) ? parsed : null;
}

/** From when to when the chart goes, in seconds since the epoch. */
export function spanOf(story, now) {
  if (story === null || story.startedAt === null) return { from: now - MINUTE_S, to: now };
  const from = story.startedAt - BEFORE_S;
  const until = story.endedAt === null ? now + AHEAD_S : Math.min(Math.max(now, story.endedAt), story.endedAt + AFTER_S);
  return { from, to: Math.max(until, from + AT_LEAST_S) };
}

/** Steps of 5, 10, 30 s, ...: at most `most` of them. */
export function tickStep(length, most) {
  return [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600].find((step) => length / step <= most) ?? 7200;
}

// Which metrics belong to which panel: ratios of which a lot is demanded, and times.
const PANELS = [
  { name: "success rate", share: [0, 0.4], key: "share", unit: "ratio",
    takes: ({ unit, bound }) => unit === "ratio" && isObject(bound) && [">=", ">"].includes(bound.op) && bound.value >= 0.5 },
  { name: "P99", share: [0.48, 0.76], key: "p99", unit: "ms", takes: ({ unit }) => unit === "ms" },
];

const inUnit = (value, unit) => (unit === "ratio" ? `${Math.round(value * 1000) / 10} %`
  : value >= 1000 ? `${Math.round(value / 100) / 10} s` : `${Math.round(value)} ms`);

function limitsOf(panel, values) {
  if (panel.unit === "ratio") return [Math.max(0, Math.floor(Math.min(0.9, ...values) * 10) / 10 - 0.05), 1.03];
  return [0, Math.max(100, ...values) * 1.15];
}

const round = (value) => Math.round(value * 10) / 10;
const path = (points) => points.map(([x, y], index) => `${index === 0 ? "M" : "L"}${round(x)} ${round(y)}`).join("");

// Where nobody answered for a while, the line is broken: nothing is known there.
function stretches(points) {
  const found = [];
  points.forEach((point, index) => {
    if (index === 0 || point.t - points[index - 1].t > 3) found.push([]);
    found.at(-1).push(point);
  });
  return found;
}

/** A dot: circle for good, a diamond with a cross for bad, an empty square for who cannot tell, a triangle for an error. */
export function dotShapes(phase, x, y, r) {
  const [X, Y, R] = [round(x), round(y), round(r)];
  if (phase === "Successful") return [{ tag: "circle", class: "dot good", cx: X, cy: Y, r: R }];
  if (phase === "Failed") {
    const d = `M${X} ${round(y - 1.5 * r)}L${round(x + 1.5 * r)} ${Y}L${X} ${round(y + 1.5 * r)}L${round(x - 1.5 * r)} ${Y}Z`;
    const c = 0.55 * r;
    const cross = `M${round(x - c)} ${round(y - c)}L${round(x + c)} ${round(y + c)}M${round(x + c)} ${round(y - c)}L${round(x - c)} ${round(y + c)}`;
    return [{ tag: "path", class: "dot bad", d }, { tag: "path", class: "dot-cross", d: cross }];
  }
  if (phase === "Error") {
    const d = `M${X} ${round(y - 1.3 * r)}L${round(x + 1.2 * r)} ${round(y + r)}L${round(x - 1.2 * r)} ${round(y + r)}Z`;
    return [{ tag: "path", class: "dot error", d }];
  }
  return [{ tag: "rect", class: "dot unclear", x: round(x - r), y: round(y - r), width: 2 * R, height: 2 * R }];
}

const WORST = ["Failed", "Error", "Inconclusive", "Successful"];

/** All that the chart draws. `rem` is the size of a letter in pixels, `cursor` a time that somebody looks at, or null. */
export function shapesOf({ story, metrics, lines, bars, now, span, width, height, rem, cursor }) {
  const left = 4.2 * rem, right = width - 0.4 * rem, top = 1.25 * rem, bottom = height - 1.35 * rem;
  const x = (t) => left + ((t - span.from) / (span.to - span.from)) * (right - left);
  const at = (share) => top + share * (bottom - top);
  const inside = (t) => t >= span.from && t <= span.to;
  const frame = { x, at, inside, left, right, top, bottom, rem, span, story, metrics, lines, now };
  return [
    ...band(frame), ...axis(frame), ...PANELS.flatMap((panel) => panelShapes(panel, frame)),
    ...others(frame), ...harm(bars, frame), ...moments(frame), ...next(frame), ...cursorShapes(cursor, frame),
  ];
}

function band({ story, x, at, left, right, top, rem, span, now }) {
  if (story === null || furthest(story) === 0) return [];
  const [low, high] = [at(1), at(0)];
  const until = story.endedAt ?? now;
  return story.weights.flatMap(([t, weight], index) => {
    const start = Math.max(left, x(t)), end = Math.min(right, x(Math.min(story.weights[index + 1]?.[0] ?? until, span.to)));
    if (weight === 0 || end <= start) return [];
    const y = low - (weight / 100) * (low - high);
    const label = end - start > 3 * rem ? [{ tag: "text", class: "weight-label", x: round((start + end) / 2), y: round(top - 0.3 * rem),
      "text-anchor": "middle", text: `${weight} %` }] : [];
    return [{ tag: "rect", class: "weight-band", x: round(start), y: round(y), width: round(end - start), height: round(low - y) },
      { tag: "path", class: "weight-edge", d: path([[start, y], [end, y]]) }, ...label];
  });
}

function axis({ x, left, right, bottom, rem, span, story }) {
  const zero = story?.startedAt ?? span.to;
  const step = tickStep(span.to - span.from, Math.max(2, (right - left) / (5 * rem)));
  const shapes = [{ tag: "path", class: "axis", d: path([[left, bottom], [right, bottom]]) }];
  for (let tick = Math.ceil((span.from - zero) / step) * step; zero + tick <= span.to; tick += step) {
    const words = `${tick > 0 ? "+" : tick < 0 ? "−" : ""}${Math.abs(tick)} s`;
    const near = x(zero + tick);
    const anchor = near > right - 1.5 * rem ? "end" : near < left + 1.5 * rem ? "start" : "middle";
    shapes.push({ tag: "text", class: "tick", x: round(near), y: round(bottom + 1.1 * rem), "text-anchor": anchor, text: words });
  }
  return shapes;
}

function panelShapes(panel, frame) {
  const { at, inside, left, rem, lines, story } = frame;
  const metrics = frame.metrics.filter(panel.takes);
  const names = new Set(metrics.map(({ name }) => name));
  const bounds = [...new Map(metrics.filter(({ bound }) => isObject(bound))
    .map(({ bound, demands }) => [JSON.stringify([bound.op, bound.value]), { ...bound, demands }])).values()];
  const dots = (story?.measurements ?? []).filter(({ metric, t }) => names.has(metric) && inside(t))
    .map((each) => ({ ...each, number: numberIn(each.value) }));
  const shown = Object.fromEntries(Object.entries(lines).map(([role, points]) => [role, points.filter(({ t }) => inside(t))]));
  const values = [...dots.map(({ number }) => number).filter((each) => each !== null), ...bounds.map(({ value }) => value),
    ...shown.stable.map((each) => each[panel.key]), ...shown.canary.map((each) => each[panel.key])];
  const [low, high] = limitsOf(panel, values);
  const [from, to] = panel.share.map(at);
  const y = (value) => to - ((Math.min(high, Math.max(low, value)) - low) / (high - low)) * (to - from);
  const most = panel.unit === "ratio" ? 1 : high / 1.15;
  return [
    { tag: "text", class: "panel-name", x: round(left - 0.5 * rem), y: round(from + 0.75 * rem), "text-anchor": "end",
      text: panel.unit === "ratio" ? "success" : panel.name },
    ...(to - from > 3 * rem ? [{ tag: "text", class: "tick", x: round(left - 0.5 * rem), y: round(from + 1.9 * rem), "text-anchor": "end",
      text: inUnit(most, panel.unit) }] : []),
    { tag: "text", class: "tick", x: round(left - 0.5 * rem), y: round(to), "text-anchor": "end", text: inUnit(low, panel.unit) },
    { tag: "path", class: "axis", d: path([[left, to], [frame.right, to]]) },
    ...bounds.flatMap((bound) => boundShapes(bound, y, frame)),
    ...["stable", "canary"].flatMap((role) => lineShapes(role, shown[role], panel, y, from, frame)),
    ...dots.filter(({ number }) => number !== null).flatMap(({ phase, t, number }) => dotShapes(phase, frame.x(t), y(number), 0.38 * rem)),
    ...dots.filter(({ number }) => number === null).flatMap(({ phase, t }) => dotShapes(phase, frame.x(t), to - 0.4 * rem, 0.38 * rem)),
  ];
}

// On the left: on the right the lines end, and have their names there.
function boundShapes({ op, value, demands }, y, { left, right, rem }) {
  const at = y(value);
  return [{ tag: "path", class: "bound", d: path([[left, at], [right, at]]) },
    { tag: "text", class: "bound-label", x: round(left), y: round(["<", "<="].includes(op) ? at - 0.3 * rem : at + 0.95 * rem),
      "text-anchor": "start", text: text(demands) }];
}

function lineShapes(role, points, panel, y, from, { x, rem, story, right }) {
  if (points.length === 0) return [];
  const shapes = stretches(points).map((part) => ({ tag: "path", class: `series ${role}`,
    d: path(part.length > 1 ? part.map((each) => [x(each.t), y(each[panel.key])])
      : [[x(part[0].t) - 2, y(part[0][panel.key])], [x(part[0].t) + 2, y(part[0][panel.key])]]) }));
  const last = points.at(-1);
  const name = role === "stable" ? story?.from : story?.to;
  const ends = x(last.t) + 2.2 * rem < right;
  const at = y(last[panel.key]);
  // Above its end, but for a canary's, and where that would be out of the panel.
  const below = role === "canary" || at - from < 1.1 * rem;
  return name ? [...shapes, { tag: "text", class: `series-name ${role}`, x: round(x(last.t) + (ends ? 0.3 : -0.3) * rem),
    y: round(at + (below ? 0.95 : -0.35) * rem), "text-anchor": ends ? "start" : "end",
    text: name }] : shapes;
}

// What has no line of its own: a dot for each time that it was measured, and the worst of those at the same time.
function others({ story, metrics, at, left, inside, x, rem }) {
  const own = new Set(metrics.filter((metric) => PANELS.some(({ takes }) => takes(metric))).map(({ name }) => name));
  const found = new Map();
  for (const { metric, t, phase } of story?.measurements ?? []) {
    if (own.has(metric) || !inside(t)) continue;
    const near = [...found.keys()].find((each) => Math.abs(each - t) < 1.5) ?? t;
    found.set(near, [...found.get(near) ?? [], phase]);
  }
  if (found.size === 0) return [];
  const y = at(0.83);
  return [{ tag: "text", class: "panel-name", x: round(left - 0.5 * rem), y: round(y + 0.3 * rem), "text-anchor": "end", text: "others" },
    ...[...found].flatMap(([t, phases]) =>
      dotShapes(WORST.find((phase) => phases.includes(phase)) ?? "Inconclusive", x(t), y, 0.3 * rem))];
}

function harm(bars, { x, at, inside, left, rem }) {
  const shown = bars.filter(({ t }) => inside(t) && inside(t + 1));
  const most = Math.max(4, ...shown.map(({ failed, slow }) => failed + slow));
  const [top, bottom] = [at(0.88), at(1)];
  const height = (count) => (count / most) * (bottom - top);
  const worst = Math.max(0, ...shown.map(({ failed }) => failed));
  const label = { tag: "text", class: "panel-name", x: round(left - 0.5 * rem), y: round(bottom), "text-anchor": "end",
    text: worst > 0 ? `${worst} failed` : "failed" };
  return [label, ...shown.flatMap(({ t, failed, slow }) => {
    const [from, wide] = [round(x(t)), round(Math.max(1.5, x(t + 1) - x(t) - 1))];
    const bar = (name, count, under) => (count > 0 ? [{ tag: "rect", class: name, x: from, width: wide,
      y: round(bottom - height(under + count)), height: round(height(count)) }] : []);
    return [...bar("harm failed", failed, 0), ...bar("harm slow", slow, failed)];
  })];
}

function moments({ story, x, inside, top, bottom, rem, left, right }) {
  if (story === null || story.startedAt === null) return [];
  const named = [[story.startedAt, "released"]];
  if (story.endedAt !== null) named.push([story.endedAt, story.abortedAt === null ? "promoted" : "back"]);
  return named.filter(([t]) => inside(t)).flatMap(([t, words], index) => {
    const room = index === 0 ? x(t) - left > 4 * rem : right - x(t) < 4 * rem;
    return [{ tag: "path", class: "moment", d: path([[x(t), top], [x(t), bottom]]) },
      { tag: "text", class: "moment-name", x: round(x(t) + (room ? -0.3 : 0.3) * rem), y: round(top - 0.3 * rem),
        "text-anchor": room ? "end" : "start", text: words }];
  });
}

// The next measurement: an empty dot where it will stand, and how long it takes until then.
function next({ story, metrics, x, at, inside, now, rem }) {
  if (story === null || story.endedAt !== null) return [];
  const times = metrics.filter(({ run }) => text(run)).map(({ nextAt }) => nextAt).filter((t) => Number.isFinite(t) && t >= now);
  const soon = Math.min(...times);
  if (times.length === 0 || !inside(soon)) return [];
  return [{ tag: "path", class: "awaited-line", d: path([[x(soon), at(0)], [x(soon), at(0.76)]]) },
    { tag: "circle", class: "awaited", cx: round(x(soon)), cy: round(at(0.2)), r: round(0.5 * rem) },
    { tag: "text", class: "awaited-left", x: round(x(soon)), y: round(at(0.2) + 1.6 * rem), "text-anchor": "middle",
      text: `${Math.ceil(soon - now)} s` }];
}

function cursorShapes(cursor, { x, inside, top, bottom, rem }) {
  if (cursor === null || !inside(cursor)) return [];
  const at = round(x(cursor));
  return [{ tag: "path", class: "cursor", d: path([[at, top - 0.6 * rem], [at, bottom]]) },
    { tag: "circle", class: "cursor-knob", cx: at, cy: round(top - 0.6 * rem), r: round(0.35 * rem) }];
}
