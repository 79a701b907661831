// The schedules of all nodes: when each fires next, and what became of its last firing.
import { get } from "./api.js";
import { el, say } from "./elements.js";
import { ScheduleForm } from "./schedule-form.js";
import { duration, moment } from "./times.js";

const TITLES = ["Schedule", "Type", "When", "Next", "Last"];

export class Schedules {
  #rows = new Map();
  #body = el("tbody");
  #empty = el("p", { class: "empty", hidden: true }, "There are no schedules yet. A file in routes/schedules makes one, too.");
  #form;
  element;

  constructor(me) {
    this.#form = me.may("operator") ? new ScheduleForm(null, (name) => (location.hash = scheduleAddress(name))) : null;
    this.element = el("div", {}, el("div", { class: "tools" }, el("h1", {}, "Schedules"), this.#form?.opener),
      this.#form?.element,
      el("table", { class: "schedules" },
        el("caption", { class: "hidden" }, "Schedules by name"),
        el("thead", {}, el("tr", {}, TITLES.map((title) => el("th", { scope: "col" }, title)))), this.#body),
      this.#empty);
  }

  async update(signal) {
    const { schedules } = await get("/schedules", signal);
    this.#form?.keepOff(schedules.map(({ name }) => name));
    const before = this.#rows;
    this.#rows = new Map(schedules.map(({ name }) => [name, before.get(name) ?? new Row(name)]));
    const rows = [...this.#rows.values()].map((row) => row.element);
    if (rows.length !== this.#body.children.length || rows.some((row, i) => row !== this.#body.children[i])) {
      this.#body.replaceChildren(...rows);
    }
    schedules.forEach((schedule) => this.#rows.get(schedule.name).show(schedule));
    this.#empty.hidden = schedules.length > 0;
  }
}

/** Reuses the element of a schedule, so that the focus stays where it is. */
class Row {
  #about = el("span", { class: "note" });
  #cells = TITLES.slice(1).map((title) => el("td", { "data-title": title, class: title.toLowerCase() }));
  #shown = "";
  element;

  constructor(name) {
    this.element = el("tr", {},
      el("td", { class: "name" }, el("a", { href: scheduleAddress(name) }, el("strong", {}, name)), this.#about), this.#cells);
  }

  show(schedule) {
    const [type, when, next, last] = this.#cells;
    say(this.#about, schedule.description);
    say(type, schedule.type);
    say(when, whenOf(schedule));
    const key = JSON.stringify([schedule.paused, schedule.failing, schedule.lastResult]);
    if (key !== this.#shown) {
      this.#shown = key;
      last.replaceChildren(...(schedule.lastResult ? [outcome(schedule.lastResult)] : []));
    }
    if (schedule.paused || schedule.failing) {
      next.replaceChildren(state(schedule));
      next.title = schedule.failing?.error ?? "";
    } else {
      say(next, schedule.nextFiring ? until(schedule.nextFiring) : "never");
      next.title = moment(schedule.nextFiring);
    }
  }
}

export function scheduleAddress(name) {
  return `#/schedules/${encodeURIComponent(name)}`;
}

/** When it fires, as its author wrote it. */
export function whenOf({ cron, zone, every }) {
  return cron === undefined ? `every ${every}` : `${cron} ${zone}`;
}

/** in 4 min */
export function until(iso) {
  const millis = Date.parse(iso) - Date.now();
  return millis > 0 ? `in ${duration(millis)}` : "now";
}

/** A badge for what is not as usual; null for what is. */
export function state({ paused, failing }) {
  if (failing) {
    return el("span", { class: "badge", "data-state": "FAILED" }, `fails, tried ${failing.tries} times`);
  }
  return paused ? el("span", { class: "badge", "data-state": "Suspended" }, "paused") : null;
}

const OUTCOMES = {
  overlapped: "dropped: the last job ran",
  missed: "missed",
  failed: "dropped: its route failed",
};

/** What became of a firing: the state of its job, or why there is none. */
export function outcome({ result, state: job, jobId, firings }) {
  if (!jobId) {
    const text = OUTCOMES[result] ?? result;
    return el("span", { class: "badge", "data-state": result === "overlapped" ? "RETRYING" : "FAILED" },
      firings > 1 ? `${text} (${firings.toLocaleString()})` : text);
  }
  return el("a", { href: `#/jobs/${encodeURIComponent(jobId)}`, class: "badge", "data-state": job ?? "" },
    job?.toLowerCase() ?? "no longer kept");
}
