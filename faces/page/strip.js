// The strip: how the rollout is doing.

import { el, icon, setText, unseen } from "./dom.js";
import { cardOf, fingerprint, pick, readRollouts, releasesOf } from "./rollout.js";

const POLL_MS = 1000;
const TONES = { running: "go", back: "back", done: "tick" };
const NOTHING = "No rollout information here.";

function verdictLine(card, several) {
  const words = several ? `${card.name}: ${card.verdict}` : card.verdict;
  return el("p", { class: "verdict", "data-state": card.state },
    el("span", { class: "tone" }, icon(TONES[card.state])),
    el("span", {}, words.replaceAll(" %", "\u00a0%")));
}

function heading({ name, stable, canary, phase, fault }) {
  const versions = canary ? `${stable || "?"} → ${canary}` : stable;
  return el("header", {},
    el("h2", {}, name, versions ? el("span", { class: "versions" }, ` ${versions}`) : ""),
    fault ? el("span", { class: "fault" }, `as ${fault}`) : null,
    phase ? el("span", { class: "phase" }, phase) : null);
}

function share(name, weight, version) {
  return el("span", { class: `share ${name}` }, el("b", {}, `${weight} %`), ` ${name}${version ? ` ${version}` : ""}`);
}

function weightBar({ stable, canary, weight }) {
  if (weight === null) return null;
  return el("div", { class: "weight" },
    el("p", { class: "number" }, `${weight} %`, el("small", {}, `of the traffic to ${canary}`)),
    el("div", { class: "split", "aria-hidden": "true" },
      el("div", { class: "bar" },
        el("i", { class: "stable", style: { "flex-grow": 100 - weight } }),
        el("i", { class: "canary", style: { "flex-grow": weight } })),
      el("div", { class: "labels" }, share("stable", 100 - weight, stable), share("canary", weight, canary))));
}

function stepItem({ words, state }) {
  const attributes = { class: "step", "data-state": state };
  if (state === "now") attributes["aria-current"] = "step";
  return el("li", attributes, state === "done" ? icon("tick") : null, words,
    state === "now" ? el("b", { class: "here" }, "now") : unseen(`, ${state}`));
}

function steps({ steps: all, stepTitle, message }, compact) {
  if (all.length === 0 && !message) return null;
  const why = message && !compact ? el("span", { class: "message", title: message }, message) : null;
  return el("div", { class: "stepper" }, el("h3", {}, el("span", {}, stepTitle), why), el("ol", {}, ...all.map(stepItem)));
}

function valueItem({ words, mark, word }) {
  return el("li", { class: "value", "data-word": word }, words, mark ? icon(mark) : null, unseen(` ${word}`));
}

function metric({ words, needs, values }) {
  const last = values.at(-1);
  return el("div", { class: "metric" },
    el("h3", {}, words, " ", el("b", {}, `${last.words} `, last.mark ? icon(last.mark) : null, ` ${last.word}`),
      needs === "" ? null : el("span", { class: "needs" }, ` needs ${needs}`)),
    el("ol", { "aria-label": `${words}, last measurements` }, ...values.map(valueItem)));
}

function metrics({ metrics: all }) {
  if (all.length === 0) return null;
  return el("div", { class: all.length > 2 ? "metrics many" : "metrics" }, ...all.map(metric));
}

function card(view, compact) {
  return el("article", { class: compact ? "rollout compact" : "rollout", "data-state": view.state },
    heading(view), weightBar(view), steps(view, compact), metrics(view));
}

export class Strip {
  /** `onReleases(releases)` hears which new versions are out, on every poll. */
  constructor(root, onReleases) {
    this.verdict = root.querySelector("#verdict");
    this.cards = root.querySelector("#rollouts");
    Object.assign(this, { root, onReleases, shown: "", prints: new Map(), changed: new Map() });
  }

  async run() {
    for (;;) {
      const next = new Promise((resolve) => { setTimeout(resolve, POLL_MS); });
      this.show(await this.poll());
      await next;
    }
  }

  async poll() {
    try {
      const url = new URL("../rollouts", import.meta.url);
      const response = await fetch(url, { cache: "no-store", signal: AbortSignal.timeout(3000) });
      return response.ok ? readRollouts(await response.json()) : [];
    } catch {
      return [];
    }
  }

  notice(rollouts) {
    for (const rollout of rollouts) {
      const print = fingerprint(rollout);
      const before = this.prints.get(rollout.name);
      if (before !== undefined && before !== print) this.changed.set(rollout.name, performance.now());
      this.prints.set(rollout.name, print);
    }
  }

  show(rollouts) {
    this.notice(rollouts);
    const cards = pick(rollouts, this.changed).map(cardOf);
    this.onReleases(releasesOf(rollouts));
    const now = JSON.stringify(cards);
    if (now === this.shown) return;
    this.shown = now;
    this.root.classList.toggle("nothing", cards.length === 0);
    this.say(cards);
    this.cards.replaceChildren(...cards.map((each) => card(each, cards.length > 1)));
  }

  say(cards) {
    if (cards.length === 0) {
      setText(this.verdict, NOTHING);
      return;
    }
    const lines = cards.map((each) => verdictLine(each, cards.length > 1));
    // A status that is rebuilt is read again: it is touched only when its words, or their tone, are new.
    const same = this.verdict.children.length === lines.length &&
      lines.every((line, index) => line.isEqualNode(this.verdict.children[index]));
    if (!same) this.verdict.replaceChildren(...lines);
  }
}
