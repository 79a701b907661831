// The page of one schedule: its next firings, what became of the last ones, and the ways to pause, run and delete it.
import { Acts } from "./acts.js";
import { get } from "./api.js";
import { el, say, shortId, time } from "./elements.js";
import { Question } from "./question.js";
import { ScheduleForm } from "./schedule-form.js";
import { outcome, state, until, whenOf } from "./schedules.js";
import { moment } from "./times.js";

export class Schedule {
  missing;
  #name;
  #schedule = null;
  #state = el("span", { class: "state" });
  #about = el("p", { class: "summary" });
  #pause = el("button", { type: "button", class: "quiet",
    onclick: () => this.#change(this.#schedule.paused ? "resume" : "pause") });
  #run = el("button", { type: "button", onclick: () => this.#runNow() }, "Run now");
  #delete = el("button", { type: "button", class: "quiet", onclick: () =>
    this.#question.ask(`Delete the schedule ${this.#name}? It cannot be undone. Its jobs stay.`, this.#delete) }, "Delete");
  #question = new Question("Delete it", "Keep it", () => this.#remove());
  #form;
  #acts;
  #facts = el("dl", { class: "facts" });
  #next = el("ol", { class: "firings" });
  #results = el("tbody");
  #noResults = el("p", { class: "note" }, "It has not fired yet.");
  #payload = el("section", { class: "panel text", hidden: true }, el("h2", {}, "Payload"),
    el("pre", { tabindex: "0", role: "region", "aria-label": "Payload" }));
  #shown = "";
  element;

  /** @param refresh reads the schedule at once */
  constructor(name, me, refresh) {
    this.#name = name;
    this.missing = { title: "No such schedule", text: `There is no schedule ${name}, or no node runs its file any more.` };
    this.#form = new ScheduleForm(name, refresh);
    this.#acts = new Acts(`/schedules/${encodeURIComponent(name)}`, refresh);
    this.#acts.buttons.append(...(me.may("operator") ? [this.#run, this.#pause, this.#form.opener, this.#delete] : []));
    this.element = el("article", { class: "schedule" },
      el("p", {}, el("a", { class: "back", href: "#/schedules" }, "← Schedules")),
      el("div", { class: "job-head" }, el("h1", {}, name), this.#state),
      this.#about, this.#acts.elements, this.#question.element, this.#form.element,
      el("div", { class: "columns" },
        el("section", { class: "panel" }, el("h2", {}, "Facts"), this.#facts),
        el("section", { class: "panel" }, el("h2", {}, "Next firings"), this.#next)),
      el("section", { class: "panel" }, el("h2", {}, "Last results"), this.#noResults,
        el("table", { class: "results" },
          el("thead", {}, el("tr", {}, ["Time", "Result", "Job", "Error"].map((title) => el("th", { scope: "col" }, title)))),
          this.#results)),
      this.#payload);
  }

  async update(signal) {
    this.#schedule = await get(`/schedules/${encodeURIComponent(this.#name)}`, signal, true);
    this.#form.fill(this.#schedule);
    this.#show();
  }

  #show() {
    const schedule = this.#schedule;
    const key = JSON.stringify(schedule);
    if (key === this.#shown) {
      return;
    }
    this.#shown = key;
    this.#state.replaceChildren(...[state(schedule)].filter(Boolean));
    say(this.#about, schedule.failing?.error ?? schedule.description);
    say(this.#pause, schedule.paused ? "Resume" : "Pause");
    this.#delete.hidden = schedule.source === "file";
    this.#form.opener.hidden = schedule.source === "file";
    this.#acts.buttons.hidden = false;
    const facts = [
      ["Type", schedule.type],
      ["When", el("code", {}, whenOf(schedule))],
      ["Jitter", schedule.jitter !== "0s" && `up to ${schedule.jitter}`],
      ["Missed", `${schedule.missed}, grace ${schedule.grace}`],
      ["Overlap", schedule.overlap],
      ["From", schedule.source === "file" ? `a route file, route schedule-${schedule.name}` : "stored, without a file"],
    ];
    this.#facts.replaceChildren(...facts.filter(([, value]) => value).flatMap(([title, value]) =>
      [el("dt", {}, title), el("dd", {}, value)]));
    this.#next.replaceChildren(...(schedule.nextFirings.length > 0
      ? schedule.nextFirings.map((firing, i) => el("li", {}, time(firing), i === 0 ? ` (${until(firing)})` : ""))
      : [el("li", { class: "note" }, schedule.paused ? "None while it is paused" : "None")]));
    this.#noResults.hidden = schedule.results.length > 0;
    this.#results.parentElement.hidden = schedule.results.length === 0;
    this.#results.replaceChildren(...schedule.results.map(row));
    this.#payload.hidden = schedule.payload === undefined;
    say(this.#payload.lastElementChild, schedule.payload === undefined ? "" : JSON.stringify(schedule.payload, null, 2));
  }

  async #change(what) {
    await this.#acts.send("POST", `/${what}`, what === "pause" ? "It is paused on all nodes." : "It fires again.");
  }

  async #runNow() {
    const answer = await this.#acts.send("POST", "/run", "");
    if (answer) {
      this.#acts.done.replaceChildren("A job was submitted: ",
        el("a", { href: `#/jobs/${encodeURIComponent(answer.jobId)}` }, shortId(answer.jobId)));
    }
  }

  async #remove() {
    if (await this.#acts.send("DELETE", "", "It is deleted.") !== undefined) {
      location.hash = "#/schedules";
    }
  }
}

function row(line) {
  return el("tr", {},
    el("td", { "data-title": "Time", class: "time" }, el("time", { datetime: line.firing, title: `decided ${moment(line.at)}` },
      line.result === "run" ? `${moment(line.firing)}, by hand` : moment(line.firing))),
    el("td", { "data-title": "Result" }, outcome(line)),
    el("td", { "data-title": "Job" }, line.jobId
      ? el("a", { href: `#/jobs/${encodeURIComponent(line.jobId)}`, title: line.jobId }, shortId(line.jobId)) : ""),
    el("td", { "data-title": "Error", class: "why" }, line.error ?? ""));
}
