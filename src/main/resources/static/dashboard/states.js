// The states of jobs as tabs, each with its number of jobs.
import { el, say } from "./elements.js";

export const STATES = ["SCHEDULED", "QUEUED", "HELD", "RUNNING", "RETRYING", "FINISHED", "FAILED", "CANCELLED", "WITHDRAWN"];
const UNKNOWN = "–";

export class States {
  #links = new Map();
  #counts = new Map();
  #hidden = null;
  element;

  constructor() {
    this.element = el("nav", { class: "states", "aria-label": "States" }, el("ul", {}, ["", ...STATES].map((state) => {
      const count = el("span", { class: "count" });
      const link = el("a", { "data-state": state }, `${state.toLowerCase() || "all"} `, count);
      this.#links.set(state, link);
      this.#counts.set(state, count);
      return el("li", {}, link);
    })));
  }

  /**
   * @param current the chosen state, "" for all, null for none of the tabs
   * @param address returns the link of a state's tab
   */
  lead(current, address) {
    this.#links.forEach((link, state) => {
      link.href = address(state);
      link.ariaCurrent = state === current ? "true" : null;
    });
    this.#hidden = this.#links.get(current) ?? null;
  }

  /** @param counts by state; null if unknown */
  show(counts) {
    this.#counts.forEach((count, state) => {
      const number = counts === null ? null : state === "" ? sum(counts) : (counts[state] ?? 0);
      say(count, number === null ? UNKNOWN : number.toLocaleString());
      this.#links.get(state).toggleAttribute("data-some", number > 0);
    });
    // A phone does not fit all tabs: scroll the chosen one into view.
    this.#hidden?.scrollIntoView({ block: "nearest", inline: "center" });
    this.#hidden = null;
  }
}

function sum(counts) {
  return Object.values(counts).reduce((all, count) => all + count, 0);
}
