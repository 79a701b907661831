// The list of jobs: the newest, as they are now, and a form for another one.
import { get } from "./api.js";
import { badge, bar, el, say } from "./elements.js";
import { Figures } from "./figures.js";
import { Submit } from "./submit.js";
import { age, duration, moment } from "./times.js";

const STATES = ["QUEUED", "RUNNING", "RETRYING", "FINISHED", "FAILED", "WITHDRAWN"];
const LIMIT = 50;
/** Answers that are put together for the rows of a click; each looks at a thousand jobs. */
const ANSWERS = 5;
const ID = /^[A-Za-z0-9._:-]{1,64}$/;

export class Jobs {
  #figures = new Figures();
  #seesNodes;
  #rows = new Map();
  #body = el("tbody");
  #empty = el("p", { class: "empty", hidden: true }, "There are no such jobs.");
  #state;
  #type;
  #search;
  #more = el("button", { type: "button", class: "quiet", hidden: true, onclick: () => this.#older() }, "Older jobs");
  #pages = 1;
  #refresh;
  element;

  constructor(types, me, refresh) {
    this.#seesNodes = me.may("operator");
    this.#refresh = refresh;
    const changed = () => {
      this.#pages = 1;
      refresh();
    };
    this.#state = choice("State", STATES.map((state) => [state, state.toLowerCase()]), changed);
    this.#type = choice("Type", types.map(({ type }) => [type, type]), changed);
    this.#search = el("input", { id: "search", type: "search", placeholder: "Job id", "aria-label": "Job id ( / )",
      autocomplete: "off", spellcheck: "false" });
    const find = el("form", { role: "search", onsubmit: (event) => this.#find(event) }, this.#search);
    const submit = new Submit(types);
    this.element = el("div", {},
      this.#figures.element,
      el("div", { class: "tools" }, find, this.#state.label, this.#type.label, submit.opener),
      submit.element,
      el("table", { class: "jobs" },
        el("caption", { class: "hidden" }, "Jobs, newest first"),
        el("thead", {}, el("tr", {}, ["State", "Type", "Job", "Progress", "Age", "Time", "Attempts", "Worker"].map((title) =>
          el("th", { scope: "col" }, title)))),
        this.#body),
      this.#empty, this.#more);
  }

  async update(signal) {
    const query = new URLSearchParams();
    if (this.#state.select.value) {
      query.set("state", this.#state.select.value);
    }
    if (this.#type.select.value) {
      query.set("type", this.#type.select.value);
    }
    const figures = this.#figures.update(signal, this.#seesNodes);
    const jobs = [];
    let next;
    for (let page = 0; page < this.#pages && next !== null; page++) {
      next = await this.#read(query, jobs, signal);
    }
    this.#show(jobs);
    say(this.#empty, next === null ? "There are no such jobs." : "There are no such jobs among the newest.");
    this.#more.hidden = next === null;
    await figures;
  }

  /** Adds the next rows. With a filter an answer may hold few jobs, or none, and still name a next one, which is returned. */
  async #read(query, jobs, signal) {
    const enough = jobs.length + LIMIT;
    let next;
    for (let answers = 0; answers < ANSWERS && jobs.length < enough && next !== null; answers++) {
      query.set("limit", enough - jobs.length);
      const answer = await get(`/jobs?${query}`, signal);
      jobs.push(...answer.jobs);
      next = answer.next ?? null;
      query.set("after", next);
    }
    return next;
  }

  focusSearch() {
    this.#search.focus();
  }

  #find(event) {
    event.preventDefault();
    const id = this.#search.value.trim();
    if (ID.test(id)) {
      location.hash = `#/jobs/${encodeURIComponent(id)}`;
    } else {
      this.#search.setCustomValidity("A job id is 1 to 64 of A-Z a-z 0-9 . _ : -");
      this.#search.reportValidity();
      this.#search.setCustomValidity("");
    }
  }

  #older() {
    this.#pages++;
    this.#refresh();
  }

  /** Rows stay the elements that they are: what has the focus keeps it. */
  #show(jobs) {
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
    this.#empty.hidden = jobs.length > 0;
  }
}

class Row {
  #cells = ["State", "Type", "Job", "Progress", "Age", "Time", "Attempts", "Worker"].map((title) =>
    el("td", { "data-title": title, class: title.toLowerCase() }));
  #shown = "";
  element = el("tr", {}, this.#cells);

  constructor(id) {
    this.#cells[2].append(el("a", { href: `#/jobs/${encodeURIComponent(id)}` }, id.length > 13 ? `${id.slice(0, 8)}…` : id));
    this.#cells[2].firstChild.title = id;
  }

  show(job) {
    const [state, type, , progress, since, time, attempts, worker] = this.#cells;
    const key = `${job.state} ${job.progress} ${job.progressText}`;
    if (key !== this.#shown) {
      state.replaceChildren(badge(job.state));
      progress.replaceChildren(...[bar(job)].filter(Boolean));
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

/** How long the last attempt has run. */
function took(job) {
  const end = job.state === "RUNNING" ? Date.now() : Date.parse(job.finishedAt ?? job.updatedAt);
  return duration(end - Date.parse(job.startedAt));
}

function choice(title, options, changed) {
  const select = el("select", { onchange: changed }, el("option", { value: "" }, "all"),
    options.map(([value, text]) => el("option", { value }, text)));
  return { select, label: el("label", {}, `${title} `, select) };
}
