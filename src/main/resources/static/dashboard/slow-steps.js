// What the recordings of a type, or of a route, tell together: the slowest steps as a chart, and the recordings. A part of the page of a route.
import { get, known } from "./api.js";
import { el, shortId, time } from "./elements.js";
import { took } from "./steps.js";

/** Others are in the response. */
const MOST = 10;
/** Recordings are large, and the server reads all that are kept. */
const PERIOD = 30_000;
/** While one of them goes on. */
const SHORT_PERIOD = 5_000;

export class SlowSteps {
  #path;
  #what;
  #item;
  #shown = "";
  #asked = -PERIOD;
  #period = PERIOD;
  element = el("section", { class: "panel slow-steps", hidden: true, tabindex: "-1" });

  /**
   * @param path of the recordings
   * @param what they are of, in the singular
   * @param item what is said of one
   */
  constructor(path, what, item) {
    this.#path = path;
    this.#what = what;
    this.#item = item;
  }

  /** Those of the attempts of a type. */
  static ofType(type) {
    return new SlowSteps(`/jobs/types/${encodeURIComponent(type)}/recordings`, "attempt", ({ jobId, attempt }) => [
      el("a", { href: `#/jobs/${encodeURIComponent(jobId)}` }, `job ${shortId(jobId)}`), `, attempt ${attempt}, `]);
  }

  get hasSteps() {
    return !this.element.hidden;
  }

  /** Brings it into view. */
  show() {
    this.element.scrollIntoView();
    this.element.focus();
  }

  async update(signal) {
    if (performance.now() - this.#asked < this.#period) {
      return;
    }
    this.#asked = performance.now();
    const all = await known(get(this.#path, signal));
    const shown = JSON.stringify(all);
    this.#period = all?.recordings.some(({ running }) => running) ? SHORT_PERIOD : PERIOD;
    if (all && all.recordings.length > 0 && shown !== this.#shown) {
      this.#shown = shown;
      this.element.hidden = false;
      const focused = this.element.contains(document.activeElement) ? document.activeElement.id : "";
      this.element.replaceChildren(...this.#parts(all).filter(Boolean));
      if (focused) {
        document.getElementById(focused)?.focus();
      }
    }
  }

  #parts({ recordings, steps }) {
    const slowest = steps[0]?.medianMicros ?? 0;
    return [
      el("h2", {}, `Slowest steps of recorded ${this.#what}s`),
      steps.length === 0 ? null : el("table", {},
        el("caption", { class: "hidden" }, "The slowest steps, by their median time"),
        el("thead", {}, el("tr", {}, ["Step", "Line", "Median", "", "Longest", "Passed", "Failed"].map((title) =>
          title ? el("th", { scope: "col" }, title) : el("td")))),
        el("tbody", {}, steps.slice(0, MOST).map((step) => row(step, slowest)))),
      el("h3", {}, recordings.length === 1 ? `The recorded ${this.#what}` : `The newest ${recordings.length} recorded ${this.#what}s`),
      el("ul", {}, recordings.map((one) => el("li", {}, ...this.#item(one), time(one.startedAt), ...(one.running ? [": it runs"]
        : [`, ${took(one.micros)}: `, one.error ? el("span", { class: "error" }, one.error) : "ended well"])))),
    ];
  }
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
