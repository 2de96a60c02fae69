// What is spoken beside the verdict: measurements with what is demanded of them, and now and then how the tiles are. Pure.

import { readingOf } from "./going.js";
import { inWords, text } from "./reading.js";

export const TALLY_MS = 30_000;
// The first one comes once every tile has answered and the rollouts are known; so often it is looked whether one is due.
export const FIRST_TALLY_MS = 3_000;
// Of so many good ones at once, only the number is spoken.
const FEW = 2;

const keyOf = ({ run, metric, t }) => JSON.stringify([run, metric, t]);

/** What to say of measurements that are new, and what is known then. `known` is {spoken, phases} of the last call, or null
 * at first: then nothing is said, because it happened before the page was there.
 *
 * A bad one is always said, a good one when the metric was not good before. */
export function news(known, { metrics, measurements }) {
  const spoken = new Set(known?.spoken ?? []), phases = { ...known?.phases };
  const said = [], good = [];
  for (const each of measurements) {
    if (spoken.has(keyOf(each))) continue;
    const name = text(each.metric);
    const again = phases[name] === each.phase && each.phase !== "Failed";
    phases[name] = each.phase;
    const metric = metrics.find((one) => one.name === name && text(one.run) === text(each.run)) ??
      metrics.find((one) => one.name === name);
    if (!again) (each.phase === "Successful" ? good : said).push(`${inWords(name)} ${readingOf(each, metric)}`);
  }
  const heard = good.length > FEW ? [`${good.length} metrics were measured and are good`] : good;
  return { known: { spoken: measurements.map(keyOf), phases }, words: known === null ? "" : [...said, ...heard].join(". ") };
}

// From here on the faces are bad, and from here on good again, in percent of the last answers that were happy.
const BAD = 95, GOOD = 99;

/** Whether the faces turned: {bad, tone}; `tone` is "bad", "good" or null. `happy` is a percentage, or null. */
export function turned(bad, happy) {
  if (happy === null) return { bad, tone: null };
  if (!bad && happy < BAD) return { bad: true, tone: "bad" };
  if (bad && happy >= GOOD) return { bad: false, tone: "good" };
  return { bad, tone: null };
}
