// The row of figures over the jobs: what waits in the queues, how many end each second, who works.
import { Problem, get } from "./api.js";
import { Chart } from "./chart.js";
import { el, say } from "./elements.js";

const UNKNOWN = "–";

class Figure {
  chart = new Chart();
  #value = el("strong", {}, UNKNOWN);
  #note = el("span", { class: "note" });
  element;

  constructor(title) {
    this.element = el("li", { class: "figure" }, el("span", { class: "title" }, title), this.#value, this.#note,
      this.chart.element);
  }

  /** @param value null if it is not known */
  show(value, text = String(value), note = "") {
    say(this.#value, value === null ? UNKNOWN : text);
    say(this.#note, note);
    this.chart.add(value);
  }
}

export class Figures {
  #waiting = new Figure("Waiting");
  #rate = new Figure("Ended each second");
  #running = new Figure("Running");
  #dead = new Figure("Dead queue");
  #before = null;
  element = el("ul", { class: "figures", "aria-label": "Figures" },
    [this.#waiting, this.#running, this.#rate, this.#dead].map((figure) => figure.element));

  async update(signal, seesNodes) {
    const [queues, nodes] = await Promise.all([
      known(get("/queues", signal)),
      seesNodes ? known(get("/nodes", signal)) : null,
    ]);
    const depth = (kind) => queues?.queues.find((queue) => queue.kind === kind)?.messages ?? null;
    const workers = queues?.queues.find((queue) => queue.kind === "work")?.consumers ?? 0;
    this.#waiting.show(depth("work"), undefined, queues && workers === 0 ? "no worker" : "");
    this.#dead.show(depth("dead"));
    this.#running.show(nodes ? sum(nodes.nodes, "jobs") : null, undefined, nodes ? nodesText(nodes.nodes.length) : "");
    this.#showRate(nodes?.nodes);
  }

  /** By what each node has counted since it started: one that came since the last time counts from the next time on. */
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
      this.#rate.show(rate, rate < 10 ? rate.toFixed(1) : String(Math.round(rate)));
    }
    this.#before = now;
  }
}

/** Null for what the server does not know now. */
async function known(answer) {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Problem) {
      return null;
    }
    throw error;
  }
}

function sum(nodes, field) {
  return nodes.reduce((all, node) => all + node[field], 0);
}

function nodesText(count) {
  return count === 1 ? "on 1 node" : `on ${count} nodes`;
}
