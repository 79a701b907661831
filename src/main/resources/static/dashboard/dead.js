// The failed jobs, in groups that failed alike: how many, since when and where in the handler; and what can be done to a group.
import { get } from "./api.js";
import { Bulk } from "./bulk.js";
import { el, firstLine, say, shortId, svg, time } from "./elements.js";
import { age } from "./times.js";

const TITLES = ["Failure", "Type", "Jobs", "Last 24 hours", "First", "Latest"];
const WIDTH = 96;
const HEIGHT = 24;

export class Dead {
  #me;
  #rows = new Map();
  #body = el("tbody");
  #empty = el("p", { class: "empty", hidden: true });
  /** The group that the bulk act is for. */
  #chosen = null;
  #heading = el("h2");
  #bulk;
  element;

  constructor(me) {
    this.#me = me;
    this.#bulk = me.may("operator") ? new Bulk(() => ({ group: this.#chosen?.group }), ["replay", "discard"]) : null;
    this.element = el("div", {},
      el("div", { class: "tools" }, el("h1", {}, "Failed jobs"), el("a", { href: "#/jobs?state=FAILED" }, "One by one")),
      this.#bulk && [this.#heading, this.#bulk.element],
      el("table", { class: "dead" },
        el("caption", { class: "hidden" }, "Groups of jobs that failed alike, the largest first"),
        el("thead", {}, el("tr", {}, TITLES.map((title) => el("th", { scope: "col" }, title)),
          this.#bulk && el("th", { scope: "col" }, el("span", { class: "hidden" }, "What to do")))),
        this.#body),
      this.#empty);
    this.#heading.hidden = true;
  }

  async update(signal) {
    const { groups, jobs, partial } = await get("/jobs/dead", signal);
    signal.throwIfAborted();
    const before = this.#rows;
    this.#rows = new Map(groups.map(({ group }) => [group, before.get(group) ?? this.#row(group)]));
    const rows = [...this.#rows.values()].map((row) => row.element);
    if (rows.length !== this.#body.children.length || rows.some((row, i) => row !== this.#body.children[i])) {
      this.#body.replaceChildren(...rows);
    }
    groups.forEach((group) => this.#rows.get(group.group).show(group));
    this.#empty.hidden = groups.length > 0 && !partial;
    say(this.#empty, partial ? `There are ${jobs.toLocaleString()} failed jobs. Not all of them are in these groups.` : "No job has failed.");
  }

  #row(group) {
    return new Row(this.#me, this.#bulk && ((shown) => {
      this.#chosen = { group };
      say(this.#heading, `All of: ${shown}`);
      this.#heading.hidden = false;
      this.#bulk.open();
    }));
  }
}

/** Reuses the element of a group, so that the focus stays where it is. */
class Row {
  #me;
  #cells = TITLES.map((title) => el("td", { "data-title": title, class: title.split(" ", 1)[0].toLowerCase() }));
  #act;
  #shown = "";
  #title = "";
  element;

  /** @param choose called with the title of the group; null if the user may do nothing to it */
  constructor(me, choose) {
    this.#me = me;
    this.#act = choose && el("button", { type: "button", class: "quiet", onclick: () => choose(this.#title) }, "All of these");
    this.element = el("tr", {}, this.#cells, this.#act && el("td", {}, this.#act));
  }

  show(group) {
    const key = JSON.stringify(group);
    const [failure, type, jobs, hours, first, latest] = this.#cells;
    if (key !== this.#shown) {
      this.#shown = key;
      const error = group.error ?? { type: "Unknown", message: "" };
      this.#title = `${error.type} of ${group.type}`;
      failure.replaceChildren(el("strong", {}, error.type), el("span", { class: "why", title: error.message }, firstLine(error)),
        ...(error.step ? [el("span", { class: "note" }, `at ${error.step}`, error.place ? [" in ", this.#place(group.type, error.place)] : "")] : []));
      jobs.replaceChildren(el("a", { href: `#/jobs?group=${group.group}` }, group.jobs.toLocaleString()));
      hours.replaceChildren(bars(group.perHour));
      say(type, group.type);
      this.#act?.setAttribute("aria-label", `All of ${this.#title}`);
      latest.replaceChildren(el("a", { href: `#/jobs/${encodeURIComponent(group.latest)}` }, shortId(group.latest)), " ", time(group.last, `${age(group.last)} ago`));
      first.replaceChildren(time(group.first, `${age(group.first)} ago`));
    }
  }

  #place(type, place) {
    return this.#me.may("operator", "author") ? el("a", { href: `#/routes/${encodeURIComponent(`job-${type}`)}` }, place) : place;
  }
}

/** How many failed in each hour: the highest bar is the most of them. */
function bars(perHour) {
  const most = Math.max(1, ...perHour);
  const width = WIDTH / perHour.length;
  const all = perHour.reduce((sum, count) => sum + count, 0);
  return el("div", { class: "bars", role: "img", "aria-label": `${all} in 24 hours, ${perHour.at(-1)} in the last; at most ${Math.max(...perHour)} in one` },
    svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" },
      ...perHour.map((count, i) => svg("rect", { x: i * width, width: width * 0.8,
        y: HEIGHT - height(count, most), height: height(count, most) }))));
}

function height(count, most) {
  return count === 0 ? 0.5 : Math.max(2, (HEIGHT * count) / most);
}
