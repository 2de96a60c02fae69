// How the requests went, second by second, for stable and for canary. Pure: the time (seconds) is an argument.

const WINDOW_S = 5;
// Two hours: enough for any talk, and a page that stays open does not grow.
const MOST_SECONDS = 7200;

// Of a large grid's thousands of answers a second, so many tell how slow the slowest are.
const MOST_TIMES = 400;

const empty = () => ({
  stable: { all: 0, ok: 0, times: [] }, canary: { all: 0, ok: 0, times: [] }, all: 0, failed: 0, slow: 0, points: null,
});

/** Requests as this page saw them, by the second in which they were answered. */
export class Requests {
  constructor() {
    this.seconds = new Map();
    this.last = null;
  }

  /** `role` is "stable" or "canary", or null where nobody knows who answered; `slow`: it took longer than is demanded. */
  add(at, { ok, ms, slow, role }) {
    const second = Math.floor(at);
    if (second !== this.last) this.begin(second);
    const bin = this.seconds.get(second);
    bin.all += 1;
    bin.failed += ok ? 0 : 1;
    bin.slow += ok && slow ? 1 : 0;
    if (role === null) return;
    bin[role].all += 1;
    bin[role].ok += ok ? 1 : 0;
    if (bin[role].times.length < MOST_TIMES) bin[role].times.push(ms);
  }

  /** A second that is over is worked out once; the single times in it are kept no longer than they are needed. */
  begin(second) {
    const before = this.seconds.get(this.last);
    if (before !== undefined) before.points = this.pointsAt(this.last);
    const old = this.seconds.get(second - 2 * WINDOW_S);
    if (old?.points) old.stable.times = old.canary.times = [];
    if (!this.seconds.has(second)) this.seconds.set(second, empty());
    if (this.seconds.size > MOST_SECONDS) this.seconds.delete(this.seconds.keys().next().value);
    this.last = second;
  }

  /** {bars: [{t, failed, slow}], lines: {stable: [{t, share, p99}], canary: [...]}} from `from` to `to`. Each point of a
   * line is of the five seconds before it. */
  between(from, to) {
    const bars = [], lines = { stable: [], canary: [] };
    for (let second = Math.floor(from); second <= to; second += 1) {
      const bin = this.seconds.get(second);
      if (bin === undefined) continue;
      bars.push({ t: second, failed: bin.failed, slow: bin.slow });
      const points = bin.points ?? this.pointsAt(second);
      for (const role of ["stable", "canary"]) if (points[role]) lines[role].push({ t: second + 1, ...points[role] });
    }
    return { bars, lines };
  }

  pointsAt(second) {
    return { stable: this.window(second, "stable"), canary: this.window(second, "canary") };
  }

  window(second, role) {
    // Nothing in this second: no traffic, so there is no line either.
    if (!this.seconds.get(second)?.[role].all) return null;
    const parts = [];
    for (let at = second - WINDOW_S + 1; at <= second; at += 1) parts.push(this.seconds.get(at)?.[role]);
    const found = parts.filter((part) => part !== undefined);
    const sum = (name) => found.reduce((total, part) => total + part[name], 0);
    return { share: sum("ok") / sum("all"), p99: quantile(found.flatMap(({ times }) => times), 0.99) };
  }

  /** How many requests there were from `from` to `to`, and how many went wrong. */
  count(from, to) {
    const sum = { all: 0, failed: 0, slow: 0 };
    for (const [second, bin] of this.seconds) {
      if (second < Math.floor(from) || second > to) continue;
      for (const name of Object.keys(sum)) sum[name] += bin[name];
    }
    return sum;
  }
}

/** The smallest of `values` that is not exceeded by that share of them. */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

const figures = (one) => (Array.isArray(one) && one.length === 3 && one.every(Number.isFinite)
  ? { all: one[0], share: one[1], p99: one[2] } : null);

/** The same as of Requests, of visitors whom the server knows: [{t, all, failed, slow, stable: [all, share, p99], canary}]. */
export class Visitors {
  constructor(seconds) {
    this.seconds = (Array.isArray(seconds) ? seconds : []).filter((each) => Number.isFinite(each?.t));
  }

  between(from, to) {
    const shown = this.seconds.filter(({ t }) => t >= Math.floor(from) && t <= to);
    const line = (role) => shown.map((each) => [each.t + 1, figures(each[role])])
      .filter(([, found]) => found !== null).map(([t, { share, p99 }]) => ({ t, share, p99 }));
    return {
      bars: shown.map(({ t, failed, slow }) => ({ t, failed, slow })),
      lines: { stable: line("stable"), canary: line("canary") },
    };
  }

  count(from, to) {
    const sum = { all: 0, failed: 0, slow: 0 };
    for (const each of this.seconds.filter(({ t }) => t >= Math.floor(from) && t <= to)) {
      for (const name of Object.keys(sum)) sum[name] += each[name];
    }
    return sum;
  }
}
