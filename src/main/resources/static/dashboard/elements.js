// Creates elements. Text from the server is always set as text, never parsed as HTML.
import { moment } from "./times.js";

/** @param attributes classes as "class", listeners as "onclick" and so on, others by name; null and false are left out */
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) {
      continue;
    }
    if (key.startsWith("on")) {
      element.addEventListener(key.slice(2), value);
    } else {
      element.setAttribute(key, value === true ? "" : value);
    }
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

export function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value));
  element.append(...children);
  return element;
}

/** A field for names and the like, which no browser remembers or corrects. */
export function textField(id, attributes) {
  return el("input", { id, autocomplete: "off", spellcheck: "false", ...attributes });
}

export function labelled(words, field) {
  return [el("label", { for: field.id }, words), field];
}

/** Changes the text of an element only if it differs, so that nothing is announced or redrawn in vain. */
export function say(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

/** A time in short form; its title is the full date. */
export function time(iso, text = moment(iso)) {
  return el("time", { datetime: iso, title: moment(iso) }, text);
}

/** The first characters of a long id, which the server can search for. */
export function shortId(id) {
  return id.length > 13 ? `${id.slice(0, 8)}…` : id;
}

/** That no job was made, since another one has the same unique key. */
export function sameKey(id) {
  return ["No new job: ", el("a", { href: `#/jobs/${encodeURIComponent(id)}` }, `job ${shortId(id)}`), " has the same unique key."];
}

/** The first line of a job's error. */
export function firstLine({ type, message }) {
  return (message || type || "").split("\n", 1)[0];
}

export function badge(state) {
  return el("span", { class: "badge", "data-state": state }, state.toLowerCase());
}

/** The progress of a job; null if its handler reports none. */
export function bar(job) {
  if (job.progress === undefined) {
    return null;
  }
  const text = job.progressText ? `${job.progress} %, ${job.progressText}` : `${job.progress} %`;
  return el("span", { class: "bar", title: text }, el("progress", { max: 100, value: job.progress, "aria-label": text }),
    el("span", { "aria-hidden": "true" }, `${job.progress} %`));
}
