// The line over time on the page, and the control with which one looks back when a release is over.

import { numberIn, shapesOf, spanOf } from "./chart.js";
import { drawn, el, setText } from "./dom.js";
import { hurtWords } from "./going.js";
import { inWords } from "./reading.js";
import { momentWords } from "./lookback.js";
import { valueWords } from "./metrics.js";

const DRAW_MS = 500;

export class Timeline {
  /** `subject()` is {rollout, story} of the release that is told of, or null; `seen()` who counts requests, and whose they
   * are: {requests, whose}. `onLook(t)` hears at which time somebody looks; null: now. */
  constructor(root, { clock, subject, seen, onLook = () => {} }) {
    this.svg = drawn({ tag: "svg", role: "img", class: "chart" });
    this.slider = el("input", { type: "range", id: "back", min: "0", max: "0", step: "1", "aria-label": "Look back" });
    this.then = el("p", { class: "then" });
    this.back = el("div", { class: "back", hidden: "" },
      el("label", { for: "back" }, "Look back"), this.slider, this.then);
    root.replaceChildren(this.svg, this.back);
    Object.assign(this, { root, clock, subject, seen, onLook, cursor: null, key: "" });
    this.slider.addEventListener("input", () => this.look(Number(this.slider.value)));
    this.slider.addEventListener("keydown", (event) => { if (event.key === "Escape") this.live(); });
    setInterval(() => this.draw(), DRAW_MS);
    new ResizeObserver(() => this.draw()).observe(this.svg);
  }

  live() {
    this.slider.value = this.slider.max;
    this.lookAt(null);
    this.draw();
  }

  /** At the very end of the slider is now. */
  look(since) {
    const found = this.subject();
    if (found === null || found.story.startedAt === null) return;
    this.lookAt(since >= Number(this.slider.max) ? null : found.story.startedAt + since);
    this.draw();
  }

  lookAt(t) {
    if (this.cursor === t) return;
    this.cursor = t;
    this.onLook(t);
  }

  draw() {
    const found = this.subject();
    const now = this.clock.now();
    const span = spanOf(found?.story ?? null, now);
    const { requests } = this.seen();
    const [width, height] = [this.svg.clientWidth, this.svg.clientHeight];
    if (width > 0 && height > 0) {
      const root = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
      const rem = Math.min(root, width / 22);
      this.svg.style.setProperty("font-size", `${0.8 * rem}px`);
      this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
      this.svg.replaceChildren(...shapesOf({
        story: found?.story ?? null, metrics: found?.rollout.metrics ?? [], ...requests.between(span.from - 5, span.to),
        now, span, width, height, rem, cursor: this.cursor,
      }).map(drawn));
    }
    this.describe(found);
    this.offer(found, span);
  }

  /** The same for who does not see it: the last measured value of each metric with a number. */
  describe(found) {
    const last = new Map();
    for (const each of found?.story.measurements ?? []) if (numberIn(each.value) !== null) last.set(each.metric, each);
    const values = [...last].map(([name, each]) => `${inWords(name)} ${valueWords(each)}`);
    const what = "Success rate and P99 of stable and canary over time";
    const words = values.length > 0 ? `${what}. Last measured: ${values.join(", ")}.` : `${what}.`;
    if (this.svg.getAttribute("aria-label") !== words) this.svg.setAttribute("aria-label", words);
  }

  /** When it is over one may look back; the next release ends that. */
  offer(found, span) {
    const over = found !== null && found.story.startedAt !== null && found.story.endedAt !== null;
    const key = over ? `${found.story.key} ${found.story.startedAt}` : "";
    if (key !== this.key) {
      this.key = key;
      this.lookAt(null);
    }
    this.back.hidden = !over;
    if (!over) return;
    const { startedAt } = found.story;
    const [first, last] = [Math.ceil(span.from - startedAt), Math.floor(span.to - startedAt)];
    if (Number(this.slider.min) !== first) this.slider.min = String(first);
    if (Number(this.slider.max) !== last) this.slider.max = String(last);
    if (this.cursor === null) this.slider.value = String(last);
    const at = this.cursor ?? startedAt + last;
    const words = momentWords(found.rollout, found.story, at, this.seen().requests.count(at, at));
    setText(this.then, this.cursor === null ? "" : words);
    this.then.hidden = this.cursor === null;
    this.slider.setAttribute("aria-valuetext", words);
  }

  /** How many requests were hurt between the release and `now`, in a sentence. */
  hurt(story, now) {
    if (story === null || story.startedAt === null) return "";
    const { requests, whose } = this.seen();
    return hurtWords(requests.count(story.startedAt, story.endedAt === null ? now : Math.min(now, story.endedAt + 3)), whose);
  }
}
