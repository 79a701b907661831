// The nodes that are alive, and the queues.
import { Problem, get } from "./api.js";
import { el } from "./elements.js";
import { age, moment } from "./times.js";

export class Nodes {
  #nodes = el("tbody");
  #queues = el("tbody");
  #unknown = el("p", { class: "error", role: "alert" });
  element = el("div", {}, el("h1", {}, "Nodes"),
    table(["Node", "State", "Roles", "Jobs", "Ended", "Connections", "Since", "Version"], this.#nodes),
    el("h1", {}, "Queues"), this.#unknown,
    table(["Queue", "Messages", "Consumers"], this.#queues));

  async update(signal) {
    const { nodes } = await get("/nodes", signal);
    this.#nodes.replaceChildren(...nodes.map((node) => el("tr", {},
      el("td", { "data-title": "Node" }, el("strong", {}, node.name), el("span", { class: "note" }, node.http ?? "")),
      el("td", { "data-title": "State" }, el("span", { class: "badge", "data-state": node.state }, node.state.toLowerCase())),
      el("td", { "data-title": "Roles" }, node.roles.join(", ")),
      el("td", { "data-title": "Jobs", class: "number" }, String(node.jobs)),
      el("td", { "data-title": "Ended", class: "number" }, String(node.ended ?? "")),
      el("td", { "data-title": "Connections", class: "number" }, String(node.connections)),
      el("td", { "data-title": "Since", title: moment(node.since) }, age(node.since)),
      el("td", { "data-title": "Version" }, node.version ?? ""))));
    try {
      const { queues } = await get("/queues", signal);
      this.#unknown.textContent = "";
      this.#queues.replaceChildren(...queues.map((queue) => el("tr", {},
        el("td", { "data-title": "Queue" }, el("strong", {}, queue.name)),
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

function table(titles, body) {
  return el("table", {}, el("thead", {}, el("tr", {}, titles.map((title) => el("th", { scope: "col" }, title)))), body);
}
