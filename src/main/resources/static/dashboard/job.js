// One job: what it is, what became of it and when, as it happens.
import { get } from "./api.js";
import { badge, bar, el } from "./elements.js";
import { age, duration, moment } from "./times.js";

const ENDED = new Set(["FINISHED", "FAILED", "WITHDRAWN"]);

export class Job {
  #id;
  #seesRoutes;
  #head = el("div", { class: "job-head" });
  #facts = el("dl", { class: "facts" });
  #steps = el("ol", { class: "timeline", "aria-label": "What has become of it", "aria-live": "polite" });
  #texts = el("div");
  #stream = null;
  #job = null;
  #last = 0;
  element;

  constructor(id, me) {
    this.#id = id;
    this.#seesRoutes = me.may("operator");
    this.element = el("article", { class: "job" },
      el("p", {}, el("a", { href: "#/jobs" }, "← Jobs")),
      this.#head,
      el("div", { class: "columns" },
        el("section", { class: "panel" }, el("h2", {}, "Facts"), this.#facts),
        el("section", { class: "panel" }, el("h2", {}, "Timeline"), this.#steps)),
      this.#texts);
  }

  async update(signal) {
    if (this.#job && ENDED.has(this.#job.state)) {
      return;
    }
    this.#job = await get(`/jobs/${encodeURIComponent(this.#id)}`, signal);
    this.#show();
    if (!this.#stream) {
      this.#follow();
    }
  }

  stop() {
    this.#stream?.close();
  }

  /** The browser comes again by itself when it loses the server, and asks for what it has missed. */
  #follow() {
    const stream = (this.#stream = new EventSource(`/jobs/${encodeURIComponent(this.#id)}/events`));
    stream.onmessage = (event) => this.#step(JSON.parse(event.data));
    stream.addEventListener("progress", (event) => {
      const { progress, progressText } = JSON.parse(event.data);
      Object.assign(this.#job, { progress, progressText });
      this.#showHead();
    });
  }

  async #step(step) {
    if (step.number <= this.#last) {
      return;
    }
    this.#last = step.number;
    this.#steps.append(el("li", { "data-state": step.state }, badge(step.state),
      el("span", {}, step.attempt > 0 ? `attempt ${step.attempt}` : ""),
      el("time", { datetime: step.at, title: step.at }, moment(step.at))));
    if (ENDED.has(step.state)) {
      this.#stream.close();
    }
    if (step.state !== this.#job.state) {
      try {
        this.#job = await get(`/jobs/${encodeURIComponent(this.#id)}`);
        this.#show();
      } catch {
        // The next poll shows it.
      }
    }
  }

  #show() {
    this.#showHead();
    const job = this.#job;
    const facts = [
      ["Job", el("code", {}, job.id)],
      ["Attempts", `${job.attempt}${job.failures ? `, ${job.failures} failed` : ""}${
        job.interruptions ? `, ${job.interruptions} interrupted` : ""}`],
      ["Worker", job.worker],
      ["Route", job.routeRevision && this.#route(job)],
      ["Submitted", job.createdAt && `${moment(job.createdAt)} (${age(job.createdAt)} ago)`],
      ["Waited", job.startedAt && job.attempt === 1
        ? duration(Date.parse(job.startedAt) - Date.parse(job.createdAt)) : null],
      ["Last attempt", moment(job.startedAt)],
      ["It took", job.finishedAt && job.startedAt
        ? duration(Date.parse(job.finishedAt) - Date.parse(job.startedAt)) : null],
      ["Next attempt", moment(job.nextAttemptAt)],
    ];
    this.#facts.replaceChildren(...facts.filter(([, value]) => value).flatMap(([title, value]) =>
      [el("dt", {}, title), el("dd", {}, value)]));
    this.#texts.replaceChildren(...[
      job.error && text("Error", `${job.error.type}: ${job.error.message}`, "bad"),
      job.result && text("Result", pretty(job.result)),
      job.payload !== undefined && text("Payload", JSON.stringify(job.payload, null, 2)),
    ].filter(Boolean));
  }

  #showHead() {
    const job = this.#job;
    this.#head.replaceChildren(...[el("h1", {}, job.type), badge(job.state), bar(job),
      job.progressText && el("span", { class: "note" }, job.progressText)].filter(Boolean));
  }

  #route(job) {
    const name = `job-${job.type}`;
    const revision = ` in revision ${job.routeRevision}`;
    return this.#seesRoutes
      ? [el("a", { href: `#/routes/${encodeURIComponent(name)}` }, name), revision]
      : name + revision;
  }
}

function text(title, content, kind) {
  return el("section", { class: "panel" }, el("h2", {}, title), el("pre", { class: kind, tabindex: "0" }, content));
}

/** JSON in lines, other text as it is. */
function pretty(result) {
  try {
    const value = JSON.parse(result);
    return typeof value === "object" ? JSON.stringify(value, null, 2) : result;
  } catch {
    return result;
  }
}
