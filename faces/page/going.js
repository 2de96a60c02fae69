// What is going on, in words that anybody understands: the plan, what is waited for and how long, and what came of it.
// Pure: the time (seconds since the epoch, the server's) is an argument.

import { badWords, valueWords } from "./metrics.js";
import { inWords, isObject, objects, text } from "./reading.js";
import { seconds } from "./rollout.js";
import { furthest } from "./story.js";

const UNITS = { s: 1, m: 60, h: 3600 };

/** A step's pause in seconds; null for one that a person ends, and for no pause. */
export function pauseOf(step) {
  const wait = isObject(step?.pause) ? step.pause.duration : undefined;
  if (typeof wait === "number") return wait;
  const parts = [...text(wait).matchAll(/(\d+(?:\.\d+)?)\s*([smh]?)/g)];
  return parts.length === 0 ? null : parts.reduce((sum, [, amount, unit]) => sum + amount * UNITS[unit || "s"], 0);
}

function pausedSince({ events }) {
  const began = events.findLast(({ reason }) => ["RolloutPaused", "RolloutStepCompleted"].includes(reason));
  return Number.isFinite(began?.t) ? began.t : null;
}

const whole = (t) => Math.max(0, Math.ceil(t));

/** "first measurement in 12 s", "measuring now"; "" where nothing will be measured. */
export function nextWords({ metrics }, story, now) {
  const open = metrics.filter(({ run, phase }) => text(run) && ["Running", "Pending"].includes(phase));
  const next = open.map(({ nextAt }) => nextAt).filter(Number.isFinite);
  const running = open.some(({ phase, nextAt }) => phase === "Running" && !Number.isFinite(nextAt));
  if (next.length === 0) return running ? "measuring now" : "";
  const left = whole(Math.min(...next) - now);
  if (left === 0 || running) return "measuring now";
  return `${story.measurements.length === 0 ? "first" : "next"} measurement in ${left} s`;
}

/** "pause: 8 s left"; "" where nobody pauses, or nobody knows since when. */
export function pauseWords(rollout, now) {
  const pause = rollout.phase === "Paused" ? pauseOf(rollout.steps[rollout.index ?? -1]) : null;
  const since = pause === null ? null : pausedSince(rollout);
  return since === null ? "" : `pause: ${whole(since + pause - now)} s left`;
}

function starting({ canary, replicaSets, hash }) {
  const own = replicaSets.find(({ podTemplateHash }) => text(podTemplateHash) === hash);
  const [ready, wanted] = [own?.readyReplicas, own?.replicas];
  const known = Number.isInteger(ready) && Number.isInteger(wanted) && wanted > 0;
  return `${canary} is starting${known ? `: ${ready} of ${wanted} ready` : ""}`;
}

function doing(rollout) {
  const step = rollout.steps[rollout.index ?? -1];
  if (rollout.pauseReason === "InconclusiveAnalysisRun" || (rollout.phase === "Paused" && pauseOf(step) === null)) {
    return `${rollout.canary} waits for a person: promote it, or send it back`;
  }
  if (!rollout.weight) return starting(rollout);
  if (step?.analysis) return `${rollout.canary} is checked before it may go on`;
  return `watching ${rollout.canary} at ${rollout.weight} %`;
}

/** What moves while a release is out: {doing, next, pause}, each a few words, "" for what there is nothing to say of. */
export function goingOn(rollout, story, now) {
  const next = nextWords(rollout, story, now);
  const pause = pauseWords(rollout, now);
  const since = story.startedAt === null ? "" : `for ${Math.max(0, Math.floor(now - story.startedAt))} s`;
  return { doing: doing(rollout), next: next || pause || since, pause: next ? pause : "" };
}

const arrows = (steps) => steps.filter(({ setWeight }) => Number.isFinite(setWeight)).map(({ setWeight }) => `${setWeight} %`);

/** The plan of the next release: {way: "30 % → 50 % → 70 % → everybody", checks: [[metric, demand], ...], back}. */
export function planOf({ steps, metrics, stable }) {
  const checks = new Map();
  for (const metric of metrics) if (text(metric.name)) checks.set(inWords(metric.name), text(metric.demands));
  const limits = metrics.map(({ limits: each }) => (isObject(each) ? each.failure : -1)).filter((each) => each >= 0);
  const most = limits.length > 0 ? Math.max(...limits) + 1 : 0;
  const times = { 1: "once", 2: "twice" }[most] ?? `${most} times`;
  return {
    way: [...arrows(steps), "everybody"].join(" → "), checks: [...checks],
    back: most > 0 ? `Bad ${times}: back to ${stable || "the old version"}.` : "",
  };
}

/** "measured 61.5 %, at least 95 % demanded: bad 1 of 2", of a measurement and the metric that it is of. */
export function readingOf(measurement, metric) {
  const demanded = text(metric?.demands) ? `, ${metric.demands} demanded` : "";
  const word = { Successful: "good", Failed: badWords(metric ?? {}) || "bad", Inconclusive: "cannot tell yet",
    Error: "could not be measured" }[measurement.phase] ?? inWords(text(measurement.phase));
  return `measured ${valueWords(measurement)}${demanded}: ${word}`;
}

/** Why it went back: "success rate 59.7 %, at least 95 % demanded"; "" where no measurement says. */
export function whyBack({ metrics, measurements }) {
  const bad = measurements.findLast(({ phase }) => phase === "Failed") ??
    measurements.findLast(({ phase }) => phase === "Error");
  if (bad === undefined) return "";
  if (bad.phase === "Error") return `${inWords(text(bad.metric))} could not be measured`;
  const metric = objects(metrics).find(({ name, run }) => name === bad.metric && text(run) === text(bad.run)) ??
    objects(metrics).find(({ name }) => name === bad.metric);
  const demanded = text(metric?.demands) ? `, ${metric.demands} demanded` : "";
  return `${inWords(text(bad.metric))} ${valueWords(bad)}${demanded}`;
}

const capital = (words) => words.charAt(0).toUpperCase() + words.slice(1);

/** What came of a release that is over, in a sentence or three; "" of one that nobody saw. */
export function outcomeOf(rollout, story) {
  if (story.startedAt === null || story.endedAt === null) return "";
  const took = seconds(story.endedAt - story.startedAt);
  if (!rollout.aborted) return `${rollout.canary} reached everybody after ${took}.`;
  const far = furthest(story), why = whyBack(rollout);
  const got = far > 0 ? `${rollout.canary} got to ${far} % of the traffic; all of it was back after ${took}.`
    : `${rollout.canary} got no traffic.`;
  return why ? `${got} ${capital(why)}.` : got;
}

/** "132 of 1,640 visitors' requests failed." `whose` says whose they are. */
export function hurtWords({ all, failed, slow }, whose) {
  if (all === 0) return "";
  const of = `of ${all.toLocaleString("en")} ${whose}`;
  const slowly = slow > 0 ? `, ${slow.toLocaleString("en")} were slow` : "";
  return failed + slow === 0 ? `None ${of} failed.` : `${failed.toLocaleString("en")} ${of} failed${slowly}.`;
}
