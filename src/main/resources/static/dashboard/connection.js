// Shows whether the page is up to date, in words and by dimming stale content. It shows "Live" only after a response.
import { Problem } from "./api.js";
import { el, say } from "./elements.js";
import { minuteOf } from "./times.js";

const $ = (id) => document.getElementById(id);

export class Connection {
  #status = $("connection");
  #trouble = $("trouble");
  #content = $("content");
  #title = el("h2");
  #reason = el("p");
  #asOf = null;

  /** @param again sends a request at once */
  constructor(again) {
    this.#trouble.append(this.#title, this.#reason,
      el("div", { class: "buttons" }, el("button", { type: "button", class: "quiet", onclick: again }, "Try again")));
  }

  /** A new view is shown, which has no data yet. */
  opened() {
    this.#asOf = null;
    this.#clear();
  }

  updated(more) {
    this.#asOf = new Date();
    this.#clear();
    this.#show(more ? "good" : "", more ? "Live" : "Final");
  }

  /** Polling has stopped. */
  still() {
    this.#clear();
    this.#show("", "");
  }

  paused() {
    this.#show("", this.#dated("Paused"));
  }

  late() {
    this.#show("", this.#dated("Waiting for the server"));
  }

  lost(error) {
    const answered = error instanceof Problem;
    this.#show("bad", answered ? "Not up to date" : "Not connected");
    say(this.#title, this.#dated(answered ? "Not available" : "Not connected"));
    say(this.#reason, `${answered ? error.message : "The server does not answer."} This page keeps trying.`);
    this.#trouble.hidden = false;
    this.#content.toggleAttribute("data-stale", this.#asOf !== null);
  }

  #dated(text) {
    return this.#asOf === null ? text : `${text}, as of ${minuteOf(this.#asOf)}`;
  }

  #clear() {
    this.#trouble.hidden = true;
    this.#content.removeAttribute("data-stale");
  }

  #show(state, text) {
    this.#status.dataset.state = state;
    say(this.#status, text);
  }
}
