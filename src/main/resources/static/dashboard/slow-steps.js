// What the recorded attempts of a type tell together: the slowest steps as a chart, and the attempts. A part of the page of a handler.
import { get, known } from "./api.js";
import { el, shortId, time } from "./elements.js";
import { took } from "./steps.js";

/** Others are in the response. */
const MOST = 10;
/** Recordings are large, and the server reads all that are kept of the type. */
const PERIOD = 30_000;

export class SlowSteps {
  #path;
  #shown = "";
  #asked = -PERIOD;
  element = el("section", { class: "panel slow-steps", hidden: true });

  constructor(type) {
    this.#path = `/jobs/types/${encodeURIComponent(type)}/recordings`;
  }

  async update(signal) {
    if (performance.now() - this.#asked < PERIOD) {
      return;
    }
    this.#asked = performance.now();
    const all = await known(get(this.#path, signal));
    const shown = JSON.stringify(all);
    if (all && all.recordings.length > 0 && shown !== this.#shown) {
      this.#shown = shown;
      this.element.hidden = false;
      this.element.replaceChildren(...parts(all));
    }
  }
}

function parts({ recordings, steps }) {
  const slowest = steps[0]?.medianMicros ?? 0;
  return [
    el("h2", {}, "Slowest steps of recorded attempts"),
    el("table", {},
      el("caption", { class: "hidden" }, "The slowest steps, by their median time"),
      el("thead", {}, el("tr", {}, ["Step", "Line", "Median", "", "Longest", "Passed", "Failed"].map((title) =>
        title ? el("th", { scope: "col" }, title) : el("td")))),
      el("tbody", {}, steps.slice(0, MOST).map((step) => row(step, slowest)))),
    el("h3", {}, recordings.length === 1 ? "The recorded attempt" : `The newest ${recordings.length} recorded attempts`),
    el("ul", {}, recordings.map(({ jobId, attempt, startedAt, micros, error }) => el("li", {},
      el("a", { href: `#/jobs/${encodeURIComponent(jobId)}` }, `job ${shortId(jobId)}`), `, attempt ${attempt}, `, time(startedAt),
      `, ${took(micros)}: `, error ? el("span", { class: "error" }, error) : "ended well"))),
  ];
}

function row({ route, id, kind, line, passed, failed, medianMicros, longestMicros }, slowest) {
  return el("tr", {},
    el("td", { "data-title": "Step" }, id ?? kind, el("span", { class: "note" }, route)),
    el("td", { "data-title": "Line", class: "number" }, String(line ?? "")),
    el("td", { "data-title": "Median", class: "number" }, took(medianMicros)),
    el("td", { "data-title": "" }, el("meter", { min: 0, max: Math.max(1, slowest), value: medianMicros, "aria-hidden": "true" })),
    el("td", { "data-title": "Longest", class: "number" }, took(longestMicros)),
    el("td", { "data-title": "Passed", class: "number" }, String(passed)),
    el("td", { "data-title": "Failed", class: "number" }, String(failed)));
}
