// The strip: how the rollouts are doing.

import { el, icon, setText, unseen } from "./dom.js";
import { goingOn, outcomeOf, planOf } from "./going.js";
import { isObject, text } from "./reading.js";
import { cardOf, fingerprint, moves, pick, readRollouts, releasesOf, stateOf } from "./rollout.js";
import { isGoing, remember } from "./story.js";

const POLL_MS = 1000;
const TICK_MS = 250;
const TONES = { running: "go", trouble: "warn", leaving: "back", back: "back", unmeasured: "what", done: "tick" };
const UNAVAILABLE = "Rollout status is unavailable.";
const NONE = "There are no rollouts here.";

function verdictLine(card, several) {
  const words = several ? `${card.name}: ${card.verdict}` : card.verdict;
  return el("p", { class: "verdict", "data-state": card.state },
    el("span", { class: "tone" }, icon(TONES[card.state])), el("span", {}, words.replaceAll(" %", "\u00a0%")));
}

function heading({ name, stable, canary, stage, fault, commit }) {
  const versions = canary ? `${stable || "?"} → ${canary}` : stable;
  return el("header", {},
    el("h2", {}, name, versions ? el("span", { class: "versions" }, ` ${versions}`) : ""),
    fault ? el("span", { class: "fault" }, `as ${fault}`) : null,
    commit ? el("span", { class: "commit" }, "by commit ", el("code", {}, commit)) : null,
    stage ? el("span", { class: "phase" }, stage) : null);
}

// What counts down is written by tick(), in these elements: the card itself stays as it is.
function going({ name, moving, outcome, plan }) {
  const told = { "data-rollout": name };
  if (moving) {
    return el("div", { class: "going" },
      el("p", { class: "next", ...told }), el("p", { class: "doing", ...told }), el("p", { class: "pause", ...told }));
  }
  if (plan) return planned(plan);
  return outcome ? el("p", { class: "outcome" }, outcome, " ", el("span", { class: "hurt", ...told })) : null;
}

function planned({ way, checks, back }) {
  const demands = checks.map(([name, demand]) => el("li", {}, name, demand ? el("b", {}, ` ${demand}`) : ""));
  return el("div", { class: "plan" },
    el("p", {}, el("span", { class: "plan-name" }, "A new version gets "), el("b", { class: "way" }, way)),
    demands.length > 0 ? el("p", { class: "checked" }, "Checked on the way, on real requests:") : null,
    demands.length > 0 ? el("ul", {}, ...demands) : null, back ? el("p", { class: "goes-back" }, back) : null);
}

function share(name, weight, version) {
  return el("span", { class: `share ${name}` }, el("b", {}, `${weight} %`), ` ${name}${version ? ` ${version}` : ""}`);
}

function weightBar({ stable, canary, weight, state }) {
  if (weight === null) return null;
  return el("div", { class: "weight" },
    el("p", { class: "number" }, `${weight} %`,
      el("small", {}, `of the traffic ${state === "leaving" ? "still goes to" : "to"} ${canary}`)),
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

function steps({ steps: all, stepTitle, message }) {
  if (all.length === 0 && !message) return null;
  const why = message ? el("span", { class: "message" }, message) : null;
  return el("div", { class: "stepper" },
    el("h3", {}, el("span", {}, stepTitle), why), all.length > 0 ? el("ol", {}, ...all.map(stepItem)) : null);
}

function valueItem({ words, mark, word }) {
  return el("li", { class: "value", "data-word": word }, words, mark ? icon(mark) : null, unseen(` ${word}`));
}

function metric({ words, demands, bad, values, none, message }) {
  const last = values.at(-1);
  const measured = last === undefined ? el("span", { class: "none" }, none)
    : el("b", { "data-word": last.word }, last.words, " ", last.mark ? icon(last.mark) : null,
      el("span", { class: last.mark ? "word" : "" }, ` ${last.word}`));
  const limits = [demands, bad].filter((each) => each !== "")
    .map((each) => el("span", { class: each === bad ? "bad" : "demands" }, each));
  return el("div", { class: "metric", "data-word": last?.word ?? "" },
    el("h3", {}, el("span", { class: "name" }, words), " ", measured),
    limits.length > 0 ? el("p", { class: "limits" }, ...limits) : null,
    values.length > 0 ? el("ol", { "aria-label": `${words}, last measurements` }, ...values.map(valueItem)) : null,
    message ? el("p", { class: "message" }, message) : null);
}

// The first is the one to speak of: one that is bad, if there is one. Of many, the others are small.
const FEW = 2;
const isBad = ({ values }) => ["bad", "error"].includes(values.at(-1)?.word);

function metrics({ metrics: all }) {
  if (all.length === 0) return null;
  return el("div", { class: all.length > FEW ? "metrics many" : "metrics" }, ...all.filter(isBad).map(metric), ...all.filter((each) => !isBad(each)).map(metric));
}

function card(view, compact) {
  return el("article", { class: compact ? "rollout compact" : "rollout", "data-state": view.state },
    heading(view), weightBar(view), going(view), ...(view.plan === null ? [steps(view), metrics(view)] : []));
}

/** Waits that long, or until `wake` is called. */
function nap(milliseconds) {
  let wake;
  const over = new Promise((resolve) => { wake = resolve; });
  const timer = setTimeout(wake, milliseconds);
  return { over, wake: () => { clearTimeout(timer); wake(); } };
}

export class Strip {
  /** `onPoll(releases, asked)` hears of every poll what tiles have to know, and which versions were asked for. */
  constructor(root, onPoll, clock) {
    this.verdict = root.querySelector("#verdict");
    this.cards = root.querySelector("#rollouts");
    Object.assign(this, {
      root, onPoll, clock, shown: "", prints: new Map(), changed: new Map(), pause: null, unknown: new Map(),
      stories: new Map(), picked: [], visitors: null, hurt: () => "", onShown: () => {}, reason: "", past: null,
    });
    setInterval(() => this.tick(), TICK_MS);
  }

  async run() {
    for (;;) {
      const asked = [...this.unknown.values()];
      this.pause = nap(POLL_MS);
      const { rollouts, reason } = await this.poll();
      this.onPoll(releasesOf(rollouts), asked);
      if (rollouts.length > 0) for (const each of asked) this.unknown.delete(JSON.stringify(each));
      this.show(rollouts, reason);
      await this.pause.over;
    }
  }

  /** Asks at once for versions ({workload, version}) of which nobody has told yet. */
  ask(versions) {
    for (const each of versions) {
      const key = JSON.stringify(each);
      if (this.unknown.has(key)) continue;
      this.unknown.set(key, each);
      this.pause?.wake();
    }
  }

  async poll() {
    try {
      const url = new URL("rollouts", document.baseURI);
      const response = await fetch(url, { cache: "no-store", signal: AbortSignal.timeout(3000) });
      const json = await response.json();
      if (isObject(json)) this.take(json);
      const reason = isObject(json) ? text(json.reason) : "";
      return response.ok ? { rollouts: readRollouts(json), reason: reason || NONE }
        : { rollouts: [], reason: reason || UNAVAILABLE };
    } catch {
      return { rollouts: [], reason: UNAVAILABLE };
    }
  }

  /** What is not about a single rollout: the server's time, and what visitors saw. */
  take(json) {
    this.clock.set(json);
    this.visitors = Array.isArray(json.visitors) ? json.visitors : null;
  }

  /** The release that the page tells of: {rollout, story}; null where there is none. */
  subject({ picked, stories } = this) {
    const rollout = picked.find(moves) ?? picked[0];
    return rollout === undefined ? null : { rollout, story: stories.get(rollout.name) };
  }

  /** The same of the moment that it shows. */
  shownSubject() {
    return this.subject(this.past ?? this);
  }

  /** What it tells of now, for `showPast`. */
  moment() {
    return { picked: this.picked, stories: new Map(this.stories), reason: this.reason };
  }

  /** Tells of a moment that has been, at the time `t`; null: of now. It is not spoken: the slider says what it shows. */
  showPast(moment, t) {
    if (moment === null && this.past === null) return;
    this.past = moment === null ? null : { ...moment, t };
    this.verdict.setAttribute("aria-live", moment === null ? "polite" : "off");
    this.draw();
    this.tick();
  }

  tick() {
    const { picked, stories } = this.past ?? this;
    const now = this.past?.t ?? this.clock.now();
    for (const rollout of picked) {
      const story = stories.get(rollout.name);
      const said = { ...goingOn(rollout, story, now), hurt: this.hurt(story, now) };
      for (const [name, words] of Object.entries(said)) {
        for (const element of this.cards.querySelectorAll(`.${name}`)) {
          if (element.dataset.rollout === rollout.name) setText(element, words);
        }
      }
    }
  }

  /** A rollout's card, with what is known from its story. */
  view(rollout, stories) {
    const story = stories.get(rollout.name);
    return {
      ...cardOf(rollout, story.reached), moving: moves(rollout), outcome: moves(rollout) ? "" : outcomeOf(rollout, story),
      plan: isGoing(rollout) || rollout.measurements.length > 0 ? null : planOf(rollout),
    };
  }

  notice(rollouts) {
    for (const rollout of rollouts) {
      this.stories.set(rollout.name, remember(this.stories.get(rollout.name) ?? null, rollout, this.clock.now()));
      const print = fingerprint(rollout);
      const before = this.prints.get(rollout.name);
      // At first sight nobody knows when it changed: one that went wrong is worth a look.
      const news = before === undefined ? stateOf(rollout) === "back" : before !== print;
      if (news) this.changed.set(rollout.name, performance.now());
      this.prints.set(rollout.name, print);
    }
  }

  show(rollouts, reason) {
    this.notice(rollouts);
    this.picked = pick(rollouts, this.changed, performance.now());
    this.reason = reason;
    this.onShown(this.picked);
    this.draw();
  }

  draw() {
    const { picked, stories, reason } = this.past ?? this;
    const cards = picked.map((rollout) => this.view(rollout, stories));
    const now = JSON.stringify([cards, reason]);
    if (now === this.shown) return;
    this.shown = now;
    this.root.classList.toggle("nothing", cards.length === 0);
    this.say(cards, reason);
    this.cards.replaceChildren(...cards.map((each) => card(each, cards.length > 1)));
    this.tick();
  }

  say(cards, reason) {
    if (cards.length === 0) {
      setText(this.verdict, reason);
      return;
    }
    const lines = cards.map((each) => verdictLine(each, cards.length > 1));
    // A status that is rebuilt is read again: it is touched only when its words, or their tone, are new.
    const same = this.verdict.children.length === lines.length &&
      lines.every((line, index) => line.isEqualNode(this.verdict.children[index]));
    if (!same) this.verdict.replaceChildren(...lines);
  }
}
