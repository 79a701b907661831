// What the recorded attempts of a job did, one at a time, beside the lines of the routes that it ran. A part of the page of a job.
import { get } from "./api.js";
import { el } from "./elements.js";
import { stepTable, took } from "./steps.js";
import { moment } from "./times.js";

/** A recording is stored a moment after its attempt has ended. */
const LATER = 1000;
/** Of a step that stands on many lines, only these are shown. */
const MOST_LINES = 12;

export class Recording {
  #path;
  #off;
  /** The attempt and state for which it was asked. */
  #asked = "";
  #again = 0;
  #stopped = new AbortController();
  #heading = el("h2", {}, "Recording");
  #choice = el("div", { class: "buttons", role: "group", "aria-label": "Recorded attempts", hidden: true });
  #about = el("div");
  element = el("section", { class: "panel recording", hidden: true }, this.#heading, this.#choice, this.#about);

  /** @param me a user who may see no recordings gets none */
  constructor(id, me) {
    this.#path = `/jobs/${encodeURIComponent(id)}/recording`;
    this.#off = !me.may("operator", "author");
  }

  /** Reads it when an attempt has ended. */
  show({ attempt, state }) {
    const asked = `${attempt} ${state}`;
    if (this.#off || asked === this.#asked || !(attempt > 0) || state === "RUNNING") {
      return;
    }
    this.#asked = asked;
    this.#read(asked, attempt);
  }

  stop() {
    clearTimeout(this.#again);
    this.#stopped.abort();
  }

  async #read(asked, attempt, last = false) {
    let recording;
    try {
      recording = await get(this.#path, this.#stopped.signal);
    } catch {
      return; // the page says so, if the server is away
    }
    if (asked !== this.#asked) {
      return;
    }
    if (recording) {
      this.#draw(recording);
    }
    if (recording?.attempt !== attempt && !last) {
      this.#again = setTimeout(() => this.#read(asked, attempt, true), LATER);
    }
  }

  /** Shows another attempt than the latest one. */
  async #choose(attempt) {
    clearTimeout(this.#again);
    let recording;
    try {
      recording = await get(`${this.#path}?attempt=${attempt}`, this.#stopped.signal);
    } catch {
      return; // the page says so, if the server is away
    }
    if (recording) {
      this.#draw(recording);
      this.#choice.querySelector("[aria-pressed=true]")?.focus();
    }
  }

  #draw(recording) {
    const { attempt, recorded = [] } = recording;
    this.#choice.hidden = recorded.length < 2;
    this.#choice.replaceChildren(...recorded.map((number) => el("button", { type: "button", class: "quiet",
      "aria-pressed": String(number === attempt), onclick: () => this.#choose(number) }, `Attempt ${number}`)));
    this.#about.replaceChildren(...parts(recording));
    this.element.hidden = false;
  }
}

function parts({ attempt, node, startedAt, micros, error, routes, steps, moreSteps, timesOnly }) {
  const sources = new Map(routes.map((route) => [route.id, route]));
  return [
    el("p", {}, `Attempt ${attempt} on ${node}, ${moment(startedAt)}: `, error ? el("span", { class: "error" }, error) : "ended well",
      ` after ${took(micros)}`),
    timesOnly ? el("p", { class: "note" }, "Of attempts that are not chosen for a recording only the times of their steps are noted, and what failed with its ",
      "message. Attempts after the first are chosen, and one of ", el("code", {}, "caravan.recorder.sample"), " first ones.") : null,
    el("ul", {}, routes.filter(({ file }) => file).map(({ id, file, revision }) => el("li", {},
      el("a", { href: `#/routes/${encodeURIComponent(id)}` }, id), ` as it stood in ${file}, revision ${revision}`))),
    ...stepTable("The steps of the attempt", steps, moreSteps, {
      what: (step) => el("code", {}, lines(step, sources.get(step.route)) || step.kind),
      more: (step) => step.before || step.after ? el("details", {}, el("summary", {}, step.before ? "Before and after" : "The message"),
        message("Before", step.number, step.before), message(step.before ? "After" : "Message", step.number, step.after)) : null,
    }),
  ].filter(Boolean);
}

/** The lines of a step, without those of the steps within it. */
function lines({ line }, source) {
  if (line === undefined || source?.text === undefined) {
    return "";
  }
  const [first, ...rest] = source.text.split("\n").slice(line - source.line);
  if (first === undefined) {
    return "";
  }
  const indent = first.search(/\S/);
  const end = rest.findIndex((next) => next.trim() !== "" && next.search(/\S/) <= indent || /^\s*(- )?steps:/.test(next));
  return [first, ...rest.slice(0, end < 0 ? MOST_LINES : Math.min(end, MOST_LINES))]
    .map((text) => text.slice(indent).trimEnd()).join("\n").trimEnd();
}

function message(title, number, message) {
  return message ? [
    el("h3", {}, title),
    el("pre", { tabindex: "0", role: "region", "aria-label": `${title} step ${number + 1}` }, (message.body ?? "no body") + (message.cut ? " …" : "")),
    Object.keys(message.headers).length > 0 ? el("dl", { class: "facts" }, Object.entries(message.headers).flatMap(([name, value]) =>
      [el("dt", {}, name), el("dd", {}, value)])) : null,
  ] : null;
}
