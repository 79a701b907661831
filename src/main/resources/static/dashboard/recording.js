// What the recorded attempts of a job did, one at a time, beside the lines of the routes that it ran. A part of the page of a job.
import { get } from "./api.js";
import { Drawing } from "./drawing.js";
import { el, say, time } from "./elements.js";
import { goToLine, stepTable, took } from "./steps.js";

/** A recording is stored a moment after its attempt has ended. */
const LATER = 1000;
/** A job that ends at once is not followed. */
const SOON = 1000;
/** How often the step that a job is in is announced at the most. */
const CALM = 5000;
/** Of a step that stands on many lines, only these are shown. */
const MOST_LINES = 12;

export class Recording {
  #path;
  #off;
  /** The attempt and state for which it was asked. */
  #asked = "";
  #again = 0;
  #soon = 0;
  #stream = null;
  /** Whether an attempt was chosen that is not the latest one. */
  #chosen = false;
  #stopped = new AbortController();
  #choice = el("div", { class: "buttons", role: "group", "aria-label": "Recorded attempts", hidden: true });
  #view = new RecordingView();
  element = el("section", { class: "panel recording", hidden: true }, el("h2", {}, "Recording"), this.#choice, ...this.#view.elements);

  /** @param me a user who may see no recordings gets none */
  constructor(id, me) {
    this.#path = `/jobs/${encodeURIComponent(id)}/recording`;
    this.#off = !me.may("operator", "author");
  }

  /** Follows an attempt that runs, and reads it when it has ended. */
  show({ attempt, state }) {
    if (this.#off || this.#chosen || !(attempt > 0)) {
      return;
    }
    if (state === "RUNNING") {
      this.#soon ||= setTimeout(() => this.#follow(), SOON);
      return;
    }
    this.pause();
    const asked = `${attempt} ${state}`;
    if (asked !== this.#asked) {
      this.#asked = asked;
      this.#read(asked, attempt);
    }
  }

  /** Until it is shown again. */
  pause() {
    clearTimeout(this.#soon);
    this.#soon = 0;
    this.#stream?.close();
    this.#stream = null;
  }

  stop() {
    this.pause();
    clearTimeout(this.#again);
    this.#view.stop();
    this.#stopped.abort();
  }

  /** The browser connects again by itself, but not after a rejection. */
  #follow() {
    this.#soon = 0;
    if (this.#stream && this.#stream.readyState !== EventSource.CLOSED) {
      return;
    }
    const stream = (this.#stream = new EventSource(this.#path));
    stream.onmessage = (event) => this.#draw(JSON.parse(event.data));
    stream.addEventListener("end", () => stream.close());
  }

  async #read(asked, attempt, last = false) {
    let recording;
    try {
      recording = await get(this.#path, this.#stopped.signal);
    } catch {
      return; // the page says so, if the server is away
    }
    if (asked !== this.#asked || this.#chosen) {
      return;
    }
    const isEarly = recording?.attempt !== attempt || recording.running || recording.lost;
    if (recording && (!isEarly || last || recording.attempt !== attempt)) {
      this.#draw(recording);
    }
    if (isEarly && !last) {
      this.#again = setTimeout(() => this.#read(asked, attempt, true), LATER);
    }
  }

  /** Shows another attempt than the latest one. */
  async #choose(attempt, isLatest) {
    this.pause();
    clearTimeout(this.#again);
    this.#chosen = !isLatest;
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
    const latest = recorded.at(-1);
    this.#choice.hidden = recorded.length < 2;
    this.#choice.replaceChildren(...recorded.map((number) => el("button", { type: "button", class: "quiet",
      "aria-pressed": String(number === attempt), onclick: () => this.#choose(number, number === latest) }, `Attempt ${number}`)));
    this.#view.show(recording);
    this.element.hidden = false;
  }
}

/** One recording, of a job or of another exchange: where it is, the routes drawn, and the steps. */
export class RecordingView {
  #place = "";
  #calm = 0;
  #now = el("p", { role: "status", class: "place" });
  #about = el("div");
  #drawing = new Drawing((line) => goToLine(this.#about, line));
  elements = [this.#now, this.#drawing.element, this.#about];

  show(recording) {
    const here = places(recording);
    const { outline, steps, running } = recording;
    this.#drawing.element.hidden = outline.routes.length === 0;
    this.#drawing.show(outline);
    this.#drawing.mark(steps);
    const open = [...this.#about.querySelectorAll("details[open]")].map(({ dataset }) => dataset.step);
    const focused = this.#about.contains(document.activeElement) ? document.activeElement.closest("details")?.dataset.step : undefined;
    this.#about.replaceChildren(...recordingParts(recording, here));
    this.#about.querySelectorAll("details").forEach((details) => {
      details.open = open.includes(details.dataset.step);
      if (details.dataset.step === focused) {
        details.querySelector("summary").focus();
      }
    });
    this.#announce(running ? `Now ${where(here)}` : "");
  }

  /** Instead of one that is gone. */
  say(words) {
    this.#drawing.element.hidden = true;
    this.#about.replaceChildren(el("p", { class: "note" }, words));
    this.#announce("");
  }

  stop() {
    clearTimeout(this.#calm);
  }

  /** Not each step of a fast job: who listens would hear nothing else. */
  #announce(place) {
    this.#place = place;
    if (place === "" || this.#calm === 0) {
      clearTimeout(this.#calm);
      say(this.#now, place);
      this.#calm = place && setTimeout(() => {
        this.#calm = 0;
        this.#announce(this.#place);
      }, CALM);
    }
  }
}

/** The steps that have not ended, without those around them: there is more than one if parts run in parallel. */
function places({ steps }) {
  const open = steps.filter(({ micros }) => micros === undefined);
  const around = new Set(open.map(({ parent }) => parent));
  return open.filter(({ number }) => !around.has(number));
}

function where(here) {
  const [first] = here;
  const more = here.length > 1 ? ` and ${here.length - 1} more` : "";
  return first === undefined ? "between two steps"
    : `${first.line ? `at line ${first.line} of` : "in"} ${first.route}: ${first.id ?? first.kind}${more}`;
}

/** @param here the steps in which it is */
function recordingParts(recording, here) {
  const { startedAt, routes, steps, moreSteps, timesOnly, running } = recording;
  const sources = new Map(routes.map((route) => [route.id, route]));
  return [
    el("p", {}, ...how(recording)),
    timesOnly && !running ? el("p", { class: "note" }, "Only the times of its steps were noted, and the message of the step that failed. ",
      el("code", {}, "caravan.recorder.sample"), " has the messages of all steps recorded.") : null,
    el("ul", {}, routes.filter(({ file }) => file).map(({ id, file, revision }) => el("li", {},
      el("a", { href: `#/routes/${encodeURIComponent(id)}` }, id), ` as it stood in ${file}, revision ${revision}`))),
    ...stepTable("The steps", steps, moreSteps, {
      what: (step) => el("code", {}, lines(step, sources.get(step.route)) || step.kind),
      more: (step) => step.before || step.after ? el("details", { "data-step": step.number }, el("summary", {}, step.before ? "Before and after" : "The message"),
        message("Before", step.number, step.before), message(step.before ? "After" : "Message", step.number, step.after)) : null,
      here: running ? new Map(here.map(({ number, startMicros }) =>
        [number, ["Here since ", time(new Date(Date.parse(startedAt) + startMicros / 1000).toISOString())]])) : undefined,
    }),
  ].filter(Boolean);
}

/** Which attempt it was, and how it ended. */
function how({ attempt, node, startedAt, micros, error, running, lost }) {
  const began = [attempt ? `Attempt ${attempt} on ${node}, ` : `On ${node}, `, time(startedAt), ": "];
  return running ? [...began, "it runs"]
    : lost ? [...began, `how it ended is not known. Its worker told of it last after ${took(micros)}`]
      : [...began, error ? el("span", { class: "error" }, error) : "ended well", ` after ${took(micros)}`];
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
