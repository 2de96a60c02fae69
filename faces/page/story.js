// What has happened in one release so far: from the rollout's own events, and where it has none, from what this page saw
// of it. Pure: the time (seconds since the epoch, the server's) is an argument.

import { text } from "./reading.js";

// A page that stays open for a day remembers no more than this.
const MOST_MEASUREMENTS = 600, MOST_WEIGHTS = 100;

/** The same for each view of one release, and another for the next one. */
export const keyOf = ({ name, hash, canary }) => JSON.stringify([name, hash, canary]);

export const isGoing = ({ canary, stable }) => canary !== "" && canary !== stable;

function fresh(rollout, now) {
  return {
    key: keyOf(rollout), name: rollout.name, from: rollout.stable, to: rollout.canary,
    startedAt: isGoing(rollout) ? now : null, seen: [], weights: [], measurements: [], reached: 0,
    abortedAt: null, endedAt: null,
  };
}

const timed = (events) => events.filter(({ t }) => Number.isFinite(t));

function startOf(events, revision, otherwise) {
  const began = events.findLast(({ reason, message }) =>
    reason === "RolloutUpdated" && text(message).endsWith(` revision ${revision}`));
  return began?.t ?? otherwise;
}

function weightsIn(events) {
  return events.filter(({ reason }) => reason === "TrafficWeightUpdated")
    .map(({ t, message }) => [t, /to (\d+)$/.exec(text(message))])
    .filter(([, found]) => found !== null).map(([t, found]) => [t, Number(found[1])]);
}

// By run, metric and time, not by their number: a server keeps only the last few of each.
function measured(before, now) {
  const key = ({ run, metric, t }) => JSON.stringify([run, metric, t]);
  const known = new Set(before.map(key));
  const more = now.filter((each) => Number.isFinite(each.t) && !known.has(key(each)));
  return more.length === 0 ? before : [...before, ...more].sort((a, b) => a.t - b.t).slice(-MOST_MEASUREMENTS);
}

function reachedIn(events) {
  return events.filter(({ reason }) => reason === "RolloutStepCompleted")
    .map(({ message }) => Number(/step (\d+)\//.exec(text(message))?.[1] ?? 0)).reduce((a, b) => Math.max(a, b), 0);
}

function weights(told, seen, startedAt) {
  const later = told.length > 0 ? seen.filter(([t]) => t > told.at(-1)[0]) : seen;
  const all = [...told, ...later].filter(([t]) => startedAt === null || t >= startedAt - 1);
  return all.filter(([, weight], index) => index === 0 || all[index - 1][1] !== weight).slice(-MOST_WEIGHTS);
}

/** The story of `rollout`, once more was seen of it. `before` is the story so far, or null.
 *
 * {key, name, from, to, startedAt, weights: [[t, percent], ...], measurements, reached, abortedAt, endedAt}: `reached` is
 * how many steps were completed, `endedAt` when all traffic was on one version again. */
export function remember(before, rollout, now) {
  const story = before !== null && before.key === keyOf(rollout) ? before : carried(before, rollout, now);
  const events = timed(rollout.events);
  const startedAt = story.startedAt === null && !isGoing(rollout) ? null
    : startOf(events, rollout.revision, story.startedAt ?? now);
  const since = events.filter(({ t }) => startedAt !== null && t >= startedAt - 0.001);
  const last = story.seen.at(-1);
  const seen = rollout.weight === null || last?.[1] === rollout.weight ? story.seen
    : [...story.seen, [now, rollout.weight]].slice(-MOST_WEIGHTS);
  const reached = rollout.aborted ? 0 : rollout.index ?? 0;
  const ended = startedAt !== null && (rollout.weight ?? 0) === 0 && (rollout.aborted || !isGoing(rollout));
  const found = weights(weightsIn(since), seen, startedAt);
  return {
    ...story, startedAt, seen, weights: found,
    measurements: measured(story.measurements, rollout.measurements),
    reached: Math.max(story.reached, reached, reachedIn(since)),
    abortedAt: since.findLast(({ reason }) => reason === "RolloutAborted")?.t ??
      (rollout.aborted ? story.abortedAt ?? now : null),
    endedAt: ended ? story.endedAt ?? endOf(since, rollout, found, now) : null,
  };
}

// Promoted, a release's new version is stable's: its story goes on under the same version.
function carried(before, rollout, now) {
  const same = before !== null && before.name === rollout.name && before.to === rollout.canary && !isGoing(rollout);
  return same ? { ...before, key: keyOf(rollout) } : fresh(rollout, now);
}

function endOf(events, rollout, found, now) {
  if (rollout.aborted) {
    const back = found.at(-1);
    return back !== undefined && back[1] === 0 && found.length > 1 ? back[0] : now;
  }
  return events.findLast(({ reason }) => reason === "RolloutCompleted")?.t ?? now;
}

/** The canary's highest share of the traffic, in percent. */
export const furthest = ({ weights: all }) => all.reduce((most, [, weight]) => Math.max(most, weight), 0);

/** The canary's share of the traffic at that time, in percent; 0 before the release. */
export function weightAt({ weights: all }, t) {
  return all.findLast(([since]) => since <= t)?.[1] ?? 0;
}

/** The last measurement of each metric at that time. */
export function measuredAt({ measurements }, t) {
  const last = new Map();
  for (const each of measurements) if (each.t <= t) last.set(text(each.metric), each);
  return [...last.values()];
}
