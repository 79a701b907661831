// Checks a text when its author pauses, with one request at a time.
import { send } from "./api.js";

const PAUSE_MILLIS = 600;

export class Checker {
  #file;
  #listener;
  #timer = 0;
  #running = false;
  #text = null;

  /** @param listener its checked(result, text) and failed(error) are called */
  constructor(file, listener) {
    this.#file = file;
    this.#listener = listener;
  }

  /** The text has changed: it is checked unless it changes again soon. */
  changed(text) {
    this.#text = text;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#check(), PAUSE_MILLIS);
  }

  /** No result of before is told any more: somebody else has one that says more. */
  stop() {
    clearTimeout(this.#timer);
    this.#text = null;
  }

  async #check() {
    if (this.#running || this.#text === null) {
      return; // what runs looks for a newer text when it ends
    }
    const text = this.#text;
    this.#running = true;
    try {
      const result = await send("POST", "/routes/check", JSON.stringify({ file: this.#file, text }));
      if (text === this.#text) {
        this.#listener.checked(result);
      }
    } catch (error) {
      if (text === this.#text) {
        this.#listener.failed(error);
      }
    } finally {
      this.#running = false;
    }
    if (this.#text !== null && this.#text !== text) {
      this.changed(this.#text);
    }
  }
}
