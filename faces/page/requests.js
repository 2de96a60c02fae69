// How the requests went, second by second, for stable and for canary. Pure: the time (seconds) is an argument.

const WINDOW_S = 5;
// Two hours: enough for any talk, and a page that stays open does not grow.
const MOST_SECONDS = 7200;

const empty = () => ({ stable: [], canary: [], all: 0, failed: 0, slow: 0 });

/** Requests as this page saw them, by the second in which they were answered. */
export class Requests {
  constructor() {
    this.seconds = new Map();
  }

  /** `role` is "stable" or "canary", or null where nobody knows who answered; `slow`: it took longer than is demanded. */
  add(at, { ok, ms, slow, role }) {
    const second = Math.floor(at);
    const bin = this.seconds.get(second) ?? empty();
    bin.all += 1;
    bin.failed += ok ? 0 : 1;
    bin.slow += ok && slow ? 1 : 0;
    if (role !== null) bin[role].push({ ok, ms });
    this.seconds.set(second, bin);
    if (this.seconds.size > MOST_SECONDS) this.seconds.delete(this.seconds.keys().next().value);
  }

  /** {bars: [{t, failed, slow}], lines: {stable: [{t, share, p99}], canary: [...]}} from `from` to `to`. Each point of a
   * line is of the five seconds before it. */
  between(from, to) {
    const bars = [], lines = { stable: [], canary: [] };
    for (let second = Math.floor(from); second <= to; second += 1) {
      const bin = this.seconds.get(second);
      if (bin !== undefined) bars.push({ t: second, failed: bin.failed, slow: bin.slow });
      for (const role of ["stable", "canary"]) {
        const point = this.window(second, role);
        if (point !== null) lines[role].push({ t: second + 1, ...point });
      }
    }
    return { bars, lines };
  }

  window(second, role) {
    // Nothing in this second: no traffic, so there is no line either.
    if (!this.seconds.get(second)?.[role].length) return null;
    const found = [];
    for (let at = second - WINDOW_S + 1; at <= second; at += 1) found.push(...this.seconds.get(at)?.[role] ?? []);
    return { share: found.filter(({ ok }) => ok).length / found.length, p99: quantile(found.map(({ ms }) => ms), 0.99) };
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
