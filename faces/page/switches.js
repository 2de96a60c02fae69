// What a viewer chooses: light or dark, soft tones, and whether the tally is spoken. Kept in this browser, where it may be.

import { el, icon } from "./dom.js";

const PLACE = "faces.";

function kept(name) {
  try {
    return localStorage.getItem(PLACE + name);
  } catch {
    return null; // this browser keeps nothing
  }
}

function keep(name, value) {
  try {
    localStorage.setItem(PLACE + name, value);
  } catch {
    // It holds until the page is closed.
  }
}

/** A switch with a button and a key: {on}, which the page reads. */
function offered({ name, key, label, sign, first }, change) {
  const state = { on: (kept(name) ?? String(first)) === "true" };
  const button = el("button", { type: "button", class: "switch", id: name, "aria-label": label, "aria-keyshortcuts": key,
    title: `${label} (key ${key.toUpperCase()})` }, icon(sign));
  const show = () => {
    button.setAttribute("aria-pressed", String(state.on));
    change(state.on);
  };
  const toggle = () => {
    state.on = !state.on;
    keep(name, String(state.on));
    show();
  };
  button.addEventListener("click", toggle);
  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof Element && event.target.closest("input[type=text]");
    if (event.key.toLowerCase() !== key || event.repeat || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    toggle();
  });
  show();
  return { state, button };
}

/** A soft tone: low for bad, higher for good. A browser is silent until somebody has touched the page. */
export function tone(kind, context = new AudioContext()) {
  const at = context.currentTime;
  const notes = kind === "bad" ? [[220, 0], [185, 0.22]] : [[330, 0], [440, 0.22]];
  for (const [frequency, after] of notes) {
    const [oscillator, gain] = [context.createOscillator(), context.createGain()];
    oscillator.type = "sine";
    oscillator.frequency.value = frequency;
    gain.gain.setValueAtTime(0.0001, at + after);
    gain.gain.linearRampToValueAtTime(0.08, at + after + 0.05);
    gain.gain.exponentialRampToValueAtTime(0.0001, at + after + 0.5);
    oscillator.connect(gain).connect(context.destination);
    oscillator.start(at + after);
    oscillator.stop(at + after + 0.55);
  }
}

/** Puts the switches into the page; returns {tones, tally}, each {on}. */
export function switches(root) {
  const prefers = matchMedia("(prefers-color-scheme: dark)").matches;
  const dark = offered({ name: "dark", key: "d", label: "Dark", sign: "dark", first: prefers }, (on) => {
    // As the viewer's system has it, until somebody chooses otherwise.
    if (kept("dark") !== null || on !== prefers) document.documentElement.dataset.theme = on ? "dark" : "light";
  });
  const tones = offered({ name: "tones", key: "s", label: "Soft tones", sign: "note", first: false }, () => {});
  const tally = offered({ name: "tally", key: "t", label: "Speak how the tiles are, twice a minute at most", sign: "speak",
    first: true }, () => {});
  root.replaceChildren(dark.button, tones.button, tally.button);
  return { tones: tones.state, tally: tally.state };
}
