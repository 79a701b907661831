// The page of one route: its state, the text of its file, the history of that file, and a panel to try it. It saves nothing.
import { diffLines } from "/webjars/diff/lib/index.es6.js";
import { get, getText } from "./api.js";
import { el, say } from "./elements.js";
import { stateOf } from "./routes.js";
import { SlowSteps } from "./slow-steps.js";
import { age, moment } from "./times.js";
import { TryRoute } from "./try-route.js";

/** Hawtio has no address for a single route, only for its tree of routes. */
const HAWTIO = "/hawtio/camel";
const HANDLER = "job-";
/** A comparison needs the square of this; it skips texts that differ in more lines. */
const MOST_DIFFERENCES = 2_000;

export class Route {
  #id;
  #state = el("span", { class: "badge" });
  #about = el("p", { class: "note" });
  #facts = el("dl", { class: "facts" });
  #try;
  #slow;
  #file = el("div");
  /** The file and revision on display. */
  #shown = "";
  element;

  constructor(id, me) {
    this.#id = id;
    this.#try = me.may("author") ? new TryRoute(id) : null;
    this.#slow = id.startsWith(HANDLER) ? new SlowSteps(id.slice(HANDLER.length)) : null;
    this.element = el("div", {},
      el("p", {}, el("a", { href: "#/routes" }, "All routes")),
      el("div", { class: "job-head" }, el("h1", {}, id), this.#state), this.#about,
      el("section", { class: "panel" }, this.#facts), this.#try?.element, this.#slow?.element, this.#file);
  }

  async update(signal) {
    const [{ routes }, { files, directory, writable }] = await Promise.all([get("/routes", signal), get("/routes/files", signal)]);
    await this.#slow?.update(signal);
    const route = routes.find(({ id }) => id === this.#id);
    const file = files.find((one) => (route ? one.file === route.file : one.routes.includes(this.#id)));
    if (route) {
      this.#show(route);
    } else {
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
      ["Last error", route.lastError],
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
    const path = `/routes/files/${file.split("/").map(encodeURIComponent).join("/")}`;
    const [source, { history }] = await Promise.all([getText(path, signal), get(`${path}/history`, signal)]);
    if (writable) {
      this.#try?.offer(file, source);
    }
    return [
      el("section", { class: "panel" }, el("h2", {}, `What runs: ${file}`), numbered(source)),
      el("section", { class: "panel" }, el("h2", {}, "History"),
        history.length > 0 ? new History(path, history).element : el("p", { class: "note" }, directory
          ? "This file was not changed while a node looked on, so there are no older revisions."
          : "Files in the jar have no history. To edit copies: java -jar caravan.jar --unpack routes")),
    ];
  }
}

/** The kept revisions of a file, and the difference between two of them. */
class History {
  #path;
  #from;
  #to;
  #diff = el("div", { "aria-live": "polite" });
  /** The number of the newest comparison: responses may arrive in another order. */
  #asked = 0;
  element;

  constructor(path, history) {
    this.#path = path;
    const revisions = [...new Map(history.filter(({ revision }) => revision).map((one) => [one.revision, one])).values()];
    this.#from = choice("from", "From", revisions, Math.min(1, revisions.length - 1), () => this.#compare());
    this.#to = choice("to", "to", revisions, 0, () => this.#compare());
    this.element = el("div", {},
      el("table", {},
        el("caption", { class: "hidden" }, "Revisions, newest first"),
        el("thead", {}, el("tr", {}, ["When", "Revision", "By", "Routes"].map((title) => el("th", { scope: "col" }, title)))),
        el("tbody", {}, history.map(({ revision, time, by, routes }) => el("tr", {},
          el("td", { "data-title": "When" }, moment(time)),
          el("td", { "data-title": "Revision", class: "revision" }, revision ?? "removed"),
          el("td", { "data-title": "By" }, by),
          el("td", { "data-title": "Routes" }, routes.join(", ")))))),
      revisions.length > 1 ? el("div", { class: "tools compare" }, this.#from.label, this.#to.label) : null,
      this.#diff);
    if (revisions.length > 1) {
      this.#compare();
    }
  }

  async #compare() {
    const mine = ++this.#asked;
    try {
      const [from, to] = await Promise.all([this.#from, this.#to].map(({ select }) =>
        getText(`${this.#path}/history/${encodeURIComponent(select.value)}`)));
      if (mine === this.#asked) {
        this.#diff.replaceChildren(differences(from, to));
      }
    } catch (error) {
      if (mine === this.#asked) {
        this.#diff.replaceChildren(el("p", { class: "error" }, error.message));
      }
    }
  }
}

function choice(id, title, revisions, chosen, changed) {
  const select = el("select", { id, onchange: changed }, revisions.map(({ revision, time }, i) =>
    el("option", { value: revision, selected: i === chosen }, `${revision}, ${moment(time)}`)));
  return { select, label: el("label", { for: id }, `${title} `, select) };
}

function numbered(text) {
  return code(lines(text).map((line) => el("span", {}, `${line}\n`)));
}

/** Merges two texts into one list of removed, added and common lines. @param label for screen readers */
export function differences(from, to, label = "Differences") {
  const parts = diffLines(from, to, { maxEditLength: MOST_DIFFERENCES });
  if (!parts) {
    return el("p", { class: "note" }, "The two revisions differ in too many lines to compare them here.");
  }
  if (!parts.some(({ added, removed }) => added || removed)) {
    return el("p", { class: "note" }, "The two revisions are the same.");
  }
  return code(parts.flatMap(({ value, added, removed }) =>
    lines(value).map((line) => el(added ? "ins" : removed ? "del" : "span", {}, `${added ? "+" : removed ? "−" : " "} ${line}\n`))),
  "diff", label);
}

function code(elements, kind = "source", label = "Source") {
  return el("pre", { class: kind, tabindex: "0", "aria-label": label, role: "region" }, elements);
}

function lines(text) {
  return text.replace(/\n$/, "").split("\n");
}
