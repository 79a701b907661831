// The page of one batch: how far its jobs have come, its callback job, and the ways to close and cancel it.
import { get, reason, send } from "./api.js";
import { batchAddress, progressOf, stateOf } from "./batches.js";
import { badge, el, say, shortId, time } from "./elements.js";
import { Question } from "./question.js";

const COUNTS = { finished: "FINISHED", failed: "FAILED", cancelled: "CANCELLED" };

export class Batch {
  missing;
  #id;
  #me;
  #refresh;
  #heading = el("h1");
  #state = el("span", { class: "state" });
  #summary = el("p", { class: "summary" });
  #closing = el("button", { type: "button", class: "quiet", onclick: () =>
    this.#close.ask("Close this batch? No job can be added to it any more.", this.#closing) }, "Close");
  #close = new Question("Close it", "Leave it open", () => this.#change("close", "It is closed."));
  #cancelling = el("button", { type: "button", class: "quiet", onclick: () =>
    this.#cancel.ask(`Cancel this batch, with all its jobs that have not ended${this.#batch.nested > 0 ? ", and the batches in it" : ""}?`
      + " It cannot be undone.", this.#cancelling) }, "Cancel");
  #cancel = new Question("Cancel it", "Keep it", () => this.#change("cancel", "Its jobs are being cancelled."));
  #actions = el("div", { class: "buttons", hidden: true }, this.#closing, this.#cancelling);
  #done = el("p", { role: "status", class: "note" });
  #refused = el("p", { class: "error", role: "alert" });
  #counts = el("dl", { class: "facts" });
  #facts = el("dl", { class: "facts" });
  #payload = el("section", { class: "panel text", hidden: true }, el("h2", {}, "Payload of the callback"),
    el("pre", { tabindex: "0", role: "region", "aria-label": "Payload of the callback" }));
  #batch = null;
  #shown = "";
  element;

  /** @param refresh reads the batch at once */
  constructor(id, me, refresh) {
    this.#id = id;
    this.#me = me;
    this.#refresh = refresh;
    this.missing = { title: "No such batch", text: `No batch has the id ${id}. If one had it, it has ended and expired.` };
    this.#heading.textContent = `Batch ${shortId(id)}`;
    this.element = el("article", { class: "batch" },
      el("p", {}, el("a", { class: "back", href: "#/batches" }, "← Batches")),
      el("div", { class: "job-head" }, this.#heading, this.#state),
      this.#summary, this.#actions, this.#done, this.#refused, this.#close.element, this.#cancel.element,
      el("div", { class: "columns" },
        el("section", { class: "panel" }, el("h2", {}, "Jobs"), this.#counts),
        el("section", { class: "panel" }, el("h2", {}, "Facts"), this.#facts)),
      this.#payload);
  }

  get title() {
    return `Batch ${this.#batch?.description ?? shortId(this.#id)}`;
  }

  /** False once the batch has ended: it no longer changes. */
  async update(signal) {
    this.#batch = await get(`/batches/${encodeURIComponent(this.#id)}`, signal, true);
    this.#show();
    return this.#batch.state !== "ENDED";
  }

  #show() {
    const batch = this.#batch;
    const key = JSON.stringify(batch);
    if (key === this.#shown) {
      return;
    }
    this.#shown = key;
    const mine = batch.user === this.#me.name || this.#me.may("operator");
    this.#actions.hidden = !mine || batch.state === "CALLING_BACK" || batch.state === "ENDED";
    this.#closing.hidden = batch.state !== "OPEN";
    this.#cancelling.hidden = batch.cancelledBy !== undefined;
    this.#state.replaceChildren(stateOf(batch), progressOf(batch));
    say(this.#summary, batch.description);
    const jobs = (state, number) => el("a", { href: `#/jobs?${new URLSearchParams({ batch: batch.id, ...(state && { state }) })}` },
      number.toLocaleString());
    fill(this.#counts, [
      ["All", jobs("", batch.members)],
      ["Not ended", batch.open.toLocaleString()],
      ...Object.entries(COUNTS).map(([count, state]) => [badge(state), jobs(state, batch[count])]),
      ["Batches in it", batch.nested > 0 && [el("a", { href: `#/batches?parent=${encodeURIComponent(batch.id)}` },
        batch.nested.toLocaleString()), `, ${batch.nestedOpen.toLocaleString()} not ended, ${batch.nestedFailed.toLocaleString()} failed`]],
    ]);
    const { callback } = batch;
    fill(this.#facts, [
      ["Batch", el("code", {}, batch.id)],
      ["In the batch", batch.parent && el("a", { href: batchAddress(batch.parent) }, shortId(batch.parent))],
      ["Owner", batch.user],
      ["Cancelled by", batch.cancelledBy],
      ["Callback", callback && [callback.type, callback.jobId && [": ", el("a", { href: `#/jobs/${encodeURIComponent(callback.jobId)}` },
        `job ${shortId(callback.jobId)}`)]].flat().filter(Boolean)],
      ["Error", callback?.error],
      ["Created", time(batch.createdAt)],
      ["Closed", batch.closedAt && time(batch.closedAt)],
      ["All had ended", batch.completedAt && time(batch.completedAt)],
      ["Ended", batch.endedAt && time(batch.endedAt)],
    ]);
    this.#payload.hidden = callback?.payload === undefined;
    say(this.#payload.lastElementChild, this.#payload.hidden ? "" : JSON.stringify(callback.payload, null, 2));
  }

  async #change(what, done) {
    say(this.#refused, "");
    say(this.#done, "");
    try {
      await send("POST", `/batches/${encodeURIComponent(this.#id)}/${what}`);
      say(this.#done, done);
      this.#refresh();
    } catch (error) {
      say(this.#refused, reason(error));
    }
  }
}

function fill(list, facts) {
  list.replaceChildren(...facts.filter(([, value]) => value).flatMap(([title, value]) =>
    [el("dt", {}, title), el("dd", {}, value)]));
}
