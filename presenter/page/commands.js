// What each command sends: [path, body, what is shown at once], from the state that was heard last. Pure.

const act = (to, words) => ["act", { to }, words];
const just = (action, words) => ["do", { [action]: {} }, words];

const SIMPLE = {
  promote: just("promote", "Promote …"), promoteFull: ["do", { promote: { full: true } }, "Promote to the end …"],
  abort: just("abort", "Abort …"), retry: just("retry", "Try again …"), clear: just("clear", "Clear all faults …"),
  reset: just("reset", "Back to the beginning …"), freeze: just("freeze", "Freeze …"), replay: just("replay", "Again …"), blank: ["blank", {}, ""],
};

function toAct(state, step) {
  const title = state.acts[state.act + step]?.title;
  return act(step > 0 ? "next" : "back", title ?? (step > 0 ? "This was the last act." : "This is the first act."));
}

function visitors(state, factor) {
  const rate = Math.min(1000, Math.max(1, Math.round(state.load.rate * factor)));
  return ["do", { load: { rate, shape: state.load.shape } }, `${rate} requests a second …`];
}

/** Null for a command that only this window carries out. */
export function requestOf(command, state) {
  if (command in SIMPLE) return SIMPLE[command];
  if (state === null) return null;
  return { next: () => toAct(state, 1), back: () => toAct(state, -1),
    more: () => visitors(state, 2), fewer: () => visitors(state, 0.5) }[command]?.() ?? null;
}
