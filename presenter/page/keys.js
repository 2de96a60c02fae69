// Which key does what. Pure: the same on the presenter's page, in the page that it shows, and in the notes.

/** [keys, command, words]; a clicker sends PageDown, PageUp, and one of "." and "b". */
export const KEYS = [
  [["PageDown", "ArrowRight"], "next", "next act"],
  [["PageUp", "ArrowLeft"], "back", "back one act; nothing is undone"],
  [[".", "b"], "blank", "blank the screen, and back"],
  [["0"], "reset", "reset: everything as at first"],
  [["f"], "freeze", "freeze the picture, and go on"],
  [["R"], "replay", "play the last release again, and back to what is live"],
  [["r"], "release", "release something"],
  [["p"], "promote", "promote: past the present step"],
  [["P"], "promoteFull", "promote to the end"],
  [["a"], "abort", "abort: back to stable"],
  [["t"], "retry", "try an aborted release again"],
  [["i"], "inject", "inject faults into running pods"],
  [["c"], "clear", "clear all faults"],
  [["+", "="], "more", "twice as many visitors"],
  [["-"], "fewer", "half as many visitors"],
  [["l"], "load", "choose the number of visitors"],
  [["g"], "grid", "choose the grid"],
  [["n"], "notes", "notes, in a second window"],
  [["q"], "qr", "QR code of the page, for the room"],
  [["m"], "panel", "all controls"],
  [["?", "h"], "help", "these keys"],
];

const COMMANDS = new Map(KEYS.flatMap(([keys, command]) => keys.map((key) => [key, command])));

/** The command of a key event, or null: held down, with a modifier, or meant for a field that is being typed in. */
export function commandOf({ key, repeat, ctrlKey, altKey, metaKey, target }) {
  if (repeat || ctrlKey || altKey || metaKey) return null;
  if (target?.closest?.("input, select, textarea, dialog[open]")) return null;
  return COMMANDS.get(key) ?? null;
}

const NAMES = { PageDown: "Page Down", PageUp: "Page Up", ArrowRight: "→", ArrowLeft: "←" };

export function nameOf(key) {
  return NAMES[key] ?? key;
}
