// The row of figures above the jobs: waiting, running and retrying jobs, jobs that end each second, and failed ones.
import { get, known } from "./api.js";
import { Chart, Series } from "./chart.js";
import { el, say } from "./elements.js";

const UNKNOWN = "–";
const FAILED_JOBS = "#/jobs?state=FAILED";

/** Outlives a view, so that a user who returns to it sees the previous minutes. */
const SERIES = new Map();

class Figure {
  #title;
  #series;
  #chart;
  #value = el("strong", {}, UNKNOWN);
  #note = el("span", { class: "note" });
  element;

  /** @param link the target; null for a figure without a link */
  constructor(title, link = null) {
    this.#title = title;
    SERIES.set(title, SERIES.get(title) ?? new Series());
    this.#series = SERIES.get(title);
    this.#chart = new Chart(this.#series);
    this.element = el("li", { class: "figure" },
      el("span", { class: "title" }, link ? el("a", { href: link }, title) : title), this.#value, this.#note,
      this.#chart.element);
  }

  /** @param value null if unknown */
  show(value, { text = value === null ? UNKNOWN : value.toLocaleString(), note = "", bad = false } = {}) {
    say(this.#value, text);
    say(this.#note, note);
    this.element.classList.toggle("bad", bad);
    this.#series.add(value);
    this.#chart.draw(`${this.#title}: ${value === null ? "not known" : text}`);
  }
}

export class Figures {
  #waiting = new Figure("Waiting");
  #running = new Figure("Running");
  #retrying = new Figure("Retrying");
  #rate = new Figure("Ended each second");
  #failed = new Figure("Failed", FAILED_JOBS);
  #dead = new Figure("Dead queue", FAILED_JOBS);
  #before = null;
  element = el("ul", { class: "figures", "aria-label": "Figures" },
    [this.#waiting, this.#running, this.#retrying, this.#rate, this.#failed, this.#dead].map((figure) => figure.element));

  /** @param counting a promise of the job counts, null if they are unknown */
  async update(counting, signal, seesNodes) {
    const [counts, queues, nodes] = await Promise.all([
      counting,
      known(get("/queues", signal)),
      seesNodes ? known(get("/nodes", signal)) : null,
    ]);
    const states = counts?.states;
    const workers = queues?.queues.find(({ kind }) => kind === "work")?.consumers ?? 0;
    const dead = queues?.queues.find(({ kind }) => kind === "dead")?.messages ?? null;
    this.#waiting.show(states?.QUEUED ?? null, { note: queues && workers === 0 ? "no worker" : "", bad: workers === 0 && states?.QUEUED > 0 });
    this.#running.show(states?.RUNNING ?? null, { note: nodes ? nodesText(nodes.nodes.length) : "" });
    this.#retrying.show(states?.RETRYING ?? null);
    this.#failed.show(states?.FAILED ?? null);
    this.#dead.show(dead, { bad: dead > 0, note: dead > 0 ? "failed for good" : "" });
    this.#showRate(nodes?.nodes);
  }

  /** Adds up the counters of all nodes since their start; a node that is new counts from the next poll on. */
  #showRate(nodes) {
    if (!nodes) {
      this.#before = null;
      this.#rate.show(null);
      return;
    }
    const now = { at: performance.now(), ended: new Map(nodes.map((node) => [node.instance, node.ended ?? 0])) };
    if (this.#before === null) {
      this.#rate.show(null);
    } else {
      let ended = 0;
      now.ended.forEach((count, instance) => {
        ended += Math.max(0, count - (this.#before.ended.get(instance) ?? count));
      });
      const rate = (ended * 1000) / (now.at - this.#before.at);
      this.#rate.show(rate, { text: rate < 10 ? rate.toFixed(1) : String(Math.round(rate)) });
    }
    this.#before = now;
  }
}

function nodesText(count) {
  return count === 1 ? "on 1 node" : `on ${count} nodes`;
}
