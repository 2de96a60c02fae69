// The tiles on the screen, and the requests behind them.

import { el, icon, setText } from "./dom.js";
import { fadeOf, MOST_ELEMENTS, Mosaic } from "./mosaic.js";
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
    Object.assign(this, { root, config, context, onAnswer, clock, active: false, stream: null, streaming: false, held: false,
      past: null, mosaic: null, tiles: [] });
    this.tiles = this.build(root);
    setInterval(() => this.turn(), 25);
  }

  /** Another grid in the place of this one, if it is another: {numRows, numCols, edgeSize}. */
  resize(grid) {
    const same = ["numRows", "numCols", "edgeSize"].every((name) => this.config[name] === grid[name]);
    if (same) return;
    this.config = { ...this.config, ...grid };
    this.tiles = this.build(this.root);
  }

  /** What the tiles show now, for `showPast`. */
  moment() {
    const { known, seen } = this.context();
    return { answers: this.tiles.map(({ answer }) => answer), known, seen };
  }

  /** Shows a moment that has been; null: now. Requests go on, and are not shown until then. */
  showPast(moment) {
    if (moment === null && this.past === null) return;
    this.past = moment;
    const context = moment ?? this.context();
    this.tiles.forEach((tile, index) => {
      const answer = moment === null ? tile.answer : moment.answers[index] ?? null;
      if (answer === null) this.blank(tile);
      else this.draw(tile, answer, context);
    });
  }

  blank({ element, row, col, index }) {
    if (this.mosaic !== null) {
      this.mosaic.draw(index, null, false);
      return;
    }
    element.dataset.kind = "empty";
    element.classList.remove("aging");
    element.removeAttribute("data-slow");
    for (const name of [".face", ".time"]) setText(element.querySelector(name), "");
    for (const name of [".badge", ".mark"]) element.querySelector(name).hidden = true;
    element.setAttribute("aria-label", `row ${row + 1} column ${col + 1}: not asked yet`);
  }

  /** What a stream says of many tiles: their answers, and which of them wait. Nothing is asked for by the page now. */
  take({ answers, tiles, waiting = [] }) {
    const context = this.context();
    const read = answers.map(([status, body]) => readAnswer({ status, body }));
    const said = answers.map((each) => each.join(" "));
    for (const [index, number, ms] of tiles) {
      const tile = this.tiles[index];
      if (!tile || !read[number]) continue;
      tile.askedAt = null;
      // Painted anew where the answer is another one, or while it looked its age; most are as they were.
      const answer = timed({ ...read[number], ms }, context.limit);
      const same = tile.said === said[number] && tile.answer.slow === answer.slow && !tile.aging;
      tile.said = said[number];
      tile.answer = answer;
      this.onAnswer(tile.answer);
      if (!same) this.show(tile, context);
      else if (this.past === null) this.showTime(tile);
    }
    for (const [index, ms] of waiting) if (this.tiles[index]) this.tiles[index].askedAt = this.clock() - ms;
  }

  /** Whether a stream says what the tiles are; what waited for it waits no more. */
  streams(on) {
    if (this.streaming === on) return;
    this.streaming = on;
    for (const tile of this.tiles) tile.askedAt = null;
    if (!on && this.active) this.spread();
  }

  build(root) {
    const { numRows, numCols } = this.config;
    const count = numRows * numCols;
    root.style.setProperty("--rows", numRows);
    root.style.setProperty("--cols", numCols);
    root.classList.toggle("dense", count > MOST_ELEMENTS);
    for (const tile of this.tiles) tile.gone = true;
    this.mosaic?.end();
    this.mosaic = count > MOST_ELEMENTS ? new Mosaic(root, { rows: numRows, cols: numCols }) : null;
    const tiles = Array.from({ length: count }, (_, index) => {
      const [row, col] = [Math.floor(index / numCols), index % numCols];
      const ring = isEdge(row, col, this.config) ? "edge" : "center";
      const url = new URL(`face/${ring}/?row=${row}&col=${col}`, document.baseURI);
      const element = this.mosaic !== null ? null
        : tileElement({ role: "img", "aria-label": `row ${row + 1} column ${col + 1}: not asked yet`, "data-ring": ring });
      return { index, row, col, url, element, due: 0, askedAt: null, answer: null, said: null, served: null, canary: false,
        aging: false, gone: false };
    });
    if (this.mosaic === null) root.replaceChildren(...tiles.map(({ element }) => element));
    return tiles;
  }

  /** Tiles come from this stream from now on, as long as it has any; else they are asked for one by one. */
  follow(stream) {
    this.stream = stream;
  }

  start() {
    this.spread();
    this.active = true;
    this.stream?.start();
    this.streams(this.stream !== null);
  }

  spread() {
    const times = firstTimes(this.tiles.length, this.clock());
    this.tiles.forEach((tile, index) => { tile.due = times[index]; });
  }

  stop() {
    this.active = false;
    this.stream?.stop();
  }

  turn() {
    const now = this.clock();
    if (this.active && !this.streaming) mayAsk(this.tiles, now).forEach((tile) => this.ask(tile));
    if (this.held || this.past !== null) return; // the picture stands still
    for (const tile of this.tiles) this.age(tile, now);
  }

  async ask(tile) {
    tile.askedAt = this.clock();
    tile.due = nextTime(tile.due, tile.askedAt);
    tile.element?.toggleAttribute("data-asking", true);
    const answer = readAnswer(await this.fetch(tile));
    if (this.streaming || tile.gone) return; // the stream knows better
    tile.askedAt = null;
    tile.said = null;
    tile.answer = answer;
    this.onAnswer(answer);
    this.show(tile);
    tile.element?.toggleAttribute("data-asking", false);
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

  show(tile, context = this.context()) {
    tile.answer = timed(tile.answer, context.limit);
    tile.served = servedBy(tile.answer, context.known);
    tile.canary = isCanary(tile.served, context.known, context.seen);
    if (this.past === null) this.draw(tile, tile.answer, context);
  }

  draw(tile, answer, context) {
    tile.aging = false;
    if (this.mosaic !== null) {
      this.mosaic.draw(tile.index, answer, isCanary(servedBy(answer, context.known), context.known, context.seen));
      return;
    }
    paint(tile.element, answer);
    tile.element.classList.remove("aging");
    this.label(tile, answer, context);
    this.showTime(tile, answer);
  }

  showTime(tile, answer = tile.answer) {
    const { element } = tile;
    if (element === null) return; // too small for it to be read
    const pod = this.config.showPods ? answer.pods[tile.served?.workload ?? "smiley"] : undefined;
    setText(element.querySelector(".time"), pod ? shortPod(pod) : `${Math.round(answer.ms)} ms`);
  }

  /** Says on a tile which version served that answer, as far as that is known now. */
  label(tile, answer, { known, seen }) {
    const { element } = tile;
    const served = servedBy(answer, known);
    element.dataset.version = isCanary(served, known, seen) ? "canary" : "stable";
    element.setAttribute("aria-label", nameOf(tile, answer, served));
    const badge = element.querySelector(".badge");
    badge.hidden = !served;
    setText(badge, served?.version ?? "");
  }

  /** The same of all tiles, once more is known. */
  relabel() {
    const context = this.context();
    for (const tile of this.tiles) if (tile.answer) this.show(tile, context);
  }

  age(tile, now) {
    const waited = tile.askedAt === null ? 0 : now - tile.askedAt;
    if (waited < AGING_MS) return;
    tile.aging = true;
    if (this.mosaic !== null) {
      this.mosaic.fade(tile.index, fadeOf(waited, AGING_MS));
      return;
    }
    tile.element.classList.add("aging");
    tile.element.style.setProperty("--age", Math.min(1, waited / 2000).toFixed(2));
    setText(tile.element.querySelector(".time"), `${(waited / 1000).toFixed(1)} s …`);
  }
}
