// The routes of this node, and what is wrong with their files.
import { get } from "./api.js";
import { el } from "./elements.js";
import { age, moment } from "./times.js";

/** Hawtio has no address for a single route: its tree does. */
const HAWTIO = "/hawtio/camel";

export class Routes {
  #wanted;
  #problems = el("div", { "aria-live": "polite" });
  #filter = el("input", { id: "search", type: "search", placeholder: "Route", "aria-label": "Route ( / )",
    autocomplete: "off", oninput: () => this.#show() });
  #body = el("tbody");
  #where = el("p", { class: "note" });
  #routes = [];
  #shown = "";
  element;

  constructor(wanted) {
    this.#wanted = wanted;
    this.#filter.value = wanted ?? "";
    this.element = el("div", {}, el("h1", {}, "Routes"), this.#where, this.#problems,
      el("div", { class: "tools" }, this.#filter),
      el("table", { class: "routes" },
        el("thead", {}, el("tr", {}, ["Route", "State", "File", "Revision", "Since", "Exchanges", "Failed", ""].map((title) =>
          el("th", { scope: "col" }, title)))),
        this.#body));
  }

  async update(signal) {
    const [{ routes }, files] = await Promise.all([get("/routes", signal), get("/routes/files", signal)]);
    this.#routes = routes;
    this.#where.textContent = files.directory
      ? `Files of ${files.directory}; save one and it is live.`
      : "Files of the jar, which cannot be edited: java -jar caravan.jar --unpack routes";
    const key = JSON.stringify(files.problems);
    if (key !== this.#shown) {
      this.#shown = key;
      this.#problems.replaceChildren(...(files.problems.length === 0 ? [] : [el("section", { class: "panel refused" },
        el("h2", {}, "Refused: what ran before goes on running"),
        el("ul", {}, files.problems.map((problem) => el("li", {},
          el("code", {}, problem.line ? `${problem.file}:${problem.line}` : problem.file),
          problem.route ? ` (route ${problem.route})` : "", ` ${problem.reason}`))))]));
    }
    this.#show();
  }

  focusSearch() {
    this.#filter.focus();
  }

  #show() {
    const wanted = this.#filter.value.trim();
    this.#body.replaceChildren(...this.#routes
      .filter((route) => route.id.includes(wanted) || (route.file ?? "").includes(wanted))
      .map((route) => el("tr", {},
        el("td", { "data-title": "Route" }, el("strong", {}, route.id), el("span", { class: "note" }, route.description ?? "")),
        el("td", { "data-title": "State" }, el("span", { class: "badge", "data-state": route.state ?? "" },
          (route.state ?? "changing").toLowerCase())),
        el("td", { "data-title": "File" }, route.file ?? "in Java"),
        el("td", { "data-title": "Revision" }, route.revision ?? ""),
        el("td", { "data-title": "Since", title: moment(route.since) }, age(route.since)),
        el("td", { "data-title": "Exchanges", class: "number" }, route.exchanges ? String(route.exchanges.total) : ""),
        el("td", { "data-title": "Failed", class: "number", title: route.lastError }, route.exchanges ? String(route.exchanges.failed) : ""),
        el("td", {}, el("a", { href: HAWTIO, "aria-label": `${route.id} in Hawtio` }, "Hawtio")))));
  }
}
