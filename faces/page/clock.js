// The time by which the rollouts speak: the server's. A browser's own clock may be off, and a replay's runs at any speed.

/** `tick` are milliseconds that go on evenly, `wall` the seconds since the epoch by this machine's clock. */
export class Clock {
  constructor(tick = () => performance.now(), wall = () => Date.now() / 1000) {
    Object.assign(this, { tick, wall, at: null });
  }

  /** What the server said: its `now` in seconds since the epoch, and how many seconds pass in one (1, but in a replay). */
  set({ now, speed }) {
    if (!Number.isFinite(now)) return;
    this.at = { now, tick: this.tick(), speed: Number.isFinite(speed) && speed >= 0 ? speed : 1 };
  }

  now() {
    return this.at === null ? this.wall() : this.at.now + ((this.tick() - this.at.tick) / 1000) * this.at.speed;
  }
}
