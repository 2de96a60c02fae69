// What the strip says of a rollout's metrics: what each demands, how often it was bad, and what was measured. Pure.

import { integer, inWords, isObject, text } from "./reading.js";

const LAST = 8;
const MARKS = {
  Successful: ["tick", "good"], Failed: ["cross", "bad"], Inconclusive: ["what", "unclear"], Error: ["warn", "error"],
};

/** A measurement's value: the server's words, which know its unit, else the raw text. */
export function valueWords({ words, value }) {
  return text(words) || String(value ?? "") || "no data";
}

/** "bad 1 of 2": how often a metric failed, and how often it has to until the release is given up; "" where failures
 * are not counted (a limit below 0). */
export function badWords({ limits, counts }) {
  const limit = isObject(limits) ? integer(limits.failure, -1) : -1;
  const failed = isObject(counts) ? integer(counts.failed, 0) : 0;
  return limit >= 0 ? `bad ${failed} of ${limit + 1}` : "";
}

function valueOf(measurement) {
  const [mark, word] = MARKS[measurement.phase] ?? [null, inWords(text(measurement.phase) || "measured")];
  return { words: valueWords(measurement), mark, word };
}

// The metric of several runs is one line as long as the runs demand the same of it.
const keyOf = (metric) => JSON.stringify([text(metric.name), text(metric.demands), text(metric.unit)]);

// Of the same metric in several runs, the one to speak of: which is being measured, else the last that was.
function present(metrics, last) {
  return metrics.findLast(({ phase, run }) => phase === "Running" && text(run)) ??
    metrics.find(({ run }) => last !== undefined && text(run) === text(last.run)) ??
    metrics.findLast(({ run }) => text(run)) ?? metrics.at(-1);
}

function line(name, metrics, measurements) {
  const last = measurements.at(-1);
  const metric = present(metrics, last) ?? {};
  return {
    words: inWords(name), demands: text(metric.demands), bad: badWords(metric),
    values: measurements.slice(-LAST).map(valueOf),
    message: last?.phase === "Error" ? text(last.message) : "",
  };
}

/** A line for each metric, in the order of the server; at the end those that were measured and are not described. */
export function metricLines({ metrics, measurements }) {
  const groups = new Map();
  for (const metric of metrics.filter(({ name }) => text(name))) {
    groups.set(keyOf(metric), [...(groups.get(keyOf(metric)) ?? []), metric]);
  }
  const groupOf = (measurement) => {
    const named = [...groups.values()].filter(([metric]) => metric.name === measurement.metric);
    return named.find((group) => group.some(({ run }) => text(run) === text(measurement.run))) ?? named[0];
  };
  const lines = [...groups.values()].map((group) =>
    line(group[0].name, group, measurements.filter((measurement) => groupOf(measurement) === group)));
  const others = measurements.filter((measurement) => groupOf(measurement) === undefined);
  const names = [...new Set(others.map(({ metric }) => text(metric) || "metric"))];
  return [...lines, ...names.map((name) =>
    line(name, [], others.filter(({ metric }) => (text(metric) || "metric") === name)))];
}

// Where no metric demands a time, this is slow: what visitors call so as well.
const SLOW_MS = 500;

/** From how many milliseconds on an answer is slow: what the metrics demand at most, of several the least. */
export function demandedMs(metrics) {
  const bounds = metrics.filter(({ unit, bound }) => unit === "ms" && isObject(bound) && ["<", "<="].includes(bound.op))
    .map(({ bound }) => bound.value).filter((each) => Number.isFinite(each) && each > 0);
  return bounds.length > 0 ? Math.min(...bounds) : SLOW_MS;
}
