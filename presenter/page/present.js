// The presenter's page: the page that everybody sees, the talk's acts below it, and commands by key, clicker or panel.

import { requestOf } from "./commands.js";
import { Control, takeToken } from "./control.js";
import { commandOf, KEYS, nameOf } from "./keys.js";

const byId = (id) => document.getElementById(id);
const TOAST_MS = 5000;
// Which part of the panel a key opens.
const PARTS = { release: "#release .releases", inject: "#inject .releases", load: "#load input", grid: "#grid input" };

const control = new Control(takeToken());
let state = null;
let trouble = "";
let over = 0;

function toast(words) {
  clearTimeout(over);
  byId("toast").textContent = words;
  if (words) over = setTimeout(() => { byId("toast").textContent = trouble || state?.busy || ""; }, TOAST_MS);
}

async function send([path, body, words]) {
  if (words) toast(words);
  const refused = await control.send(path, body);
  if (refused) toast(refused);
}

function open(dialog, focus) {
  for (const other of document.querySelectorAll("dialog[open]")) other.close();
  byId(dialog).showModal();
  if (focus) byId(dialog).querySelector(focus)?.focus();
}

const OWN = {
  help: () => open("keys"), panel: () => open("panel"), qr: () => open("room"),
  notes: () => window.open(`notes/#${encodeURIComponent(control.token)}`, "faces-notes", "width=900,height=700"),
};

function command(name) {
  const request = requestOf(name, state);
  if (request) send(request);
  else if (name in PARTS) open("panel", PARTS[name]);
  else OWN[name]?.();
}

function onKey(event) {
  const name = commandOf(event);
  if (name === null || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  event.stopPropagation();
  command(name);
}

function listening() {
  addEventListener("keydown", onKey, true);
  const page = byId("page");
  // Whoever clicks into the page gives it the keys.
  const inside = () => page.contentWindow.addEventListener("keydown", onKey, true);
  page.addEventListener("load", inside);
  if (page.contentDocument?.readyState === "complete") inside();
}

function show(next) {
  const before = state;
  state = next;
  byId("act").textContent = `${state.act + 1} of ${state.acts.length}: ${state.acts[state.act].title}`;
  const following = state.acts[state.act + 1]?.title;
  byId("next").textContent = following ? `next: ${following}` : "";
  byId("marks").textContent = marks(state);
  byId("blank").hidden = !state.blank;
  if (state.busy && state.busy !== before?.busy) toast(state.busy);
  // Of the story, what a command has come to, and what went wrong; the rest is on the page.
  const last = state.said.at(-1);
  const news = last && last.t !== before?.said.at(-1)?.t;
  if (news && before && (before.busy || last.tone === "bad")) toast(last.sentence);
  byId("load").elements.shape.value = state.load.shape;
  qrCode(state.room);
}

function marks({ frozen, load, replay }) {
  return [replay, frozen ? "frozen" : "", load.rate === 40 ? "" : `${load.rate} requests a second`].filter(Boolean).join(" · ");
}

function qrCode(room) {
  const code = byId("code");
  if (code.dataset.room === String(room)) return;
  code.dataset.room = String(room);
  const words = document.createElement("p");
  words.textContent = room ?? "Nobody in the room can come here yet: start with --listen.";
  code.replaceChildren(...(room ? [picture("qr.svg", "QR code of the address below"), words] : [words]));
}

function picture(src, alt) {
  return Object.assign(document.createElement("img"), { src, alt });
}

function option(value, words) {
  const element = document.createElement("option");
  Object.assign(element, { value, textContent: words });
  return element;
}

async function choices() {
  const { workloads, releases } = await control.choices();
  for (const select of document.querySelectorAll(".workloads")) {
    select.replaceChildren(option("", "as usual"), ...workloads.map((name) => option(name, name)));
  }
  for (const select of document.querySelectorAll(".releases")) {
    const shown = select.classList.contains("bad") ? releases.filter(({ bad }) => bad) : releases;
    select.replaceChildren(...shown.map(({ name }) => option(name, name)));
    if (shown.some(({ name }) => name === "errors-40")) select.value = "errors-40";
  }
  const select = document.querySelector("#release .releases");
  const summary = () => {
    document.querySelector("#release .summary").textContent =
      releases.find(({ name }) => name === select.value)?.summary ?? "";
  };
  select.addEventListener("change", summary);
  summary();
}

/** The fields of a form, without those left empty; numbers as numbers. */
function fields(form) {
  const given = [...form.elements].filter(({ name, value }) => name && value !== "");
  return Object.fromEntries(given.map(({ name, type, value }) => [name, type === "number" ? Number(value) : value]));
}

function panel() {
  for (const name of ["release", "inject", "load", "grid"]) {
    byId(name).addEventListener("submit", (event) => {
      event.preventDefault();
      byId("panel").close();
      send(["do", { [name]: fields(event.target) }, `${event.target.querySelector("legend").textContent} …`]);
    });
  }
  for (const button of document.querySelectorAll("[data-do]")) {
    button.addEventListener("click", () => {
      byId("panel").close();
      command(button.dataset.do);
    });
  }
  byId("menu").addEventListener("click", () => command("panel"));
  byId("help").addEventListener("click", () => command("help"));
  byId("key-list").replaceChildren(...KEYS.flatMap(([keys, , words]) => {
    const [term, meaning] = [document.createElement("dt"), document.createElement("dd")];
    term.append(...keys.flatMap((key, index) => {
      const shown = document.createElement("kbd");
      shown.textContent = nameOf(key);
      return index ? [" ", shown] : [shown];
    }));
    meaning.textContent = words;
    return [term, meaning];
  }));
}

listening();
panel();
choices().catch(() => {});
control.follow(show, (words) => { trouble = words; toast(words); });
