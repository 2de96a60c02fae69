// What the strip says of a rollout. Pure: from the JSON of /faces/rollouts to words. All numbers come with their words
// from the server, and so does the verdict: nothing is guessed here.

import { metricLines } from "./metrics.js";
import { integer, inWords, isObject, objects, text } from "./reading.js";

// Between two releases nothing changes; a change stays on the strip so long beside those that are in progress.
const LATELY_MS = 60_000;
// As long as git's own short ones, and as the verdict of the server has them.
const SHORT_COMMIT = 7;

// What moves, before what does not; null for what is at rest.
const RANKS = { running: 0, trouble: 1, leaving: 2, back: 3, unmeasured: null, done: null };

/** A rollout as JSON with each missing or odd field made harmless; null when it has no name. */
export function readRollout(json) {
  if (!isObject(json) || !text(json.name)) return null;
  return {
    name: json.name, phase: text(json.phase), message: text(json.message), verdict: text(json.verdict),
    stable: text(json.stableVersion), canary: text(json.canaryVersion), aborted: json.aborted === true,
    unmeasured: json.unmeasured === true, revision: integer(json.revision, 0), index: integer(json.currentStepIndex, null),
    steps: objects(json.steps), metrics: objects(json.metrics), measurements: objects(json.measurements),
    weight: isObject(json.weights) && Number.isFinite(json.weights.canary) ? json.weights.canary : null,
    fault: isObject(json.release) ? text(json.release.fault) : "", hash: text(json.currentPodHash),
    commit: isObject(json.delivery) ? text(json.delivery.commit) : "",
    pauseReason: text(json.pauseReason), events: objects(json.events), replicaSets: objects(json.replicaSets),
  };
}

export function readRollouts(json) {
  return isObject(json) ? objects(json.rollouts).map(readRollout).filter((each) => each !== null) : [];
}

/** Where a rollout stands: "running"; "trouble" (degraded, and not aborted); "leaving" (aborted, and its new version still
 * has traffic); "back" (aborted, all traffic is stable's); "unmeasured" (promoted, and nobody knows whether it is good);
 * "done" (nothing between stable and canary). */
export function stateOf({ aborted, phase, weight, unmeasured }) {
  if (aborted) return weight > 0 ? "leaving" : "back";
  if (phase === "Degraded") return "trouble";
  if (phase === "Progressing" || phase === "Paused") return "running";
  return unmeasured ? "unmeasured" : "done";
}

/** Whether something of it is under way. */
export const moves = (rollout) => ["running", "trouble", "leaving"].includes(stateOf(rollout));

/** What tiles have to know of the rollouts. */
export function releasesOf(rollouts) {
  return rollouts.map((rollout) =>
    ({ name: rollout.name, stable: rollout.stable, canary: rollout.canary, rank: RANKS[stateOf(rollout)] }));
}

/** A short text that differs when the rollout moved: used to know which rollout changed, and when. */
export function fingerprint({ name, phase, revision, index, aborted, canary, stable, weight }) {
  return JSON.stringify([name, phase, revision, index, aborted, canary, stable, weight > 0]);
}

/** Those to show: all in progress and all that changed lately, but for what has just started, else the one that changed
 * last. `changed` maps a name to when the rollout was seen to change (ms, as `now`). */
export function pick(rollouts, changed, now) {
  const lately = ({ name, revision }) => revision > 1 && changed.has(name) && now - changed.get(name) < LATELY_MS;
  const shown = rollouts.filter((rollout) => moves(rollout) || lately(rollout));
  return shown.length > 0 || rollouts.length === 0 ? shown : [rollouts.reduce((a, b) => (isLater(b, a, changed) ? b : a))];
}

// The one that is told of where nothing was released yet, and all are alike: a talk begins with it.
const FIRST = "smiley";

// One that goes out step by step has a plan to tell; that one has just started says nothing of a release.
function isLater(one, other, changed) {
  const when = (rollout) => [
    rollout.steps.length > 0 ? 1 : 0, rollout.revision > 1 ? changed.get(rollout.name) ?? 0 : 0,
    stateOf(rollout) === "done" ? 0 : 1, rollout.measurements.at(-1)?.t ?? 0, rollout.revision, rollout.name === FIRST ? 1 : 0];
  const at = when(one).findIndex((value, index) => value !== when(other)[index]);
  return at >= 0 && when(one)[at] > when(other)[at];
}

/** "22.7 s", "1 min 20 s": how long something took. */
export function seconds(value) {
  if (value < 60) return `${(Math.round(value * 10) / 10).toFixed(1).replace(/\.0$/, "")} s`;
  return `${Math.floor(value / 60)} min ${Math.floor(value % 60)} s`;
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
    return ["number", "string"].includes(typeof wait) ? `watch ${duration(wait)}` : "wait for a person";
  }
  if ("analysis" in step) return "check";
  return inWords(Object.keys(step)[0] ?? "step");
}

const givenUp = (state) => state === "back" || state === "leaving";
const atRest = (state) => state === "done" || state === "unmeasured";

/** Each step as {words, state}, state being done, now, to come; after an abort reached, ended here or not reached. `reached`
 * is how many steps are known to have been completed. */
export function stepper(rollout, reached = 0) {
  const state = stateOf(rollout);
  const at = rollout.index ?? (atRest(state) ? rollout.steps.length : 0);
  return rollout.steps.map((step, index) => {
    if (givenUp(state)) return { words: stepWords(step), state: afterwards(index, reached) };
    const where = index < at || atRest(state) ? "done" : "to come";
    return { words: stepWords(step), state: index === at && !atRest(state) ? "now" : where };
  });
}

function afterwards(index, reached) {
  if (index < reached) return "reached";
  return index === reached && reached > 0 ? "ended here" : "not reached";
}

/** "Step 2 of 6", or what became of the steps. */
export function stepTitle(rollout, reached = 0) {
  const state = stateOf(rollout);
  const all = rollout.steps.length;
  if (all === 0) return "";
  if (givenUp(state)) return reached > 0 ? `Ended at step ${Math.min(reached + 1, all)} of ${all}` : "Steps given up";
  if (atRest(state)) return "All steps done";
  return `Step ${Math.min((rollout.index ?? 0) + 1, all)} of ${all}`;
}

/** What it does, in one or two words that are not Argo's. */
export function stageOf(rollout) {
  const words = { trouble: "in trouble", leaving: "going back", back: "rolled back", unmeasured: "unmeasured", done: "at rest" };
  const state = stateOf(rollout);
  if (state !== "running") return words[state];
  if (!rollout.weight) return "starting";
  return rollout.pauseReason === "InconclusiveAnalysisRun" ? "waiting" : "watching";
}

/** The server's sentence; without one, what else it says. */
export function verdictOf({ name, verdict, phase, message }) {
  if (verdict) return verdict;
  const known = [phase, message].filter((each) => each !== "").join(": ");
  return known ? `${name} is ${known}` : name;
}

// Argo's reason is for who knows Argo: it is shown where nothing else says why.
function messageOf({ message, measurements }, state, verdict) {
  if (state === "running" || atRest(state) || verdict.includes(message)) return "";
  return givenUp(state) && measurements.some(({ phase }) => phase === "Failed") ? "" : message;
}

/** All a card of the strip shows. `reached` is how many steps are known to have been completed. */
export function cardOf(rollout, reached = 0) {
  const state = stateOf(rollout);
  const going = rollout.canary !== "" && rollout.canary !== rollout.stable;
  const verdict = verdictOf(rollout);
  return {
    name: rollout.name, stage: rollout.phase ? stageOf(rollout) : "", state, fault: rollout.fault,
    commit: rollout.commit.slice(0, SHORT_COMMIT),
    stable: rollout.stable, canary: going ? rollout.canary : "",
    // Between two releases everything is stable: a weight of 0 % or 100 % would only be a riddle.
    weight: going ? rollout.weight ?? (state === "running" ? null : 0) : null,
    verdict, message: messageOf(rollout, state, verdict),
    steps: stepper(rollout, reached), stepTitle: stepTitle(rollout, reached),
    metrics: metricLines(rollout).map((line) => ({
      ...line, none: givenUp(state) || atRest(state) ? "not measured" : "not measured yet",
      // Why a release was given up is in the rollout's own message: an error need not be told twice.
      message: givenUp(state) ? "" : line.message,
    })),
  };
}
