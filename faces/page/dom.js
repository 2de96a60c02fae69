// Building elements. Text goes in as text nodes only: nothing a server says is ever parsed as markup.

const SVG = "http://www.w3.org/2000/svg";

/** An element with a class, attributes and children; strings become text, null is left out. */
export function el(tag, { class: name = "", style = {}, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  // Through the object model, which the page's Content-Security-Policy allows, unlike a style attribute.
  for (const [key, value] of Object.entries(style)) element.style.setProperty(key, value);
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** An element of a drawing; `text` is what is written in it. */
export function drawn({ tag, text = null, ...attributes }) {
  const element = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== null) element.textContent = text;
  return element;
}

/** One of the page's icons, for the eye only: the words next to it say the same. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/** Words that are only heard. */
export function unseen(text) {
  return el("span", { class: "unseen" }, text);
}

/** Changes an element's text only when it differs, so that a live region isn't read twice. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
