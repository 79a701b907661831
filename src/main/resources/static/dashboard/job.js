// The page of one job: its data and states as they change, and the ways to run it again.
import { get, newKey, reason, send, submission } from "./api.js";
import { batchAddress } from "./batches.js";
import { copyButton } from "./clipboard.js";
import { curl } from "./curl.js";
import { Draft } from "./draft.js";
import { badge, bar, el, firstLine, sameKey, say, shortId, time } from "./elements.js";
import { Log } from "./log.js";
import { Question } from "./question.js";
import { Recording } from "./recording.js";
import { age, duration, millisBetween, moment } from "./times.js";

const UNIQUE = { queued: "until its first attempt begins", running: "until it has ended" };
const HELD_BY = {
  concurrency: "as many jobs of its type run as may",
  rate: "as many jobs of its type have begun lately as may",
  "key-concurrency": "as many jobs with its key run as may",
  "key-rate": "as many jobs with its key have begun lately as may",
  turn: "it is the turn of others",
  paused: "its type is paused",
};
const ENDED = new Set(["FINISHED", "FAILED", "CANCELLED", "WITHDRAWN"]);
/** Shows only this much of a text: a browser needs seconds to lay out a large one. */
const SHOWN = 50_000;

export class Job {
  missing;
  #id;
  #me;
  #refresh;
  #heading = el("h1");
  #state = el("span", { class: "state" });
  #summary = el("p", { class: "summary" });
  #run = el("button", { type: "button", class: "quiet", onclick: () => this.#again() }, "Run again");
  #editsRun = el("button", { type: "button", class: "quiet", onclick: () => this.#draft() }, "Edit and run");
  #cancel = el("button", { type: "button", class: "quiet", onclick: () =>
    this.#question.ask(`Cancel this job? It cannot be undone${this.#job.state === "RUNNING" ? ", nor what it has done so far" : ""}.`,
      this.#cancel) }, "Cancel");
  #question = new Question("Cancel it", "Keep it", () => this.#change("DELETE"));
  #replay = el("button", { type: "button", class: "quiet", onclick: () => this.#replayWith() }, "Replay");
  #edited = el("textarea", { id: "replay-payload", rows: 8, spellcheck: "false" });
  #edit = el("form", { id: "replay", class: "panel", hidden: true, onsubmit: (event) => {
    event.preventDefault();
    this.#replayWith(this.#edited.value);
  } }, el("label", { for: "replay-payload" }, "Payload"), this.#edited, el("div", { class: "buttons" },
    el("button", {}, "Replay with this payload"),
    el("button", { type: "button", class: "quiet", onclick: () => (this.#edit.hidden = true, this.#edits.focus()) }, "Close")));
  #edits = el("button", { type: "button", class: "quiet", onclick: () => {
    this.#edited.value = this.#job.payload === undefined ? "" : JSON.stringify(this.#job.payload, null, 2);
    this.#edit.hidden = false;
    this.#edited.focus();
  } }, "Edit and replay");
  #discard = el("button", { type: "button", class: "quiet", onclick: () =>
    this.#forget.ask("Discard this job? It cannot be undone.", this.#discard) }, "Discard");
  #forget = new Question("Discard it", "Keep it", () => this.#discarded());
  #now = el("button", { type: "button", class: "quiet", onclick: () => this.#change("PATCH", { delay: "0s" }) }, "Run now");
  #time = el("input", { type: "datetime-local", id: "run-at", required: true });
  #move = el("form", { class: "move", hidden: true, onsubmit: (event) => {
    event.preventDefault();
    this.#change("PATCH", { runAt: new Date(this.#time.value).toISOString() });
  } }, el("label", { for: "run-at" }, "Another time"), this.#time, el("button", { class: "quiet" }, "Move"));
  #done = el("p", { role: "status", class: "note" });
  #refused = el("p", { class: "error", role: "alert" });
  #actions;
  #facts = el("dl", { class: "facts" });
  #attempts = el("tbody");
  #attemptsPanel = el("section", { class: "panel", hidden: true }, el("h2", {}, "Attempts"),
    el("table", { class: "attempts" },
      el("thead", {}, el("tr", {}, ["Attempt", "State", "Worker", "Ran", "Error"].map((title) =>
        el("th", { scope: "col" }, title)))),
      this.#attempts));
  #outcome = el("div");
  #payload = el("div");
  #log;
  #recording;
  #shown = new Map();
  #stream = null;
  #hidden = () => {
    if (document.hidden) {
      this.#unfollow();
      this.#log.stop();
      this.#recording.pause();
    }
  };
  #job = null;
  #last = 0;
  #key = null;
  element;

  /** @param refresh reads the job at once */
  constructor(id, me, refresh) {
    this.#id = id;
    this.#me = me;
    this.#refresh = refresh;
    this.missing = { title: "No such job", text: `No job has the id ${id}. If one had it, it has ended and expired.` };
    this.#log = new Log(id);
    this.#recording = new Recording(id, me);
    this.#heading.textContent = `Job ${shortId(id)}`;
    this.#actions = el("div", { class: "buttons", hidden: true },
      me.may("user") ? [this.#now, this.#cancel, this.#replay, this.#edits, this.#discard, this.#run, this.#editsRun] : [],
      copyButton("Copy id", () => this.#id),
      copyButton("Copy curl", () => curl(location.origin + submission(this.#job.type, options(this.#job)), this.#payloadText(), me.name)));
    this.element = el("article", { class: "job" },
      el("p", {}, el("a", { class: "back", href: "#/jobs" }, "← Jobs")),
      el("div", { class: "job-head" }, this.#heading, this.#state),
      this.#summary, this.#actions, this.#move, this.#done, this.#refused, this.#question.element, this.#forget.element, this.#edit, this.#outcome, this.#attemptsPanel, this.#log.element, this.#recording.element,
      el("section", { class: "panel" }, el("h2", {}, "Facts"), this.#facts),
      this.#payload);
    document.addEventListener("visibilitychange", this.#hidden);
  }

  get title() {
    return this.#job === null ? `Job ${shortId(this.#id)}`
      : `${this.#job.type} ${shortId(this.#id)}: ${this.#job.state.toLowerCase()}`;
  }

  /** False once the job has ended: it no longer changes. */
  async update(signal) {
    this.#job = await get(`/jobs/${encodeURIComponent(this.#id)}`, signal, true);
    this.#show();
    this.#log.follow();
    this.#recording.show(this.#job);
    const more = !ENDED.has(this.#job.state);
    if (more) {
      this.#follow();
    } else {
      this.#unfollow();
    }
    return more;
  }

  stop() {
    document.removeEventListener("visibilitychange", this.#hidden);
    this.#unfollow();
    this.#log.stop();
    this.#recording.stop();
  }

  /** The browser reconnects by itself with Last-Event-ID after a lost connection, but not after a rejection. */
  #follow() {
    if (this.#stream && this.#stream.readyState !== EventSource.CLOSED) {
      return;
    }
    const stream = (this.#stream = new EventSource(`/jobs/${encodeURIComponent(this.#id)}/events`));
    stream.onmessage = (event) => {
      const { number, state, attempt } = JSON.parse(event.data);
      if (number > this.#last) {
        this.#last = number;
        if (state !== this.#job.state || attempt !== this.#job.attempt) {
          this.#refresh();
        }
      }
    };
    stream.addEventListener("progress", (event) => {
      const { progress, progressText } = JSON.parse(event.data);
      Object.assign(this.#job, { progress, progressText });
      this.#showState();
    });
  }

  #unfollow() {
    this.#stream?.close();
    this.#stream = null;
  }

  #show() {
    const job = this.#job;
    say(this.#heading, job.type);
    this.#showState();
    this.#summary.replaceChildren(...summary(job).flatMap((part, i) => (i === 0 ? [part] : [", ", part])));
    this.#actions.hidden = false;
    this.#cancel.hidden = ENDED.has(job.state) || job.cancelledBy !== undefined;
    this.#replay.hidden = this.#edits.hidden = job.state !== "FAILED";
    this.#edit.hidden ||= job.state !== "FAILED";
    this.#discard.hidden = !ENDED.has(job.state) || job.state === "WITHDRAWN";
    this.#run.hidden = this.#editsRun.hidden = job.type === "bulk";
    this.#now.hidden = job.state !== "SCHEDULED";
    this.#move.hidden = job.state !== "SCHEDULED" || !this.#me.may("user");
    this.#attemptsPanel.hidden = job.attempts.length === 0;
    const attempts = JSON.stringify(job.attempts);
    if (this.#shown.get(this.#attempts) !== attempts) {
      this.#shown.set(this.#attempts, attempts);
      this.#attempts.replaceChildren(...job.attempts.flatMap((attempt, i) =>
        [gap(job.attempts[i - 1], attempt), row(attempt)]).filter(Boolean));
    } else if (job.state === "RUNNING") { // how long it runs, and no more: the user may have opened the error of another attempt
      this.#attempts.lastElementChild?.replaceWith(row(job.attempts.at(-1)));
    }
    const facts = [
      ["Job", el("code", {}, job.id)],
      ["Submitted", job.createdAt && [time(job.createdAt), ENDED.has(job.state) ? "" : ` (${age(job.createdAt)} ago)`]],
      ["Due", job.runAt && time(job.runAt)],
      ["Expires", job.expiresAt && !job.startedAt && time(job.expiresAt)],
      ["Priority", job.priority],
      ["Tags", job.tags?.join(", ")],
      ["Batch", job.batch && el("a", { href: batchAddress(job.batch) }, shortId(job.batch))],
      ["Unique", job.uniqueFor && (UNIQUE[job.uniqueFor] ?? `for ${job.uniqueFor} from its submission on`)],
      ["Time limit", job.timeoutMillis && duration(job.timeoutMillis)],
      ["Cancelled by", job.cancelledBy],
      ["Replayed by", job.replayedBy],
      ["Ended", job.finishedAt && time(job.finishedAt)],
      ["Attempts", job.attempt > 1 && `${job.attempt}${job.failures ? `, ${job.failures} failed` : ""}${
        job.interruptions ? `, ${job.interruptions} interrupted` : ""}`],
      ["Route", job.routeRevision && this.#route(job)],
    ];
    this.#facts.replaceChildren(...facts.filter(([, value]) => value).flatMap(([title, value]) =>
      [el("dt", {}, title), el("dd", {}, value)]));
    this.#showText(this.#outcome, ...outcome(job));
    this.#showText(this.#payload, "Payload", job.payload === undefined ? "" : JSON.stringify(job.payload, null, 2));
  }

  #showState() {
    const job = this.#job;
    const key = `${job.state} ${job.progress} ${job.progressText}`;
    if (this.#shown.get(this.#state) !== key) {
      this.#shown.set(this.#state, key);
      this.#state.replaceChildren(...[badge(job.state), bar(job),
        job.progressText && el("span", { class: "note" }, job.progressText)].filter(Boolean));
    }
  }

  /** Leaves unchanged text alone: the user may be reading or selecting it. */
  #showText(place, title, content, kind) {
    const key = `${title}\n${content}`;
    if (this.#shown.get(place) === key) {
      return;
    }
    this.#shown.set(place, key);
    place.replaceChildren(...(content ? [text(title, content, kind)] : []));
  }

  async #change(method, body) {
    say(this.#refused, "");
    say(this.#done, "");
    try {
      const { state } = await send(method, `/jobs/${encodeURIComponent(this.#id)}`, body && JSON.stringify(body));
      say(this.#done, method === "DELETE" ? (state === "RUNNING" ? "Its worker ends it." : "It is cancelled.") : "It has another time.");
      this.#refresh();
    } catch (error) {
      say(this.#refused, reason(error));
    }
  }

  /** @param payload JSON text; undefined: the job keeps its own */
  async #replayWith(payload) {
    say(this.#refused, "");
    say(this.#done, "");
    try {
      await send("POST", `/jobs/${encodeURIComponent(this.#id)}/replay`, payload);
      this.#edit.hidden = true;
      say(this.#done, "It is queued again.");
      this.#refresh();
    } catch (error) {
      say(this.#refused, reason(error));
    }
  }

  async #discarded() {
    say(this.#refused, "");
    try {
      await send("POST", `/jobs/${encodeURIComponent(this.#id)}/discard`);
      location.hash = "#/jobs";
    } catch (error) {
      say(this.#refused, reason(error));
    }
  }

  /** Submits another job of the same type and payload. A repeated click after a lost response gives the same job. */
  async #again() {
    if (this.#run.disabled) {
      return;
    }
    this.#run.disabled = true;
    this.#key ??= newKey();
    say(this.#refused, "");
    try {
      const { jobId, duplicate } = await send("POST", submission(this.#job.type, options(this.#job)), this.#payloadText(),
        { headers: { "Idempotency-Key": this.#key } });
      this.#key = null;
      if (duplicate) {
        this.#refused.replaceChildren(...sameKey(jobId));
      } else {
        location.hash = `#/jobs/${encodeURIComponent(jobId)}`;
      }
    } catch (error) {
      say(this.#refused, reason(error, " Try again: it will still be one job."));
    } finally {
      this.#run.disabled = false;
    }
  }

  #draft() {
    const payload = this.#job.payload === undefined ? "" : JSON.stringify(this.#job.payload, null, 2);
    new Draft(this.#me.name).write({ open: true, type: this.#job.type, payload, touched: true,
      priority: this.#job.priority ?? "", tags: this.#job.tags?.join(",") ?? "", key: newKey() });
    location.hash = "#/jobs";
  }

  #payloadText() {
    return this.#job.payload === undefined ? undefined : JSON.stringify(this.#job.payload);
  }

  #route(job) {
    const name = `job-${job.type}`;
    const revision = ` in revision ${job.routeRevision}`;
    return this.#me.may("operator", "author")
      ? [el("a", { href: `#/routes/${encodeURIComponent(name)}` }, name), revision]
      : name + revision;
  }
}

/** What another job of the kind is submitted with. */
function options({ priority, tags }) {
  return { priority, tags: tags?.join(",") };
}

/** How long the job waited and ran, in words; the titles are the exact times. */
function summary(job) {
  const now = new Date().toISOString();
  const [first] = job.attempts;
  const begun = first?.attempt === 1 ? first.startedAt : null;
  const waited = begun && time(begun, `Waited ${duration(millisBetween(job.createdAt, begun))}`);
  switch (job.state) {
    case "SCHEDULED":
      return [job.runAt && time(job.runAt, begins(millisBetween(now, job.runAt)))].filter(Boolean);
    case "QUEUED":
      return [time(job.createdAt, `Waiting for ${age(job.createdAt)}`)];
    case "HELD":
      return [time(job.createdAt, `Waiting for ${age(job.createdAt)}`), HELD_BY[job.heldBy] ?? "held by a limit"];
    case "RUNNING":
      return [waited, job.attempt > 1 ? `attempt ${job.attempt}` : null,
        job.startedAt && time(job.startedAt, `running for ${age(job.startedAt)}`)].filter(Boolean);
    case "RETRYING":
      return [`Attempt ${job.attempt} failed`,
        job.nextAttemptAt && time(job.nextAttemptAt, next(millisBetween(now, job.nextAttemptAt)))].filter(Boolean);
    default:
      return [waited, job.finishedAt && job.startedAt && time(job.finishedAt, job.attempt > 1 && begun
        ? `${job.attempt} attempts in ${duration(millisBetween(begun, job.finishedAt))}`
        : `${waited ? "ran" : "Ran"} ${duration(millisBetween(job.startedAt, job.finishedAt))}`)].filter(Boolean);
  }
}

function begins(millis) {
  return millis > 0 ? `Begins in ${duration(millis)}` : "Begins now";
}

function next(millis) {
  return millis > 0 ? `the next one begins in ${duration(millis)}` : "the next one is due";
}

function row({ attempt, state, worker, startedAt, endedAt, routeRevision, error }) {
  const ran = startedAt && duration(millisBetween(startedAt, endedAt ?? new Date().toISOString()));
  return el("tr", {},
    el("td", { "data-title": "Attempt", class: "number" }, String(attempt)),
    el("td", { "data-title": "State" }, state ? badge(state) : ""),
    el("td", { "data-title": "Worker" }, worker ?? ""),
    el("td", { "data-title": "Ran", class: "time" }, ran ? el("time", { datetime: startedAt,
      title: `from ${moment(startedAt)}${endedAt ? ` to ${moment(endedAt)}` : ""}` }, ran) : ""),
    el("td", { "data-title": "Error", class: "why" }, error ? why(error, routeRevision) : ""));
}

/** The error of an attempt; where it was comes when it is opened. */
function why(error, routeRevision) {
  const about = [error.step && `at ${error.step}`, error.place && `in ${error.place}`, routeRevision && `revision ${routeRevision}`]
    .filter(Boolean).join(", ");
  return about || error.stack
    ? el("details", {}, el("summary", {}, firstLine(error)), el("p", { class: "note" }, about),
      error.stack ? el("pre", { tabindex: "0", role: "region", "aria-label": "Stack trace" }, error.stack) : null)
    : firstLine(error);
}

/** Names the number of attempts that the server has not kept. */
function gap(before, { attempt }) {
  const left = attempt - (before?.attempt ?? 0) - 1;
  return left > 0
    ? el("tr", {}, el("td", { colspan: 5, class: "note" }, left === 1 ? "1 attempt is not kept" : `${left} attempts are not kept`))
    : null;
}

function outcome(job) {
  if (job.error && job.state !== "FINISHED") {
    return [job.state === "FAILED" || job.state === "CANCELLED" ? "Error" : "Last error", whole(job.error), "bad"];
  }
  return ["Result", job.result ? pretty(job.result) : ""];
}

function whole({ type, message }) {
  return message ? `${type}: ${message}` : type;
}

function text(title, content, kind) {
  const cut = content.length > SHOWN;
  return el("section", { class: "panel text" },
    el("div", { class: "text-head" }, el("h2", {}, title), copyButton("Copy", () => content)),
    el("pre", { class: kind, tabindex: "0", "aria-label": title, role: "region" }, cut ? content.slice(0, SHOWN) : content),
    cut ? el("p", { class: "note" }, `The first ${SHOWN.toLocaleString()} of ${
      content.length.toLocaleString()} characters. “Copy” copies all.`) : null);
}

/** Pretty-prints JSON; other text stays unchanged. */
function pretty(result) {
  try {
    const value = JSON.parse(result);
    return typeof value === "object" ? JSON.stringify(value, null, 2) : result;
  } catch {
    return result;
  }
}
