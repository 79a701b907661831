// The list of jobs, kept up to date, and the form for a new one. The address determines what the list shows.
import { get, known } from "./api.js";
import { Bulk } from "./bulk.js";
import { badge, bar, el, firstLine, say, shortId } from "./elements.js";
import { Figures } from "./figures.js";
import { FIELDS, Filter } from "./filter.js";
import { States } from "./states.js";
import { Submit } from "./submit.js";
import { TypeLimits } from "./type-limits.js";
import { age, duration, millisBetween, moment } from "./times.js";

const LIMIT = 50;
const FILTERS = ["state", "type", "id", ...FIELDS, "after"];
const TITLES = ["State", "Type", "Job", "Progress", "Age", "Time", "Attempts", "Worker"];
const ID = /^[A-Za-z0-9._:-]{1,64}$/;
/** The server searches for ids by at least this many characters. */
const SHORTEST_BEGINNING = 4;
const WITH_ERROR = new Set(["FAILED", "RETRYING"]);

export class Jobs {
  #figures = new Figures();
  #seesNodes;
  #asked;
  #rows = new Map();
  #body = el("tbody");
  #empty = el("p", { class: "empty", hidden: true });
  #states = new States();
  #types = el("select", { onchange: () => this.#lead({ ...this.#kept("state", "id", ...FIELDS), type: this.#types.value }) });
  #filter = new Filter((fields) => this.#lead({ ...this.#kept("state", "type", "id"), ...fields }));
  #search = el("input", { id: "search", type: "search", placeholder: "Job id", "aria-label": "Job id, or its beginning ( / )",
    autocomplete: "off", spellcheck: "false" });
  #found = el("p", { id: "found", role: "alert" });
  #newest = el("a", {}, "Newest jobs");
  #older = el("a", {}, "Older jobs");
  #submit;
  #bulk;
  #limits;
  element;

  /** @param refresh reads the jobs at once */
  constructor(me, asked, refresh) {
    this.#seesNodes = me.may("operator");
    this.#submit = me.may("user") ? new Submit(me) : null;
    this.#bulk = me.may("operator") ? new Bulk(() => this.#kept("state", "type", "id", ...FIELDS)) : null;
    this.#limits = new TypeLimits(me, refresh);
    this.element = el("div", {},
      this.#figures.element,
      el("div", { class: "tools" }, el("h1", {}, "Jobs"),
        el("form", { role: "search", onsubmit: (event) => this.#find(event) }, this.#search),
        el("label", {}, "Type ", this.#types), this.#filter.opener, this.#bulk?.opener, this.#submit?.opener),
      this.#filter.element,
      this.#bulk?.element,
      this.#found,
      this.#submit?.element,
      this.#limits.element,
      this.#states.element,
      el("table", { class: "jobs" },
        el("caption", { class: "hidden" }, "Jobs, newest first"),
        el("thead", {}, el("tr", {}, TITLES.map((title) => el("th", { scope: "col" }, title)))),
        this.#body),
      this.#empty,
      el("p", { class: "pages" }, this.#newest, this.#older));
    this.go("jobs", null, asked);
  }

  /** Shows the jobs of another address; false if that is the address of another view. */
  go(name, one, asked) {
    if (name !== "jobs" || one !== null) {
      return false;
    }
    this.#asked = Object.fromEntries(FILTERS.filter((filter) => asked.get(filter)).map((filter) => [filter, asked.get(filter)]));
    const { id, state = "", type = "", after } = this.#asked;
    this.#states.lead(id || after ? null : state, (other) => address({ ...this.#kept("type", ...FIELDS), state: other }));
    this.#filter.show(this.#asked);
    this.#offer([type]);
    this.#types.value = type;
    this.#newest.href = address({ ...this.#kept("state", "type", "id", ...FIELDS) });
    this.#newest.hidden = after === undefined;
    this.#older.hidden = true;
    this.#found.className = "";
    say(this.#found, id ? `Jobs whose id begins with ${id}` : "");
    return true;
  }

  async update(signal) {
    const query = new URLSearchParams({ limit: LIMIT, ...this.#asked });
    const counting = known(get("/jobs/counts", signal));
    const [{ jobs, next, partial }, counts, { types }] = await Promise.all([
      get(`/jobs?${query}`, signal),
      counting,
      get("/jobs/types", signal),
      this.#figures.update(counting, signal, this.#seesNodes),
    ]);
    signal.throwIfAborted();
    this.#states.show(counts && (this.#asked.type ? (counts.types[this.#asked.type] ?? {}) : counts.states));
    this.#offer([...types.map((one) => one.type), ...Object.keys(counts?.types ?? {}), this.#asked.type ?? ""]);
    this.#submit?.offer(types);
    this.#limits.show(types, this.#asked.type ?? "");
    this.#show(jobs, partial);
    this.#older.hidden = !next;
    this.#older.href = next ? address({ ...this.#asked, after: next }) : "";
  }

  focusSearch() {
    this.#search.focus();
  }

  /** Shows the jobs of the latest request. */
  #kept(...filters) {
    return Object.fromEntries(filters.map((filter) => [filter, this.#asked[filter]]));
  }

  #lead(filters) {
    location.hash = address(filters);
  }

  /** The types to choose from: those with a handler now, and those of existing jobs. */
  #offer(types) {
    const all = ["", ...[...new Set(types)].filter(Boolean).sort()];
    if (all.join("\n") !== [...this.#types.options].map(({ value }) => value).join("\n")) {
      const chosen = this.#types.value;
      this.#types.replaceChildren(...all.map((type) => el("option", { value: type }, type || "all")));
      this.#types.value = chosen;
    }
  }

  /** Opens the only job whose id begins with the text, or lists all of them. */
  async #find(event) {
    event.preventDefault();
    const id = this.#search.value.trim();
    this.#found.className = "error";
    say(this.#found, "");
    if (!ID.test(id)) {
      say(this.#found, "A job id is 1 to 64 of A-Z a-z 0-9 . _ : -");
      return;
    }
    if (id.length < SHORTEST_BEGINNING) {
      location.hash = jobAddress(id);
      return;
    }
    try {
      const { jobs } = await get(`/jobs?${new URLSearchParams({ id })}`);
      if (jobs.length === 0) {
        say(this.#found, `No job has an id that begins with ${id}.`);
      } else {
        location.hash = jobs.length === 1 ? jobAddress(jobs[0].id) : address({ id });
      }
    } catch (error) {
      say(this.#found, error.message);
    }
  }

  /** Reuses the elements of rows, so that the focus stays where it is. */
  #show(jobs, partial) {
    const before = this.#rows;
    this.#rows = new Map(jobs.map((job) => [job.id, before.get(job.id) ?? new Row(job.id)]));
    let place = this.#body.firstElementChild;
    jobs.forEach((job) => {
      const row = this.#rows.get(job.id);
      row.show(job);
      if (row.element === place) {
        place = place.nextElementSibling;
      } else {
        this.#body.insertBefore(row.element, place);
      }
    });
    while (place) {
      const gone = place;
      place = place.nextElementSibling;
      gone.remove();
    }
    this.#empty.hidden = jobs.length > 0 && !partial;
    say(this.#empty, partial ? "As many jobs were searched as one request may. Older jobs may match, too." : Object.keys(this.#asked).length === 0 ? "There are no jobs yet." : "There are no such jobs.");
  }
}

class Row {
  #cells = TITLES.map((title) => el("td", { "data-title": title, class: title.toLowerCase() }));
  #shown = "";
  element = el("tr", {}, this.#cells);

  constructor(id) {
    this.#cells[2].append(el("a", { href: jobAddress(id), title: id }, shortId(id)));
  }

  show(job) {
    const [state, type, , progress, since, time, attempts, worker] = this.#cells;
    const error = WITH_ERROR.has(job.state) && job.error ? firstLine(job.error) : "";
    const key = `${job.state} ${job.progress} ${job.progressText} ${error}`;
    if (key !== this.#shown) {
      state.replaceChildren(badge(job.state));
      progress.replaceChildren(...[bar(job), error && el("span", { class: "why", title: error }, error)].filter(Boolean));
      this.#shown = key;
    }
    say(type, job.type);
    say(since, age(job.createdAt));
    since.title = moment(job.createdAt);
    say(time, job.startedAt ? took(job) : "");
    say(attempts, job.attempt > 0 ? String(job.attempt) : "");
    say(worker, job.worker ?? "");
  }
}

/** The duration of the last attempt. */
function took(job) {
  const end = job.state === "RUNNING" ? new Date().toISOString() : (job.finishedAt ?? job.updatedAt);
  return duration(millisBetween(job.startedAt, end));
}

function jobAddress(id) {
  return `#/jobs/${encodeURIComponent(id)}`;
}

/** The address of a list, without empty filters. */
function address(filters) {
  const query = new URLSearchParams(Object.entries(filters).filter(([, value]) => value));
  return query.size === 0 ? "#/jobs" : `#/jobs?${query}`;
}
