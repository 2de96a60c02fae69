// What the page says of one moment of a release that is over. Pure.

import { readingOf } from "./going.js";
import { inWords, text } from "./reading.js";
import { measuredAt, weightAt } from "./story.js";

const metricOf = (metrics, { metric, run }) =>
  metrics.find((each) => each.name === metric && text(each.run) === text(run)) ?? metrics.find(({ name }) => name === metric);

/** "+18 s: v2 had 30 %; success rate measured 61.5 %, ...; 5 of 40 requests failed": the state at that time. */
export function momentWords({ metrics }, story, t, counted) {
  const since = Math.round(t - story.startedAt);
  const weight = weightAt(story, t);
  const when = `${since < 0 ? "−" : "+"}${Math.abs(since)} s`;
  const share = weight > 0 ? `${story.to} had ${weight} %` : `${story.from} had everything`;
  const last = measuredAt(story, t);
  const bad = last.filter(({ phase }) => phase === "Failed").concat(last.filter(({ phase }) => phase === "Error"));
  const told = bad[0] ?? last.find(({ metric }) => metric === metrics[0]?.name) ?? last[0];
  const measured = told === undefined ? "not measured yet"
    : `${inWords(text(told.metric))} ${readingOf(told, metricOf(metrics, told))}`;
  const failed = counted.all > 0 ? [`${counted.failed} of ${counted.all} requests failed in that second`] : [];
  return [`${when}: ${share}`, measured, ...failed].join("; ");
}
