// The batches, newest first: how far each has come. The address determines what the list shows.
import { get } from "./api.js";
import { bar, el, say, shortId } from "./elements.js";
import { age, moment } from "./times.js";

const LIMIT = 50;
const STATES = ["OPEN", "CLOSED", "CALLING_BACK", "ENDED"];
const FILTERS = ["state", "parent", "after"];
const TITLES = ["Batch", "State", "Progress", "Jobs", "Failed", "Age"];
const NUMBERS = new Set(["Jobs", "Failed"]);

export class Batches {
  #asked;
  #rows = new Map();
  #body = el("tbody");
  #states = el("select", { onchange: () => (location.hash = address({ ...this.#asked, state: this.#states.value, after: "" })) },
    ["", ...STATES].map((state) => el("option", { value: state }, words(state) || "all")));
  #about = el("p", { class: "note" });
  #empty = el("p", { class: "empty", hidden: true });
  #newest = el("a", {}, "Newest batches");
  #older = el("a", {}, "Older batches");
  element;

  constructor(asked) {
    this.element = el("div", {},
      el("div", { class: "tools" }, el("h1", {}, "Batches"), el("label", {}, "State ", this.#states)),
      this.#about,
      el("table", { class: "batches" },
        el("caption", { class: "hidden" }, "Batches, newest first"),
        el("thead", {}, el("tr", {}, TITLES.map((title) => el("th", { scope: "col" }, title)))), this.#body),
      this.#empty,
      el("p", { class: "pages" }, this.#newest, this.#older));
    this.go("batches", null, asked);
  }

  /** Shows the batches of another address; false if that is the address of another view. */
  go(name, one, asked) {
    if (name !== "batches" || one !== null) {
      return false;
    }
    this.#asked = Object.fromEntries(FILTERS.map((filter) => [filter, asked.get(filter) ?? ""]));
    const { state, parent, after } = this.#asked;
    this.#states.value = STATES.includes(state) ? state : "";
    this.#about.replaceChildren(...(parent ? ["In the batch ", el("a", { href: batchAddress(parent) }, shortId(parent))] : []));
    this.#newest.hidden = after === "";
    this.#newest.href = address({ state, parent });
    this.#older.hidden = true;
    return true;
  }

  async update(signal) {
    const asked = Object.entries(this.#asked).filter(([, value]) => value);
    const { batches, next } = await get(`/batches?${new URLSearchParams([...asked, ["limit", LIMIT]])}`, signal);
    const before = this.#rows;
    this.#rows = new Map(batches.map((batch) => [batch.id, before.get(batch.id) ?? new Row(batch.id)]));
    const rows = [...this.#rows.values()].map((row) => row.element);
    if (rows.length !== this.#body.children.length || rows.some((row, i) => row !== this.#body.children[i])) {
      this.#body.replaceChildren(...rows);
    }
    batches.forEach((batch) => this.#rows.get(batch.id).show(batch));
    this.#empty.hidden = batches.length > 0;
    say(this.#empty, next ? "There are none on this page." : asked.length > 0 ? "There are no such batches."
      : "There are no batches yet. POST /batches creates one.");
    this.#older.hidden = !next;
    this.#older.href = next ? address({ ...this.#asked, after: next }) : "";
  }
}

/** Reuses the element of a batch, so that the focus stays where it is. */
class Row {
  #link;
  #cells = TITLES.slice(1).map((title) => el("td", { "data-title": title, class: NUMBERS.has(title) ? "number" : title.toLowerCase() }));
  #shown = "";
  element;

  constructor(id) {
    this.#link = el("a", { href: batchAddress(id), title: id }, shortId(id));
    this.element = el("tr", {}, el("td", { class: "name" }, this.#link), this.#cells);
  }

  show(batch) {
    const [state, progress, jobs, failed, since] = this.#cells;
    const key = `${batch.state} ${batch.open} ${batch.members} ${batch.cancelledBy}`;
    if (key !== this.#shown) {
      this.#shown = key;
      state.replaceChildren(stateOf(batch));
      progress.replaceChildren(progressOf(batch));
    }
    say(this.#link, batch.description ?? shortId(batch.id));
    say(jobs, batch.members.toLocaleString());
    say(failed, batch.failed > 0 ? batch.failed.toLocaleString() : "");
    say(since, age(batch.createdAt));
    since.title = moment(batch.createdAt);
  }
}

export function batchAddress(id) {
  return `#/batches/${encodeURIComponent(id)}`;
}

/** calling back */
function words(state) {
  return state.toLowerCase().replace("_", " ");
}

const BADGES = { OPEN: "QUEUED", CLOSED: "RUNNING", CALLING_BACK: "RUNNING", ENDED: "FINISHED" };

/** A badge: of one that has ended, whether all went well. */
export function stateOf(batch) {
  const bad = batch.failed + batch.nestedFailed > 0 || batch.callback?.error !== undefined;
  const cancelled = batch.cancelledBy !== undefined && batch.state === "CLOSED";
  return el("span", { class: "badge", "data-state": bad ? "FAILED" : BADGES[batch.state] },
    cancelled ? "being cancelled" : bad && batch.state === "ENDED" ? "ended, some failed" : words(batch.state));
}

/** How many of its jobs have ended, in percent. */
export function progressOf({ members, open }) {
  const ended = members - open;
  return members === 0 ? el("span", { class: "note" }, "no jobs")
    : bar({ progress: Math.floor((100 * ended) / members), progressText: `${ended.toLocaleString()} of ${members.toLocaleString()} jobs have ended` });
}

/** The address of a list, without empty filters. */
function address(filters) {
  const query = new URLSearchParams(Object.entries(filters).filter(([, value]) => value));
  return query.size === 0 ? "#/batches" : `#/batches?${query}`;
}
