// The table of steps that an exchange has passed: those of a trial, and those of a job that was recorded.
import { el } from "./elements.js";
import { duration } from "./times.js";

const TITLES = ["Line", "Step", "Took", "What it left"];

/**
 * @param steps in their order
 * @param moreSteps how many are left out
 * @param what what the step is, for its cell; how it is called if left out
 * @param more what else is to be said of a step
 * @param here what is to be said of the steps in which the exchange is now, by their numbers
 */
export function stepTable(caption, steps, moreSteps, { what = named, more = () => [], here = new Map() } = {}) {
  return [
    steps.length > 0 ? el("table", { class: "steps" },
      el("caption", { class: "hidden" }, caption),
      el("thead", {}, el("tr", {}, TITLES.map((title) => el("th", { scope: "col" }, title)))),
      el("tbody", {}, steps.map((step) => row(step, depth(step, steps), what, more, here.get(step.number))))) : null,
    moreSteps > 0 ? el("p", { class: "note" }, `And ${moreSteps} more steps.`) : null,
  ];
}

/** Goes to the first step of a table that stands on a line. */
export function goToLine(place, line) {
  const row = [...place.querySelectorAll(".steps tbody tr")].find(({ firstElementChild }) => firstElementChild.textContent === String(line));
  if (row) {
    row.tabIndex = -1;
    row.focus();
  }
}

export function took(micros) {
  return micros < 1000 ? `${micros} µs` : duration(micros / 1000);
}

function depth(step, steps) {
  return step.parent === undefined ? 0 : 1 + depth(steps[step.parent], steps);
}

function named(step) {
  return [step.kind, step.id ? el("span", { class: "note" }, step.id) : null];
}

function row(step, deep, what, more, now) {
  const left = step.after?.body;
  const text = step.error ? el("span", { class: "error" }, step.error)
    : step.micros === undefined ? now ?? "It has not ended."
      : step.after === undefined ? ""
      : left === step.before?.body && step.after.type === step.before?.type ? el("span", { class: "note" }, "the body as it was")
        : el("code", {}, (left ?? "no body") + (step.after.cut ? " …" : ""));
  return el("tr", { "aria-current": now ? "step" : null },
    el("td", { "data-title": TITLES[0], class: "number" }, String(step.line ?? "")),
    el("td", { "data-title": TITLES[1] }, "› ".repeat(deep), what(step)),
    el("td", { "data-title": TITLES[2], class: "number" }, step.micros === undefined ? "" : took(step.micros)),
    el("td", { "data-title": TITLES[3] }, text, more(step)));
}
