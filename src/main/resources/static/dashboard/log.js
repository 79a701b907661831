// The lines that a job's handler logs, as they come.
import { el, say } from "./elements.js";
import { clockOf, moment } from "./times.js";

/** Shows only the latest lines: the server has the others. */
const SHOWN = 1000;

export class Log {
  #path;
  #stream = null;
  #last = 0;
  #attempt = 1;
  #paused = false;
  #ended = false;
  #lines = el("div", { role: "log", class: "lines", tabindex: "0", "aria-label": "Log" });
  #pause = el("button", { type: "button", class: "quiet", onclick: () => this.#toggle() }, "Pause");
  element = el("section", { class: "panel text", hidden: true },
    el("div", { class: "text-head" }, el("h2", {}, "Log"), this.#pause), this.#lines);

  constructor(id) {
    this.#path = `/jobs/${encodeURIComponent(id)}/log`;
  }

  /** Shows what is there and what comes, until the job has ended. */
  follow() {
    if (this.#paused || this.#ended || (this.#stream && this.#stream.readyState !== EventSource.CLOSED)) {
      return;
    }
    const stream = (this.#stream = new EventSource(`${this.#path}?after=${this.#last}`));
    stream.onmessage = (event) => this.#add(JSON.parse(event.data));
    stream.addEventListener("end", () => {
      this.#ended = true;
      this.#pause.hidden = true;
      this.stop();
    });
  }

  stop() {
    this.#stream?.close();
    this.#stream = null;
  }

  #toggle() {
    this.#paused = !this.#paused;
    say(this.#pause, this.#paused ? "Continue" : "Pause");
    if (this.#paused) {
      this.stop();
    } else {
      this.follow();
    }
  }

  /** Stays at the end, unless somebody has scrolled up to read. */
  #add({ number, at, level, attempt, text, skipped }) {
    const atEnd = this.#lines.scrollTop + this.#lines.clientHeight >= this.#lines.scrollHeight - 4;
    if (skipped) {
      this.#note(skipped === 1 ? "1 line is not kept" : `${skipped.toLocaleString()} lines are not kept`);
    }
    if (attempt !== this.#attempt) {
      this.#note(`Attempt ${attempt}`);
    }
    this.#last = number;
    this.#attempt = attempt;
    this.#lines.append(el("div", { "data-level": level },
      el("time", { datetime: at, title: moment(at) }, clockOf(at)), " ", el("b", {}, level), ` ${text}`));
    while (this.#lines.childElementCount > SHOWN) {
      this.#lines.firstElementChild.remove();
    }
    this.element.hidden = false;
    if (atEnd) {
      this.#lines.scrollTop = this.#lines.scrollHeight;
    }
  }

  #note(text) {
    this.#lines.append(el("div", { class: "note" }, text));
  }
}
