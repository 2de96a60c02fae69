// Counts and shares of the answers seen lately. Pure.

import { compareVersions } from "./versions.js";

/** Whole per cents that sum to 100 (largest remainder), for `counts` as [[name, count], ...]. */
export function percents(counts) {
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return [];
  const parts = counts.map(([name, count]) => ({ name, exact: (100 * count) / total }));
  const missing = 100 - parts.reduce((sum, { exact }) => sum + Math.floor(exact), 0);
  const rounded = new Set(
    [...parts].sort((a, b) => (b.exact % 1) - (a.exact % 1)).slice(0, missing).map(({ name }) => name));
  return parts.map(({ name, exact }) => [name, Math.floor(exact) + (rounded.has(name) ? 1 : 0)]);
}

/** How often each version is in `versions`, lowest version first, in per cent. */
export function versionShares(versions) {
  const counts = new Map();
  for (const version of versions) counts.set(version, (counts.get(version) ?? 0) + 1);
  return percents([...counts].sort(([a], [b]) => compareVersions(a, b)));
}

/** The share of happy answers ({at, happy}) later than `since`, in per cent; null when there was none. */
export function happyShare(answers, since) {
  const recent = answers.filter(({ at }) => at > since);
  if (recent.length === 0) return null;
  return percents([["happy", recent.filter(({ happy }) => happy).length],
    ["unhappy", recent.filter(({ happy }) => !happy).length]])[0][1];
}

/** The spoken summary of the tiles ({happy, version, canary}): "14 of 16 happy; 5 served by v2". */
export function summaryOf(tiles) {
  const happy = tiles.filter((tile) => tile.happy).length;
  const canaries = versionCounts(tiles.filter((tile) => tile.canary && tile.version));
  const parts = canaries.map(([version, count]) => `${count} served by ${version}`);
  return [`${happy} of ${tiles.length} happy`, ...parts].join("; ");
}

function versionCounts(tiles) {
  const counts = new Map();
  for (const { version } of tiles) counts.set(version, (counts.get(version) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => compareVersions(a, b));
}
