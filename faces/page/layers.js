// The three layers of progressive delivery, and what happened last in each: traffic was shifted, something was measured,
// something was decided. Pure but for the class at the end: the time (seconds since the epoch) is an argument.

import { el, setText } from "./dom.js";
import { inWords, text } from "./reading.js";
import { stateOf } from "./rollout.js";

// So long a layer is lit after something happened in it.
const LIT_S = 3;

const WORDS = { Successful: "good", Failed: "bad", Error: "error", Inconclusive: "unclear" };

function delivery({ weights, to }) {
  const last = weights.at(-1);
  if (last === undefined) return { t: null, words: "shifts traffic" };
  return { t: last[0], words: last[1] > 0 ? `${last[1]} % to ${to}` : `0 % to ${to}` };
}

function observation({ measurements }) {
  const last = measurements.at(-1);
  if (last === undefined) return { t: null, words: "measures it" };
  const together = measurements.filter(({ t }) => last.t - t < 1.5);
  const told = together.find(({ phase }) => phase === "Failed") ?? together.find(({ phase }) => phase === "Error") ?? together[0];
  return { t: last.t, words: `${inWords(text(told.metric))} ${WORDS[told.phase] ?? ""}`.trim() };
}

function decision(rollout, story) {
  const state = stateOf(rollout);
  if (story.startedAt === null) return { t: null, words: "on, or back" };
  if (state === "back" || state === "leaving") return { t: story.abortedAt, words: "back" };
  if (state === "done" || state === "unmeasured") return { t: story.endedAt, words: "promoted" };
  const last = rollout.events.findLast(({ reason, t }) =>
    ["RolloutStepCompleted", "RolloutResumed"].includes(reason) && Number.isFinite(t) && t >= story.startedAt);
  return last === undefined ? { t: story.startedAt, words: "released" } : { t: last.t, words: "goes on" };
}

/** [{name, words, lit}, ...] of Delivery, Observation and Decision. */
export function layersOf(rollout, story, now) {
  const found = { Delivery: delivery(story), Observation: observation(story), Decision: decision(rollout, story) };
  return Object.entries(found).map(([name, { t, words }]) =>
    ({ name, words: story.startedAt === null && name === "Delivery" ? "shifts traffic" : words,
      lit: t !== null && story.startedAt !== null && t >= story.startedAt && now - t < LIT_S && now >= t - LIT_S }));
}

const NONE = { Delivery: "shifts traffic", Observation: "measures it", Decision: "on, or back" };

export class Layers {
  constructor(root) {
    this.items = new Map(Object.keys(NONE).map((name) => [name, el("li", { class: "layer" },
      el("b", {}, name), " ", el("span", { class: "layer-words" }, NONE[name]))]));
    root.replaceChildren(...this.items.values());
  }

  /** `found` is {rollout, story}, or null. */
  show(found, now) {
    const layers = found === null ? Object.entries(NONE).map(([name, words]) => ({ name, words, lit: false }))
      : layersOf(found.rollout, found.story, now);
    for (const { name, words, lit } of layers) {
      const item = this.items.get(name);
      item.toggleAttribute("data-lit", lit);
      setText(item.lastChild, words);
    }
  }
}
