// What the strip says of a rollout. Pure: from the JSON of /faces/rollouts to words.

const MARKS = {
  Successful: ["tick", "good"], Failed: ["cross", "bad"], Inconclusive: ["what", "unclear"], Error: ["what", "error"],
};

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const text = (value) => (typeof value === "string" ? value : "");
const objects = (value) => (Array.isArray(value) ? value.filter(isObject) : []);

/** "success-rate" → "success rate"; "setCanaryScale" → "set canary scale". */
export function inWords(name) {
  return name.replace(/([a-z])([A-Z])/g, "$1 $2").replace(/[-_]+/g, " ").toLowerCase();
}

/** A rollout as JSON with each missing or odd field made harmless; null when it has no name. */
export function readRollout(json) {
  if (!isObject(json) || !text(json.name)) return null;
  return {
    name: json.name, phase: text(json.phase), message: text(json.message), verdict: text(json.verdict),
    stable: text(json.stableVersion), canary: text(json.canaryVersion), aborted: json.aborted === true,
    revision: Number.isInteger(json.revision) ? json.revision : 0,
    index: Number.isInteger(json.currentStepIndex) ? json.currentStepIndex : null,
    steps: objects(json.steps), measurements: objects(json.measurements),
    weight: isObject(json.weights) && Number.isFinite(json.weights.canary) ? json.weights.canary : null,
    fault: isObject(json.release) ? text(json.release.fault) : "",
  };
}

export function readRollouts(json) {
  return isObject(json) ? objects(json.rollouts).map(readRollout).filter((each) => each !== null) : [];
}

const isNews = ({ stable, canary }) => canary !== "" && canary !== stable;

/** "running", "back" (aborted or degraded), "done" (nothing between stable and canary) */
export function stateOf(rollout) {
  if (rollout.aborted || rollout.phase === "Degraded") return "back";
  if (rollout.phase === "Progressing" || rollout.phase === "Paused") return "running";
  return "done";
}

/** A short text that differs when the rollout moved: used to know which rollout changed last. */
export function fingerprint({ name, phase, revision, index, aborted, canary, stable }) {
  return JSON.stringify([name, phase, revision, index, aborted, canary, stable]);
}

/** Those to show: all in progress, else the one that changed last. `changed` maps a name to when it was seen to change. */
export function pick(rollouts, changed) {
  const running = rollouts.filter((rollout) => stateOf(rollout) === "running");
  if (running.length > 0) return running;
  const lately = (rollout) => [
    changed.get(rollout.name) ?? 0, stateOf(rollout) === "back" ? 1 : 0,
    rollout.measurements.at(-1)?.t ?? 0, rollout.revision];
  const later = (a, b) => {
    const at = lately(a).findIndex((value, index) => value !== lately(b)[index]);
    return at >= 0 && lately(a)[at] > lately(b)[at] ? a : b;
  };
  return rollouts.length > 0 ? [rollouts.reduce((a, b) => later(b, a))] : [];
}

/** What tiles need to know of the rollouts whose new version is not, or no longer, stable; null if no rollout is known. */
export function releasesOf(rollouts) {
  if (rollouts.length === 0) return null;
  return rollouts.filter((rollout) => stateOf(rollout) !== "done" && isNews(rollout))
    .map(({ name, stable, canary }) => ({ name, stable, canary }));
}

function duration(value) {
  if (typeof value === "number") return `${value} s`;
  const [, amount, unit] = /^(\d+)\s*([smh]?)$/.exec(value) ?? [null, value, ""];
  return unit || /^\d+$/.test(amount) ? `${amount} ${{ m: "min", h: "h" }[unit] ?? "s"}` : amount;
}

export function stepWords(step) {
  if (Number.isFinite(step.setWeight)) return `${step.setWeight} %`;
  if ("pause" in step) {
    const wait = isObject(step.pause) ? step.pause.duration : undefined;
    return ["number", "string"].includes(typeof wait) ? `pause ${duration(wait)}` : "pause until promoted";
  }
  return inWords(Object.keys(step)[0] ?? "step");
}

/** Each step as {words, state}, state being done, now, to come, or not reached (after an abort). */
export function stepper(rollout) {
  const state = stateOf(rollout);
  const at = rollout.index ?? (state === "done" ? rollout.steps.length : 0);
  return rollout.steps.map((step, index) => {
    if (state === "back") return { words: stepWords(step), state: "not reached" };
    const where = index < at || state === "done" ? "done" : "to come";
    return { words: stepWords(step), state: index === at && state === "running" ? "now" : where };
  });
}

/** "Step 2 of 6", or what became of the steps. */
export function stepTitle(rollout) {
  const state = stateOf(rollout);
  if (rollout.steps.length === 0) return "";
  if (state === "back") return "Steps given up";
  if (state === "done") return "All steps done";
  return `Step ${Math.min((rollout.index ?? 0) + 1, rollout.steps.length)} of ${rollout.steps.length}`;
}

/** A measurement's value in words: ratios as per cent, "[]" and "NaN" as what they are, the rest shortened. */
export function valueWords(metric, value) {
  const bare = String(value ?? "").trim().replace(/^\[(.*)\]$/, "$1").trim();
  if (bare === "" || bare === "NaN") return "no data";
  const number = Number(bare);
  if (!Number.isFinite(number)) return bare.slice(0, 12);
  if (/rate|ratio|success|share/.test(metric) && number >= 0 && number <= 1) return `${round(100 * number)} %`;
  if (/(^|[-_])ms$/.test(metric)) return `${number >= 10 ? Math.round(number) : round(number)} ms`;
  return round(number);
}

// Digits enough to tell two values apart on a screen, and never a rounding across a threshold: 99.96 % isn't 100 %.
function round(number) {
  if (number !== 0 && Math.abs(number) < 0.01) return String(Number(number.toPrecision(2)));
  const digits = number >= 100 ? 0 : number >= 10 || number === 0 ? 1 : 2;
  return String(Math.trunc(Number((number * 10 ** digits).toPrecision(12))) / 10 ** digits);
}

/** The last eight measurements of each metric, in the order the metrics were first measured. */
export function metrics(rollout) {
  const byName = new Map();
  for (const each of rollout.measurements) {
    const name = text(each.metric) || "metric";
    byName.set(name, [...(byName.get(name) ?? []), each]);
  }
  return [...byName].map(([name, all]) => ({
    words: inWords(name.replace(/[-_]ms$/, "")),
    needs: all.map(({ needs }) => needs).filter((each) => ["string", "number"].includes(typeof each)).at(-1) ?? "",
    values: all.slice(-8).map(({ value, phase }) => {
      const [mark, word] = MARKS[phase] ?? [null, inWords(text(phase) || "measured")];
      return { words: valueWords(name, value), mark, word };
    }),
  }));
}

/** The verdict: the server's sentence, else one made of what is known. */
export function verdictOf(rollout) {
  if (rollout.verdict) return rollout.verdict;
  const { name, stable, canary, weight } = rollout;
  const state = stateOf(rollout);
  const next = canary || "the new version";
  if (state === "back") return isNews(rollout) ? `${next} is rolled back to ${stable || "the old one"}` : `${name} is degraded`;
  if (state === "done") return `${stable || canary || name} serves everyone`;
  if (!isNews(rollout)) return `${name} is getting ready`;
  return weight === null ? `${next} is on its way` : `${next} gets ${weight} % of the traffic`;
}

/** All a card of the strip shows. */
export function cardOf(rollout) {
  const state = stateOf(rollout);
  const going = isNews(rollout);
  const weight = rollout.weight ?? (state === "running" ? null : 0);
  return {
    name: rollout.name, phase: rollout.phase, state, message: rollout.message, fault: rollout.fault,
    stable: rollout.stable, canary: going ? rollout.canary : "",
    // Between two releases everything is stable: a weight of 0 % or 100 % would only be a riddle.
    weight: going ? weight : null,
    verdict: verdictOf(rollout), steps: stepper(rollout), stepTitle: stepTitle(rollout), metrics: metrics(rollout),
  };
}
