// The nodes that are alive, and the queues.
import { Problem, get } from "./api.js";
import { el } from "./elements.js";
import { age, moment } from "./times.js";

const STATES = { UP: "up", STOPPING: "ends its jobs, then stops" };
const KINDS = {
  work: "jobs that wait",
  high: "jobs of high priority that wait",
  low: "jobs of low priority that wait",
  again: "retries that are due, and jobs whose worker was lost",
  dead: "copies of jobs that failed for good",
  events: "events for a durable subscription",
  "dead-events": "events that a subscriber could not take",
};

export class Nodes {
  #nodes = el("tbody");
  #queues = el("tbody");
  #unknown = el("p", { class: "error", role: "alert" });
  element = el("div", {}, el("h1", {}, "Nodes"),
    table("Nodes that are alive", ["Node", "State", "Roles", "Running jobs", "Ended jobs", "Connections", "Up for", "Version"], this.#nodes),
    el("h2", { class: "title" }, "Queues"), this.#unknown,
    table("Queues", ["Queue", "Messages", "Consumers"], this.#queues));

  async update(signal) {
    const { nodes } = await get("/nodes", signal);
    this.#nodes.replaceChildren(...nodes.map((node) => el("tr", {},
      el("td", { class: "name" }, el("strong", {}, node.name), el("span", { class: "note" }, node.http ?? "")),
      el("td", {}, el("span", { class: "badge", "data-state": node.state }, STATES[node.state] ?? node.state.toLowerCase())),
      el("td", {}, node.roles.join(", ")),
      el("td", { "data-title": "Running jobs", class: "number" }, String(node.jobs)),
      el("td", { "data-title": "Ended jobs", class: "number" }, String(node.ended ?? "")),
      el("td", { "data-title": "Connections", class: "number" }, String(node.connections)),
      el("td", { "data-title": "Up for", class: "number", title: moment(node.since) }, age(node.since)),
      el("td", { "data-title": "Version", class: "number" }, node.version ?? ""))));
    try {
      const { queues } = await get("/queues", signal);
      this.#unknown.textContent = "";
      this.#queues.replaceChildren(...queues.map((queue) => el("tr", {},
        el("td", { class: "name" }, el("strong", {}, queue.name), el("span", { class: "note" }, KINDS[queue.kind] ?? "")),
        el("td", { "data-title": "Messages", class: "number" }, String(queue.messages)),
        el("td", { "data-title": "Consumers", class: "number" }, String(queue.consumers)))));
    } catch (error) {
      if (!(error instanceof Problem)) {
        throw error;
      }
      this.#unknown.textContent = error.message;
      this.#queues.replaceChildren();
    }
  }
}

function table(caption, titles, body) {
  return el("table", {}, el("caption", { class: "hidden" }, caption),
    el("thead", {}, el("tr", {}, titles.map((title) => el("th", { scope: "col" }, title)))), body);
}
