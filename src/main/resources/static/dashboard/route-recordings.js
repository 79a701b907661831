// The recorded exchanges of a route of events, of the chat or of a destination: all together, and one. A part of the page of a route.
import { get, known } from "./api.js";
import { Drawing } from "./drawing.js";
import { el } from "./elements.js";
import { draw, recordingParts } from "./recording.js";
import { SlowSteps } from "./slow-steps.js";
import { goToLine } from "./steps.js";

export class RouteRecordings {
  #path;
  #all;
  #about = el("div");
  #drawing = new Drawing((line) => goToLine(this.#about, line));
  #one = el("section", { class: "panel recording", hidden: true, tabindex: "-1", "aria-label": "Recording" }, el("h2", {}, "Recording"),
    this.#drawing.element, this.#about);
  element;

  constructor(id) {
    this.#path = `/routes/recordings/${encodeURIComponent(id)}`;
    this.#all = new SlowSteps(this.#path, "exchange", (one) => [
      el("button", { type: "button", class: "quiet", id: `recording-${one.id}`, onclick: () => this.#open(one.id) }, "Steps"), " "]);
    this.element = el("div", {}, this.#all.element, this.#one);
  }

  get hasSteps() {
    return this.#all.hasSteps;
  }

  show() {
    this.#all.show();
  }

  update(signal) {
    return this.#all.update(signal);
  }

  async #open(id) {
    const recording = await known(get(`${this.#path}/${encodeURIComponent(id)}`));
    this.#drawing.element.hidden = true;
    if (recording) {
      draw(this.#drawing, recording);
    }
    this.#about.replaceChildren(...(recording ? recordingParts(recording) : [el("p", { class: "note" }, "It is no longer kept.")]));
    this.#one.hidden = false;
    this.#one.focus();
  }
}
