// The routes of this node, users' own first, and the problems in their files.
import { get } from "./api.js";
import { el, say } from "./elements.js";
import { NewRoute } from "./new-route.js";
import { age, moment } from "./times.js";

/** Has the name of a handler, but is a route that handlers call. */
const CALLED_BY_HANDLERS = "job-progress";
const TITLES = ["Route", "State", "File", "Revision", "Running for", "Exchanges", "Failed"];

export class Routes {
  #where = el("p", { class: "note" });
  #problems = el("div", { "aria-live": "polite" });
  #filter = el("input", { id: "search", type: "search", placeholder: "Route or file", "aria-label": "Route or file ( / )",
    autocomplete: "off", spellcheck: "false", oninput: () => this.#show() });
  #none = el("p", { class: "empty", hidden: true }, "There are no such routes.");
  #groups = [
    new Group("Handlers of jobs", (id) => id.startsWith("job-") && id !== CALLED_BY_HANDLERS),
    new Group("Schedules", (id) => id.startsWith("schedule-")),
    new Group("Subscribers to events", (id) => id.startsWith("event-")),
    new Group("Routes of the engine", () => true, true),
  ];
  #routes = [];
  #shown = "";
  /** Null for a user who may not write. */
  #new;
  element;

  constructor(me) {
    this.#new = me.may("author") ? new NewRoute() : null;
    if (this.#new) {
      this.#new.opener.hidden = true; // until it is known that files can be written here
    }
    this.element = el("div", {}, el("h1", {}, "Routes"), this.#where, this.#problems,
      el("div", { class: "tools" }, this.#filter, this.#new?.opener), this.#new?.element,
      this.#groups.map((group) => group.element), this.#none);
  }

  async update(signal) {
    const [{ routes }, files] = await Promise.all([get("/routes", signal), get("/routes/files", signal)]);
    this.#routes = routes;
    if (files.publication !== undefined) {
      this.#where.replaceChildren(el("a", { href: "#/publications" }, `Publication ${files.publication}`), " of the route files, the same on all nodes.");
    } else {
      say(this.#where, files.directory
        ? `The files are in ${files.directory}. Save one, and it is live.`
        : "The files are in the jar and cannot be edited. To edit copies: java -jar caravan.jar --unpack routes");
    }
    if (this.#new) {
      this.#new.opener.hidden = !files.writable;
    }
    const { problems, moreProblems = 0, notices = [] } = files;
    const key = JSON.stringify([problems, moreProblems, notices]);
    if (key !== this.#shown) {
      this.#shown = key;
      this.#problems.replaceChildren(...[
        problems.length > 0 && refused(problems, moreProblems),
        notices.length > 0 && notRead(notices),
      ].filter(Boolean));
    }
    this.#show();
  }

  focusSearch() {
    this.#filter.focus();
  }

  #show() {
    const wanted = this.#filter.value.trim();
    const matching = this.#routes.filter((route) => route.id.includes(wanted) || (route.file ?? "").includes(wanted));
    const groups = this.#groups.map(() => []);
    matching.forEach((route) => groups[this.#groups.findIndex((group) => group.has(route.id))].push(route));
    this.#groups.forEach((group, i) => group.show(groups[i], wanted !== ""));
    this.#none.hidden = matching.length > 0;
  }
}

/** A table of routes under a heading; a folded one opens during a search. */
class Group {
  #title;
  #body = el("tbody");
  #rows = new Map();
  #heading;
  #folded;
  has;
  element;

  constructor(title, has, folded = false) {
    this.#title = title;
    this.#folded = folded;
    this.has = has;
    this.#heading = el("h2", {}, title);
    const table = el("table", { class: "routes" },
      el("caption", { class: "hidden" }, title),
      el("thead", {}, el("tr", {}, TITLES.map((one) => el("th", { scope: "col" }, one)))), this.#body);
    this.element = folded
      ? el("details", { class: "group" }, el("summary", {}, this.#heading), table)
      : el("section", { class: "group" }, this.#heading, table);
  }

  show(routes, searching) {
    say(this.#heading, `${this.#title} (${routes.length})`);
    this.element.hidden = routes.length === 0;
    if (this.#folded && searching) {
      this.element.open = true;
    }
    const before = this.#rows;
    this.#rows = new Map(routes.map((route) => [route.id, before.get(route.id) ?? new Row(route.id)]));
    const rows = [...this.#rows.values()].map((row) => row.element);
    if (rows.length !== this.#body.children.length || rows.some((row, i) => row !== this.#body.children[i])) {
      this.#body.replaceChildren(...rows);
    }
    routes.forEach((route) => this.#rows.get(route.id).show(route));
  }
}

/** Reuses the element of a route, so that the focus stays where it is. */
class Row {
  #about = el("span", { class: "note" });
  #state = el("span", { class: "badge" });
  #cells = ["file", "revision", "since", "number", "number"].map((kind, i) => el("td", { "data-title": TITLES[i + 2], class: kind }));
  element;

  constructor(id) {
    this.element = el("tr", {},
      el("td", { "data-title": TITLES[0] },
        el("a", { href: `#/routes/${encodeURIComponent(id)}` }, el("strong", {}, id)), this.#about),
      el("td", { "data-title": TITLES[1] }, this.#state), this.#cells);
  }

  show(route) {
    say(this.#about, route.description ?? "");
    this.#state.dataset.state = route.state ?? "";
    say(this.#state, stateOf(route));
    [route.file ?? "in Java", route.revision ?? "", age(route.since), route.exchanges?.total ?? "",
      route.exchanges?.failed ?? ""].forEach((text, i) => say(this.#cells[i], String(text)));
    this.#cells[2].title = moment(route.since);
    this.#cells[4].classList.toggle("error", route.exchanges?.failed > 0);
    this.#cells[4].title = route.lastError ?? "";
  }
}

export function stateOf(route) {
  return (route.state ?? "changing").toLowerCase();
}

/** The problems of files: place, reason, and the line itself. */
function refused(problems, more) {
  return el("section", { class: "panel refused" },
    el("h2", {}, "Rejected files: the previous routes keep running"),
    problemList(problems),
    more > 0 ? el("p", {}, `And ${more} more.`) : null);
}

/** @param go goes to the place of a problem; null if it cannot be gone to */
export function problemList(problems, go = () => null) {
  return el("ul", {}, problems.map((problem) => el("li", {},
    el("p", {}, place(problem, go(problem)),
      problem.route ? ` (route ${problem.route})` : "", ` ${sentence(problem.reason)}`,
      problem.suggestion ? [" Did you mean ", el("code", {}, `"${problem.suggestion}"`), "?"] : null),
    problem.excerpt && el("pre", { class: "excerpt" },
      el("span", { class: "number" }, `${problem.line ?? ""} `), el("mark", {}, problem.excerpt)))));
}

function place({ file, line, column }, go) {
  const text = el("code", {}, [file, line, column].filter(Boolean).join(":"));
  return go ? el("button", { type: "button", class: "place", onclick: go }, text) : text;
}

/** Files in the directory whose names are not names of route files. */
function notRead(notices) {
  return el("section", { class: "panel" },
    el("h2", {}, "Files that are not read"),
    el("ul", {}, notices.map(({ file, reason }) => el("li", {}, el("code", {}, file), ` ${sentence(reason)}`))));
}

function sentence(text) {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
