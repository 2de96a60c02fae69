// Which version served a tile, and whether that is a new one (a canary's) or stable's. Pure.

/** What is known before anything was asked. `rollouts` are those of the last poll ({name, stable, canary, rank}), null
 * when it had none; `roles` say of each workload's versions whether they are a canary's or stable's, as last heard. */
export const NOTHING_KNOWN = { rollouts: null, roles: {} };

/** "v10" is later than "v9". */
export function compareVersions(one, other) {
  return one.localeCompare(other, "en", { numeric: true });
}

function rolesOf({ stable, canary }) {
  return { ...(stable ? { [stable]: "stable" } : {}), ...(canary && canary !== stable ? { [canary]: "canary" } : {}) };
}

/** What is known after one more poll. `asked` are the versions ({workload, version}) that tiles had shown and nobody
 * knew when the poll was sent: one that it does not call a canary is none. */
export function learn(known, rollouts, asked) {
  const roles = { ...known.roles };
  for (const rollout of rollouts) roles[rollout.name] = { ...roles[rollout.name], ...rolesOf(rollout) };
  for (const { workload, version } of rollouts.length > 0 ? asked : []) {
    roles[workload] = { [version]: "stable", ...roles[workload] };
  }
  return { rollouts: rollouts.length > 0 ? rollouts : null, roles };
}

/** The versions behind an answer that no poll has told of, as [{workload, version}]. */
export function unknownIn(versions, { roles }) {
  return Object.entries(versions).filter(([name, version]) => roles[name] && !roles[name][version])
    .map(([workload, version]) => ({ workload, version }));
}

// The highest version, and whose it is, unless all are the same.
function highest(versions) {
  const [name, version] = Object.entries(versions).reduce((a, b) => (compareVersions(b[1], a[1]) > 0 ? b : a));
  const alone = Object.values(versions).some((each) => each !== version);
  return { workload: alone ? name : null, version };
}

const goesOut = ({ stable, canary }) => canary !== "" && canary !== stable;

// The workloads being released, those under way before those that were given up.
function releasesIn(rollouts) {
  const going = rollouts.filter((rollout) => goesOut(rollout) && rollout.rank !== null);
  const best = Math.min(...going.map(({ rank }) => rank));
  return going.filter(({ rank }) => rank === best);
}

/** Which version served an answer: a new one if there is one in it, else that of the workload being released, else the
 * highest. Null when the answer does not tell (face failed before it asked the workload being released). */
export function servedBy({ versions, version }, known) {
  const isNew = ([name, each]) => known.roles[name] && known.roles[name][each] !== "stable";
  const releases = releasesIn(known.rollouts ?? []);
  const first = ([name]) => (releases.some((release) => release.name === name) ? 0 : 1);
  const [fresh] = Object.entries(versions).filter(isNew).sort((a, b) => first(a) - first(b));
  if (fresh) return { workload: fresh[0], version: fresh[1] };
  const release = releases.find(({ name }) => name in versions);
  if (release) return { workload: release.name, version: versions[release.name] };
  if (releases.length > 0) return null;
  if (Object.keys(versions).length > 0) return highest(versions);
  return version ? { workload: null, version } : null;
}

/** Whether `served` is a canary's: a version that is not known to be stable's is one. Where no rollout was ever heard
 * of, the lowest of the versions `seen` lately is taken for stable. */
export function isCanary(served, known, seen) {
  if (!served) return false;
  if (Object.keys(known.roles).length === 0) return seen.some((each) => compareVersions(each, served.version) < 0);
  const roles = known.roles[served.workload];
  return roles !== undefined && roles[served.version] !== "stable";
}
