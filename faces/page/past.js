// What this page has seen, kept for looking back. Pure: the time (seconds since the epoch, the server's) is an argument.

// Ten minutes at two moments a second, and of a large grid less: so many tiles are remembered in all.
const MOST_MOMENTS = 1200, MOST_TILES = 200_000;

/** The last of `kept`, [[t, what], ...] in order, that is not after `t`; undefined where there is none. */
export function at(kept, t) {
  let [low, high] = [0, kept.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (kept[middle][0] <= t) low = middle + 1;
    else high = middle;
  }
  return kept[low - 1]?.[1];
}

/** Things seen one after the other. */
export class Past {
  constructor(most = MOST_MOMENTS) {
    Object.assign(this, { most, kept: [] });
  }

  note(t, what) {
    if (this.kept.length > 0 && t <= this.kept.at(-1)[0]) {
      // The same moment, or a replay that begins anew: what was later is not the past any more.
      this.kept = this.kept.filter(([before]) => before < t);
    }
    this.kept.push([t, what]);
    if (this.kept.length > this.most) this.kept.splice(0, this.kept.length - this.most);
  }

  at(t) {
    return at(this.kept, t);
  }
}

/** A grid, moment by moment: {answers, ...}, an answer for each tile, null for one that had none. */
export class PastTiles {
  constructor(most = MOST_TILES) {
    Object.assign(this, { most, past: new Past(), tiles: 0 });
  }

  note(t, grid) {
    const { length } = grid.answers;
    if (length !== this.tiles) {
      const moments = Math.max(1, Math.min(MOST_MOMENTS, Math.floor(this.most / Math.max(1, length))));
      Object.assign(this, { past: new Past(moments), tiles: length });
    }
    this.past.note(t, grid);
  }

  /** Undefined where nobody looked at that time. */
  at(t) {
    return this.past.at(t);
  }
}
