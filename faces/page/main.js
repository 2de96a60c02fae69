// Puts the page together.

import { Clock } from "./clock.js";
import { readConfig, userHeaders } from "./config.js";
import { icon, setText } from "./dom.js";
import { Grid } from "./grid.js";
import { Key, showCounters, Tally } from "./key.js";
import { Layers } from "./layers.js";
import { demandedMs } from "./metrics.js";
import { Requests, Visitors } from "./requests.js";
import { summaryOf } from "./shares.js";
import { Past, PastTiles } from "./past.js";
import { FIRST_TALLY_MS, news, TALLY_MS, turned } from "./speech.js";
import { Stream, streamUrl } from "./stream.js";
import { Strip } from "./strip.js";
import { switches, tone } from "./switches.js";
import { Timeline } from "./timeline.js";
import { isCanary, learn, NOTHING_KNOWN, servedBy, unknownIn } from "./versions.js";

const COUNTERS_MS = 500;

const byId = (id) => document.getElementById(id);

function brand({ color, version, userAgent }) {
  // The colour tells one cluster's page from another's; as a ground it would fight with the tiles, so it is an edge.
  if (CSS.supports("color", color)) document.body.style.setProperty("--brand", color);
  if (version) byId("toggle").closest("header").querySelector("h1").title = `gui ${version}`;
  byId("user").title = userAgent ? `sent as ${userAgent}` : "";
}

function toggling(grid, startActive) {
  const button = byId("toggle");
  const label = () => button.replaceChildren(icon(grid.active ? "pause" : "play"), grid.active ? "Stop" : "Start");
  const toggle = () => {
    if (grid.active) grid.stop();
    else grid.start();
    label();
  };
  if (startActive) grid.start();
  label();
  button.addEventListener("click", toggle);
  document.addEventListener("keydown", (event) => {
    // A focused button toggles by itself, and a space belongs to a name that is being typed.
    const own = event.target instanceof Element && event.target.closest("input, button");
    if (event.key !== " " || event.repeat || own) return;
    event.preventDefault();
    toggle();
  });
}

function userField(config) {
  const input = byId("user");
  input.value = config.user;
  input.addEventListener("keydown", (event) => { if (event.key === "Enter") input.blur(); });
  return () => userHeaders(config.userHeader, input.value);
}

/** What a stream does to the grid. A new epoch is a new beginning: counters and history start at zero. */
function streamInto(grid, headers) {
  let epoch = null;
  const hello = (said) => {
    if (epoch !== null && said.epoch !== epoch) {
      location.reload();
      return;
    }
    epoch = said.epoch;
    grid.held = false;
    grid.resize(said);
    grid.streams(grid.active);
  };
  const on = { hello, tiles: (batch) => grid.take(batch), held: () => { grid.held = true; }, lost: () => grid.streams(false) };
  const stream = new Stream(streamUrl(document.baseURI, location.search), headers, on);
  byId("user").addEventListener("change", () => stream.restart());
  grid.follow(stream);
}

function main() {
  const config = readConfig(byId("config").textContent);
  const headersNow = userField(config);
  const tally = new Tally();
  const key = config.hideKey ? null : new Key(byId("key"));
  byId("key").hidden = config.hideKey;
  let known = NOTHING_KNOWN;

  let limit = demandedMs([]);
  const chosen = switches(byId("switches"));
  const layers = new Layers(byId("layers"));
  const clock = new Clock();
  const requests = new Requests();

  const roleOf = (answer) => {
    const served = servedBy(answer, known);
    if (served === null) return null;
    return isCanary(served, known, tally.shares(known).seen) ? "canary" : "stable";
  };
  const context = () => ({ known, seen: tally.shares(known).seen, headers: headersNow(), limit });
  const onAnswer = (answer) => {
    tally.add(answer);
    requests.add(clock.now(), { ok: answer.happy, ms: answer.ms, slow: answer.ms > limit, role: roleOf(answer) });
    strip.ask(unknownIn(answer.versions, known));
  };
  const grid = new Grid(byId("grid"), config, { context, onAnswer });
  const strip = new Strip(byId("strip"), (rollouts, asked) => {
    const before = known;
    known = learn(known, rollouts, asked);
    if (JSON.stringify(before) !== JSON.stringify(known)) grid.relabel();
  }, clock);
  const seen = () => (strip.visitors === null ? { requests, whose: "requests of this page" }
    : { requests: new Visitors(strip.visitors), whose: "visitors' requests" });
  const [pastTiles, pastStrip] = [new PastTiles(), new Past()];
  const onLook = (t) => {
    document.body.classList.toggle("looking-back", t !== null);
    grid.showPast(t === null ? null : pastTiles.at(t) ?? { answers: [], known, seen: [] });
    strip.showPast(t === null ? null : pastStrip.at(t) ?? strip.moment(), t);
    layers.show(strip.shownSubject(), t ?? clock.now());
  };
  const timeline = new Timeline(byId("line"), { clock, subject: () => strip.subject(), seen, onLook });
  strip.hurt = (story, now) => timeline.hurt(story, now);
  strip.onShown = (rollouts) => {
    limit = demandedMs(rollouts.flatMap(({ metrics }) => metrics));
    const words = rollouts.map(say).filter((each) => each !== "");
    if (words.length > 0) setText(byId("spoken"), words.join(". "));
  };
  const spoken = new Map();
  const say = (rollout) => {
    const { known: now, words } = news(spoken.get(rollout.name) ?? null, rollout);
    spoken.set(rollout.name, now);
    return words;
  };
  let bad = false;
  const hear = () => {
    const { bad: now, tone: kind } = turned(bad, tally.happy());
    bad = now;
    if (kind !== null && chosen.tones.on) tone(kind);
  };

  setInterval(() => {
    const { shares, canaries } = tally.shares(known);
    key?.show(shares, canaries);
    showCounters(tally);
    layers.show(strip.shownSubject(), timeline.cursor ?? clock.now());
    pastTiles.note(clock.now(), grid.moment());
    pastStrip.note(clock.now(), strip.moment());
    hear();
  }, COUNTERS_MS);
  let talliedAt = -Infinity;
  setInterval(() => {
    const early = performance.now() - talliedAt < TALLY_MS;
    if (early || grid.tiles.some(({ answer }) => answer === null) || !grid.active || !chosen.tally.on) return;
    talliedAt = performance.now();
    setText(byId("summary"), summaryOf(grid.tiles.map(({ answer, served, canary }) =>
      ({ happy: answer.happy, version: served?.version, canary }))));
  }, FIRST_TALLY_MS);

  streamInto(grid, headersNow);
  brand(config);
  toggling(grid, config.startActive);
  strip.run();
}

main();
