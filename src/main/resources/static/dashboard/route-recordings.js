// The recorded exchanges of a route of events, of the chat or of a destination: all together, and one, also while it goes on. A part of
// the page of a route.
import { get } from "./api.js";
import { el } from "./elements.js";
import { RecordingView } from "./recording.js";
import { SlowSteps } from "./slow-steps.js";

export class RouteRecordings {
  #path;
  #all;
  #view = new RecordingView();
  #one = el("section", { class: "panel recording", hidden: true, tabindex: "-1", "aria-label": "Recording" }, el("h2", {}, "Recording"),
    ...this.#view.elements);
  /** The one that goes on, and is shown. */
  #running = null;
  #stream = null;
  #hidden = () => document.hidden && this.#pause();
  element;

  constructor(id) {
    this.#path = `/routes/recordings/${encodeURIComponent(id)}`;
    this.#all = new SlowSteps(this.#path, "exchange", (one) => [
      el("button", { type: "button", class: "quiet", id: `recording-${one.id}`, onclick: () => this.#open(one.id) }, "Steps"), " "]);
    this.element = el("div", {}, this.#all.element, this.#one);
    document.addEventListener("visibilitychange", this.#hidden);
  }

  get hasSteps() {
    return this.#all.hasSteps;
  }

  show() {
    this.#all.show();
  }

  update(signal) {
    this.#follow();
    return this.#all.update(signal);
  }

  stop() {
    document.removeEventListener("visibilitychange", this.#hidden);
    this.#pause();
    this.#view.stop();
  }

  async #open(id) {
    this.#pause();
    await this.#read(id);
    this.#one.hidden = false;
    this.#one.focus();
    this.#follow();
  }

  async #read(id) {
    let recording = null;
    try {
      recording = await get(this.#pathOf(id));
    } catch (error) {
      if (error.status !== 404) {
        return; // the page says so, if the server is away
      }
    }
    this.#running = recording?.running ? id : null;
    if (recording) {
      this.#view.show(recording);
    } else {
      this.#view.say("It is no longer kept.");
    }
  }

  #pathOf(id) {
    return `${this.#path}/${encodeURIComponent(id)}`;
  }

  /** The browser connects again by itself, but not after a rejection: then it has ended, or is gone with its node. */
  #follow() {
    const id = this.#running;
    if (id === null || !this.element.isConnected || (this.#stream && this.#stream.readyState !== EventSource.CLOSED)) {
      return;
    }
    const stream = (this.#stream = new EventSource(this.#pathOf(id)));
    stream.onmessage = (event) => this.#view.show(JSON.parse(event.data));
    stream.onerror = () => stream === this.#stream && stream.readyState === EventSource.CLOSED && this.#read(id);
    stream.addEventListener("end", () => {
      stream.close();
      this.#running = null;
    });
  }

  #pause() {
    this.#stream?.close();
    this.#stream = null;
  }
}
