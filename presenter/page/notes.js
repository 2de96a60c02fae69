// The second window: the notes of this act, the next one, what happened, and the clock. Keys work here as well.

import { requestOf } from "./commands.js";
import { Control, takeToken } from "./control.js";
import { commandOf } from "./keys.js";

const byId = (id) => document.getElementById(id);
const control = new Control(takeToken());
let state = null;

const two = (number) => String(number).padStart(2, "0");

function clock() {
  const now = new Date();
  byId("clock").textContent = `${two(now.getHours())}:${two(now.getMinutes())}`;
  if (state === null) return;
  const passed = Math.max(0, Math.floor(now / 1000 - state.beganAt));
  byId("passed").textContent = `${two(Math.floor(passed / 60))}:${two(passed % 60)}`;
}

function line({ sentence, tone }) {
  const item = document.createElement("li");
  item.dataset.tone = tone;
  item.textContent = `${{ good: "✓", bad: "✗" }[tone] ?? "·"} ${sentence}`;
  return item;
}

function show(next) {
  state = next;
  const act = state.acts[state.act];
  byId("title").textContent = state.title;
  byId("number").textContent = `${state.act + 1} of ${state.acts.length}`;
  byId("now").textContent = act.title;
  byId("notes").textContent = act.notes;
  byId("next").textContent = state.acts[state.act + 1]?.title ?? "The end.";
  byId("said").replaceChildren(...state.said.map(line).reverse());
  byId("toast").textContent = state.busy;
  byId("marks").textContent = [state.blank ? "the screen is blank" : "", state.frozen ? "frozen" : ""]
    .filter(Boolean).join(" · ");
  clock();
}

addEventListener("keydown", async (event) => {
  const request = requestOf(commandOf(event), state);
  if (!request) return;
  event.preventDefault();
  const refused = await control.send(request[0], request[1]);
  if (refused) byId("toast").textContent = refused;
});
setInterval(clock, 500);
clock();
control.follow(show, (words) => { byId("toast").textContent = words; });
