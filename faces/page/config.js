// What the server tells the page about itself. Pure.

const DEFAULTS = {
  user: "unknown", userHeader: "X-Faces-User", userAgent: "", numRows: 4, numCols: 4, edgeSize: 1,
  startActive: true, hideKey: false, showPods: false, color: "", version: "",
};

const MOST = 40;

function whole(value, lowest, fallback) {
  return Number.isInteger(value) ? Math.min(MOST, Math.max(lowest, value)) : fallback;
}

/** The configuration in `json`; what is missing or of the wrong type has its default. */
export function readConfig(json) {
  let given = {};
  try {
    given = JSON.parse(json) ?? {};
  } catch {
    // Served without a configuration (straight from the folder): the defaults make a page that works.
  }
  const kept = Object.entries(DEFAULTS).map(([name, value]) =>
    [name, typeof given[name] === typeof value ? given[name] : value]);
  const config = Object.fromEntries(kept);
  return {
    ...config,
    numRows: whole(config.numRows, 1, DEFAULTS.numRows), numCols: whole(config.numCols, 1, DEFAULTS.numCols),
    edgeSize: whole(config.edgeSize, 0, DEFAULTS.edgeSize),
  };
}

/** The request headers that tell who asks. A browser refuses some characters in a header, and each hop on the way may
 * read those beyond ASCII differently; either would look like a broken service. So accents and the rest are left out. */
export function userHeaders(name, user) {
  const value = user.normalize("NFKD").replace(/[^\x20-\x7e]/g, "").trim();
  return /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name) && value ? { [name]: value } : {};
}
