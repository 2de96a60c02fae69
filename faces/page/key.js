// The key: what the faces mean, which versions serve them, and how many went well.

import { el, setText } from "./dom.js";
import { paint, tileElement } from "./grid.js";
import { happyShare, versionShares } from "./shares.js";
import { COLORS, KINDS, SMILEYS } from "./tiles.js";
import { isCanary, servedBy } from "./versions.js";

const LAST = 100;
const WINDOW_MS = 10_000;
const COUNT_MS = 100;

const ENTRIES = [
  ["happy", "served well", SMILEYS.happy, COLORS.blue],
  ["smileyFailed", "smiley failed", SMILEYS.cursing, COLORS.blue],
  ["colorFailed", "color failed", SMILEYS.happy, COLORS.grey],
  ...["faceFailed", "timedOut", "limited", "latched", "broken"].map((kind) =>
    [kind, { broken: "no usable answer", latched: "latched: stays bad" }[kind] ?? KINDS[kind].reason,
      SMILEYS[KINDS[kind].face], KINDS[kind].color]),
];

function entry([kind, words, face, color]) {
  const tile = tileElement({ "aria-hidden": "true" });
  paint(tile, { kind, face, color });
  return el("li", {}, tile, words);
}

function waiting() {
  const item = entry(["happy", "waiting > 0.5 s", SMILEYS.happy, COLORS.blue]);
  item.firstChild.classList.add("aging");
  item.firstChild.style.setProperty("--age", "0.5");
  return item;
}

function tired() {
  const item = entry(["happy", "slow", SMILEYS.happy, COLORS.blue]);
  paint(item.firstChild, { kind: "happy", face: SMILEYS.happy, color: COLORS.blue, slow: true });
  return item;
}

export class Key {
  constructor(root) {
    this.shown = "";
    this.shares = el("p", { class: "live" });
    this.bar = el("div", { class: "bar", "aria-hidden": "true" });
    root.replaceChildren(
      el("ul", { class: "faces" }, ...ENTRIES.map(entry), tired(), waiting()),
      el("div", { class: "versions-live" },
        el("h2", {}, "Served by ", el("small", {}, `last ${LAST} answers`)), this.bar, this.shares));
  }

  /** Shows the share of each version, as [[version, percent], ...]; `canaries` are the new ones among them. */
  show(shares, canaries) {
    const now = JSON.stringify([shares, ...canaries]);
    if (now === this.shown) return;
    this.shown = now;
    this.bar.replaceChildren(...shares.map(([version, percent]) =>
      el("i", { class: canaries.has(version) ? "canary" : "stable", style: { "flex-grow": percent } })));
    this.shares.replaceChildren(...shares.map(([version, percent]) => {
      const canary = canaries.has(version);
      return el("span", { class: canary ? "share canary" : "share stable" },
        `${version} `, el("b", {}, `${percent} %`), " ",
        el("small", {}, canary ? "round tiles" : "square tiles"));
    }));
  }
}

/** The answers seen so far, as far as counters and key need them. */
export class Tally {
  constructor(clock = () => performance.now()) {
    Object.assign(this, { clock, answers: [], asked: 0, failed: 0 });
  }

  add(answer) {
    const at = this.clock();
    this.asked += 1;
    this.failed += answer.happy ? 0 : 1;
    this.answers.push({ at, happy: answer.happy, versions: answer.versions, version: answer.version });
    // Not at each answer: with a large grid there are thousands a second.
    if (this.asked % LAST === 0 || this.answers.length < LAST * 2) this.forget(at);
  }

  forget(at) {
    // The first of the last hundred may be older than the window, or the other way round: both are kept.
    const old = this.answers.findIndex((each, index) =>
      each.at > at - WINDOW_MS || index >= this.answers.length - LAST);
    this.answers.splice(0, Math.max(0, old));
  }

  /** The versions that served the last hundred answers. */
  served(known) {
    return this.answers.slice(-LAST).map((answer) => servedBy(answer, known)).filter((each) => each !== null);
  }

  /** [version, percent] of each, and which of them are new. Counted ten times a second at most. */
  shares(known) {
    const now = this.clock();
    if (this.counted?.known !== known || now - this.counted.now > COUNT_MS) {
      this.counted = { known, now, ...this.count(known) };
    }
    return this.counted;
  }

  count(known) {
    const served = this.served(known);
    const seen = [...new Set(served.map(({ version }) => version))];
    const canaries = new Set(served.filter((each) => isCanary(each, known, seen)).map(({ version }) => version));
    return { shares: versionShares(served.map(({ version }) => version)), canaries, seen };
  }

  happy() {
    return happyShare(this.answers, this.clock() - WINDOW_MS);
  }
}

/** Writes the tally into the page's counters. */
export function showCounters(tally) {
  const happy = tally.happy();
  const set = (id, words) => setText(document.getElementById(id), words);
  set("happy", happy === null ? "–" : `${happy} %`);
  set("unhappy", happy === null ? "–" : `${100 - happy} %`);
  set("asked", tally.asked.toLocaleString("en"));
  set("failed", tally.failed.toLocaleString("en"));
}
