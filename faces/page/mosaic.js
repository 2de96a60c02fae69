// A grid of more tiles than a browser can lay out twice a second: one picture, in which each tile is a stamp that was
// drawn before. A tile looks as an element does, as far as its few pixels let it: round for a canary, hatched and
// crossed for a failure, pale while it waits.

import { inkOn } from "./tiles.js";

/** So many tiles are elements of their own, each with its words; of more, nobody can read them. */
export const MOST_ELEMENTS = 225;

// What one tile fades by while it waits, in so many steps: each is a stamp of its own.
const FADES = 4;
// A stamp for each look; a page that sees ever new colours does not keep all of them.
const MOST_STAMPS = 500;
const MARKED_PX = 14;

/** The name of a stamp: tiles that look alike have the same. */
export function stampOf({ kind, face, color, slow = false }, canary, fade = 0) {
  return JSON.stringify([kind, face, color, slow, canary, fade]);
}

/** Where a tile stands, and how large it is, in pixels: {x, y, size}, with a gap of a tenth around it. */
export function placeOf(index, cols, cell) {
  const gap = Math.max(1, Math.round(cell * 0.1));
  return { x: (index % cols) * cell + gap / 2, y: Math.floor(index / cols) * cell + gap / 2, size: cell - gap };
}

/** How pale a tile is that has waited for so long: 0 (not at all) to FADES. */
export function fadeOf(waitedMs, agingMs) {
  return waitedMs < agingMs ? 0 : Math.min(FADES, Math.ceil((waitedMs / 2000) * FADES));
}

export class Mosaic {
  constructor(root, { rows, cols }) {
    this.canvas = document.createElement("canvas");
    this.canvas.className = "mosaic";
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", `${rows * cols} tiles in ${rows} rows, each one a real request`);
    Object.assign(this, { rows, cols, cell: 0, stamps: new Map(), looks: Array.from({ length: rows * cols }, () => null) });
    root.replaceChildren(this.canvas);
    this.pen = this.canvas.getContext("2d", { alpha: true });
    this.sized = new ResizeObserver(() => this.fit());
    this.sized.observe(this.canvas);
    this.fit();
  }

  /** Another grid comes in its place. */
  end() {
    this.sized.disconnect();
  }

  fit() {
    const cell = Math.max(2, Math.floor((this.canvas.clientWidth * devicePixelRatio) / this.cols));
    if (cell === this.cell) return;
    this.cell = cell;
    this.stamps.clear();
    Object.assign(this.canvas, { width: cell * this.cols, height: cell * this.rows });
    this.looks.forEach((look, index) => { if (look !== null) this.stamp(index, look); });
  }

  /** Shows an answer in that tile; null: it has none. */
  draw(index, answer, canary, fade = 0) {
    const look = answer === null ? null : { answer, canary, name: stampOf(answer, canary, fade), fade };
    if (look?.name === this.looks[index]?.name) return;
    this.looks[index] = look;
    this.stamp(index, look);
  }

  /** The same tile, as long as it has waited. */
  fade(index, fade) {
    const look = this.looks[index];
    if (look !== null && look.fade !== fade) this.draw(index, look.answer, look.canary, fade);
  }

  stamp(index, look) {
    const { x, y } = placeOf(index, this.cols, this.cell);
    const [left, top] = [Math.floor(x), Math.floor(y)];
    this.pen.clearRect((index % this.cols) * this.cell, Math.floor(index / this.cols) * this.cell, this.cell, this.cell);
    if (look !== null) this.pen.drawImage(this.made(look), left, top);
  }

  made({ answer, canary, name, fade }) {
    const known = this.stamps.get(name);
    if (known) return known;
    if (this.stamps.size >= MOST_STAMPS) this.stamps.clear();
    const { size } = placeOf(0, this.cols, this.cell);
    const stamp = document.createElement("canvas");
    Object.assign(stamp, { width: size, height: size });
    paint(stamp.getContext("2d"), size, answer, canary, fade);
    this.stamps.set(name, stamp);
    return stamp;
  }
}

function paint(pen, size, { kind, face, color, slow }, canary, fade) {
  const failed = kind !== "happy" && kind !== "empty";
  const [middle, line] = [size / 2, Math.max(1, size * 0.06)];
  const ink = inkOn(color);
  const shape = new Path2D();
  if (canary) shape.arc(middle, middle, middle, 0, 2 * Math.PI);
  else shape.roundRect(0, 0, size, size, size * 0.14);
  pen.clip(shape);
  pen.fillStyle = color;
  pen.fill(shape);
  if (failed) hatch(pen, size);
  pen.globalAlpha = 1 - (0.75 * fade) / FADES;
  pen.font = `${Math.round(size * (failed || canary ? 0.55 : 0.62))}px "Apple Color Emoji", "Segoe UI Emoji", "Noto Color Emoji", sans-serif`;
  Object.assign(pen, { textAlign: "center", textBaseline: "middle", fillStyle: ink });
  pen.fillText(face, middle, middle + size * 0.04);
  pen.globalAlpha = 1;
  Object.assign(pen, { strokeStyle: ink, lineWidth: 2 * line });
  if (failed) pen.setLineDash([2.5 * line, 2 * line]);
  else if (slow) pen.setLineDash([line, line]);
  if (failed || slow || canary) pen.stroke(shape);
  if (failed && size >= MARKED_PX) cross(pen, size);
}

function hatch(pen, size) {
  const lines = new Path2D();
  for (let at = -size; at < size; at += size * 0.18) {
    lines.moveTo(at, size);
    lines.lineTo(at + size, 0);
  }
  Object.assign(pen, { strokeStyle: "rgb(0 0 0 / .2)", lineWidth: size * 0.05 });
  pen.stroke(lines);
}

function cross(pen, size) {
  const [x, y, r] = [size * 0.78, size * 0.22, size * 0.16];
  pen.setLineDash([]);
  pen.beginPath();
  pen.arc(x, y, r * 1.3, 0, 2 * Math.PI);
  pen.fillStyle = "#15191f";
  pen.fill();
  pen.beginPath();
  Object.assign(pen, { strokeStyle: "#fff", lineWidth: Math.max(1, size * 0.06) });
  pen.moveTo(x - r / 2, y - r / 2);
  pen.lineTo(x + r / 2, y + r / 2);
  pen.moveTo(x + r / 2, y - r / 2);
  pen.lineTo(x - r / 2, y + r / 2);
  pen.stroke();
}
