// The tiles on the screen, and the requests behind them.

import { el, icon, setText } from "./dom.js";
import { AGING_MS, LIMIT_MS, firstTimes, isEdge, mayAsk, nextTime } from "./pace.js";
import { inkOn, KINDS, nameOf, readAnswer, timed } from "./tiles.js";
import { isCanary, servedBy } from "./versions.js";

/** The element of a tile, empty. */
export function tileElement(attributes = {}) {
  return el("div", { class: "tile", "data-kind": "empty", ...attributes },
    el("div", { class: "shape" }, el("span", { class: "face" }), el("span", { class: "time" })),
    el("span", { class: "badge", hidden: "" }),
    el("span", { class: "mark", hidden: "" }));
}

/** Shows a kind's face, colour and mark on a tile's element. */
export function paint(element, { kind, face, color, slow = false }) {
  const shape = element.querySelector(".shape");
  element.dataset.kind = kind;
  element.toggleAttribute("data-slow", slow);
  shape.style.setProperty("--tile", color);
  shape.style.setProperty("--tile-ink", inkOn(color));
  setText(element.querySelector(".face"), face);
  const mark = element.querySelector(".mark");
  const sign = KINDS[kind].icon ?? (slow ? "slow" : null);
  mark.hidden = sign === null;
  if (mark.dataset.icon !== String(sign)) {
    mark.dataset.icon = String(sign);
    mark.replaceChildren(...(sign ? [icon(sign)] : []));
  }
}

// A pod's name ends in the five letters that tell it from the others of its ReplicaSet.
function shortPod(name) {
  return name.split("-").at(-1).slice(-5);
}

export class Grid {
  /** `onAnswer(answer)` hears every answer; `context()` gives {known, seen, headers}. */
  constructor(root, config, { context, onAnswer, clock = () => performance.now() }) {
    Object.assign(this, { config, context, onAnswer, clock, active: false });
    this.tiles = this.build(root);
    setInterval(() => this.turn(), 25);
  }

  build(root) {
    const { numRows, numCols } = this.config;
    root.style.setProperty("--rows", numRows);
    root.style.setProperty("--cols", numCols);
    const tiles = Array.from({ length: numRows * numCols }, (_, index) => {
      const [row, col] = [Math.floor(index / numCols), index % numCols];
      const ring = isEdge(row, col, this.config) ? "edge" : "center";
      const label = `row ${row + 1} column ${col + 1}: not asked yet`;
      const element = tileElement({ role: "img", "aria-label": label, "data-ring": ring });
      const url = new URL(`face/${ring}/?row=${row}&col=${col}`, document.baseURI);
      return { row, col, url, element, due: 0, askedAt: null, answer: null, served: null, canary: false };
    });
    root.replaceChildren(...tiles.map(({ element }) => element));
    return tiles;
  }

  start() {
    const times = firstTimes(this.tiles.length, this.clock());
    this.tiles.forEach((tile, index) => { tile.due = times[index]; });
    this.active = true;
  }

  stop() {
    this.active = false;
  }

  turn() {
    const now = this.clock();
    if (this.active) mayAsk(this.tiles, now).forEach((tile) => this.ask(tile));
    for (const tile of this.tiles) this.age(tile, now);
  }

  async ask(tile) {
    tile.askedAt = this.clock();
    tile.due = nextTime(tile.due, tile.askedAt);
    tile.element.toggleAttribute("data-asking", true);
    const answer = readAnswer(await this.fetch(tile));
    tile.askedAt = null;
    tile.answer = answer;
    this.onAnswer(answer);
    this.show(tile);
    tile.element.toggleAttribute("data-asking", false);
  }

  async fetch(tile) {
    const elapsed = () => this.clock() - tile.askedAt;
    try {
      const signal = AbortSignal.timeout(LIMIT_MS);
      const response = await fetch(tile.url, { cache: "no-store", headers: this.context().headers, signal });
      return { status: response.status, body: await response.text(), ms: elapsed() };
    } catch (error) {
      return { error: error.name === "TimeoutError" ? "timeout" : "network", ms: elapsed() };
    }
  }

  show(tile) {
    const context = this.context();
    tile.answer = timed(tile.answer, context.limit);
    const { element, answer } = tile;
    paint(element, answer);
    this.label(tile, context);
    const pod = this.config.showPods ? answer.pods[tile.served?.workload ?? "smiley"] : undefined;
    setText(element.querySelector(".time"), pod ? shortPod(pod) : `${Math.round(answer.ms)} ms`);
    element.classList.remove("aging");
  }

  /** Says on a tile which version served it, as far as that is known now. */
  label(tile, { known, seen }) {
    const { element, answer } = tile;
    tile.served = servedBy(answer, known);
    tile.canary = isCanary(tile.served, known, seen);
    element.dataset.version = tile.canary ? "canary" : "stable";
    element.setAttribute("aria-label", nameOf(tile, answer, tile.served));
    const badge = element.querySelector(".badge");
    badge.hidden = !tile.served;
    setText(badge, tile.served?.version ?? "");
  }

  /** The same of all tiles, once more is known. */
  relabel() {
    const context = this.context();
    for (const tile of this.tiles) if (tile.answer) this.label(tile, context);
  }

  age(tile, now) {
    const waited = tile.askedAt === null ? 0 : now - tile.askedAt;
    if (waited < AGING_MS) return;
    tile.element.classList.add("aging");
    tile.element.style.setProperty("--age", Math.min(1, waited / 2000).toFixed(2));
    setText(tile.element.querySelector(".time"), `${(waited / 1000).toFixed(1)} s …`);
  }
}
