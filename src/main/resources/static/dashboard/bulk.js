// Acts on all jobs of a filter: counts them first, asks, and leads to the job that does it.
import { reason, send } from "./api.js";
import { el, say } from "./elements.js";
import { Question } from "./question.js";

const ACTS = ["replay", "cancel", "discard"];
const WHAT = {
  replay: "Replay",
  cancel: "Cancel",
  discard: "Discard",
};

export class Bulk {
  #filter;
  /** What was counted last: that alone is done. */
  #counted;
  #act;
  #rate = el("input", { type: "number", min: 1, max: 10000, placeholder: "all it can" });
  #go = el("button", {}, "Count jobs");
  #refused = el("p", { class: "error", role: "alert" });
  #question = new Question("Do it", "Leave them", () => this.#ask());
  opener = el("button", { type: "button", class: "quiet", "aria-expanded": "false", "aria-controls": "bulk", onclick: () => {
    if (this.#form.hidden) {
      this.open();
    } else {
      this.#form.hidden = true;
      this.opener.ariaExpanded = "false";
    }
  } }, "All of these");
  #form;
  element;

  /**
   * @param filter returns that of the list
   * @param acts what may be done to its jobs
   */
  constructor(filter, acts = ACTS) {
    this.#filter = filter;
    this.#act = el("select", {}, acts.map((act) => el("option", { value: act }, WHAT[act])));
    this.#form = el("form", { id: "bulk", class: "panel", hidden: true, "aria-label": "All jobs of the filter", onsubmit: (event) => {
      event.preventDefault();
      this.#count();
    } },
      el("label", {}, "What to do", this.#act), el("label", {}, "Jobs a second", this.#rate), this.#go, this.#refused);
    this.element = el("div", {}, this.#form, this.#question.element);
  }

  open() {
    this.#form.hidden = false;
    this.opener.ariaExpanded = "true";
    this.#act.focus();
  }

  #body() {
    const parts = Object.entries(this.#filter()).filter(([, value]) => value);
    const rate = this.#rate.value === "" ? {} : { rate: Number(this.#rate.value) };
    return { act: this.#act.value, ...Object.fromEntries(parts), ...rate };
  }

  async #count() {
    await this.#try(async () => {
      const body = this.#body();
      this.#counted = JSON.stringify(body);
      const { jobs, atLeast } = await send("POST", "/jobs/bulk?dry=true", this.#counted);
      const { act, rate, ...parts } = body;
      const which = Object.entries(parts).map(([name, value]) => `${name} ${value}`).join(", ") || "no filter";
      const undone = act === "replay" ? "" : " It cannot be undone.";
      this.#question.ask(`${WHAT[act]} ${atLeast ? "at least " : ""}${jobs.toLocaleString()} jobs (${which})?${undone}`, this.#go);
    });
  }

  async #ask() {
    await this.#try(async () => {
      const { jobId } = await send("POST", "/jobs/bulk", this.#counted);
      location.hash = `#/jobs/${encodeURIComponent(jobId)}`;
    });
  }

  async #try(act) {
    say(this.#refused, "");
    try {
      await act();
    } catch (error) {
      say(this.#refused, reason(error));
    }
  }
}
