// Reading JSON that may be odd: each function gives something harmless for what is not as it should be. Pure.

export const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
export const text = (value) => (typeof value === "string" ? value : "");
export const integer = (value, otherwise) => (Number.isInteger(value) ? value : otherwise);
export const objects = (value) => (Array.isArray(value) ? value.filter(isObject) : []);

/** "success-rate" → "success rate"; "setCanaryScale" → "set canary scale". */
export function inWords(name) {
  return name.replace(/([a-z])([A-Z])/g, "$1 $2").replace(/[-_]+/g, " ").toLowerCase();
}
