// The page of one route: its state and figures, the text of its file, the history of that file, and a panel to try it.
import { get, getText } from "./api.js";
import { numbered } from "./diff.js";
import { el, say } from "./elements.js";
import { addressOf, pathOf } from "./files.js";
import { History } from "./history.js";
import { RouteFigures } from "./route-figures.js";
import { RouteRecordings } from "./route-recordings.js";
import { stateOf } from "./routes.js";
import { SlowSteps } from "./slow-steps.js";
import { age, moment } from "./times.js";
import { TryRoute } from "./try-route.js";

/** Hawtio has no address for a single route, only for its tree of routes. */
const HAWTIO = "/hawtio/camel";
const HANDLER = "job-";

export class Route {
  #id;
  #state = el("span", { class: "badge" });
  #about = el("p", { class: "note" });
  #facts = el("dl", { class: "facts" });
  #try;
  #slow;
  #figures;
  #changed;
  #file = el("div");
  /** The file and revision on display. */
  #shown = "";
  element;

  /** @param changed is called when what runs has changed */
  constructor(id, me, changed) {
    this.#id = id;
    this.#changed = me.may("author") ? changed : null;
    this.#try = me.may("author") ? new TryRoute(id) : null;
    this.#slow = id.startsWith(HANDLER) ? SlowSteps.ofType(id.slice(HANDLER.length))
      : me.may("operator") ? new RouteRecordings(id) : null;
    this.#figures = new RouteFigures(id, this.#slow && (() => this.#slow.show()));
    this.element = el("div", {},
      el("p", {}, el("a", { href: "#/routes" }, "All routes")),
      el("div", { class: "job-head" }, el("h1", {}, id), this.#state), this.#about,
      el("section", { class: "panel" }, this.#facts), this.#figures.element, this.#try?.element, this.#slow?.element, this.#file);
  }

  stop() {
    this.#slow?.stop?.();
  }

  async update(signal) {
    const [{ routes }, { files, directory, writable }] = await Promise.all([get("/routes", signal), get("/routes/files", signal)]);
    await this.#slow?.update(signal);
    const route = routes.find(({ id }) => id === this.#id);
    const file = files.find((one) => (route ? one.file === route.file : one.routes.includes(this.#id)));
    if (route) {
      this.#show(route);
      await (route.exchanges ? this.#figures.update(signal, this.#slow?.hasSteps) : this.#figures.hide());
    } else {
      this.#figures.hide();
      this.#state.hidden = true;
      this.#facts.parentElement.hidden = true;
      say(this.#about, file ? "This route does not run on this node, which does not have the role for it."
        : "There is no route of this name on this node.");
    }
    const shown = `${file?.file} ${file?.revision}`;
    if (shown !== this.#shown) {
      this.#file.replaceChildren(...(file ? await this.#partsOf(file.file, directory, writable, signal) : []));
      this.#shown = shown;
    }
  }

  #show(route) {
    this.#state.hidden = false;
    this.#facts.parentElement.hidden = false;
    this.#state.dataset.state = route.state ?? "";
    say(this.#state, stateOf(route));
    say(this.#about, route.description ?? "");
    const facts = [
      ["File", route.file ?? "none: it is written in Java, and cannot be edited while it runs"],
      ["Revision of the route", route.revision && el("code", {}, route.revision)],
      ["Runs since", route.since && `${moment(route.since)} (${age(route.since)})`],
      ["Exchanges", route.exchanges && `${route.exchanges.total}, ${route.exchanges.failed} failed, ${route.exchanges.inFlight} now`],
    ].filter(([, value]) => value);
    if (this.#facts.children.length !== 2 * facts.length + 2) {
      this.#facts.replaceChildren(...facts.flatMap(([title]) => [el("dt", {}, title), el("dd")]),
        el("dt", {}, "Diagram"), el("dd", {}, el("a", { href: HAWTIO }, "in Hawtio, under routes")));
    }
    facts.forEach(([, value], i) => {
      const place = this.#facts.children[2 * i + 1];
      if (place.textContent !== (value.textContent ?? value)) {
        place.replaceChildren(value);
      }
    });
  }

  async #partsOf(file, directory, writable, signal) {
    const path = pathOf(file);
    const mayEdit = writable && this.#changed !== null;
    const [source, { history }] = await Promise.all([getText(path, signal), get(`${path}/history`, signal)]);
    if (mayEdit) {
      this.#try.offer(file, source);
    }
    return [
      el("section", { class: "panel" },
        el("div", { class: "text-head" }, el("h2", {}, `What runs: ${file}`),
          mayEdit ? el("a", { href: addressOf(file) }, "Edit") : null),
        numbered(source)),
      el("section", { class: "panel" }, el("h2", {}, "History"),
        history.length > 0 ? new History(path, history, mayEdit ? this.#changed : null).element : el("p", { class: "note" }, directory
          ? "This file was not changed while a node looked on, so there are no older revisions."
          : "Files in the jar have no history. To edit copies: java -jar caravan.jar --unpack routes")),
    ];
  }
}
