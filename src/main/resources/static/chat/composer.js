// The box for a message. Enter sends it, Shift+Enter begins a new line.
import { LONGEST_MESSAGE } from "./names.js";

const FULL = "Too much waits for the connection already; this can be sent later.";

export class Composer {
  #text;
  #error;
  #say;

  /** @param say accepts a text; returns false if it cannot now */
  constructor({ form, text, error }, say) {
    this.#text = text;
    this.#error = error;
    this.#say = say;
    text.maxLength = LONGEST_MESSAGE;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    text.addEventListener("keydown", (event) => {
      // Ignore the Enter that ends the composition of a character.
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.#submit();
      }
    });
    text.addEventListener("input", () => this.#fits());
  }

  begin() {
    this.#error.textContent = "";
    this.focus();
  }

  focus() {
    this.#text.focus();
  }

  /** Puts a text back for editing, before the current draft. */
  take(text) {
    this.#text.value = this.#text.value === "" ? text : `${text}\n${this.#text.value}`;
    this.#fits();
    this.focus();
  }

  #submit() {
    const text = this.#text.value.replace(/^\s*\n/, "").trimEnd();
    if (text.trim() === "") {
      return;
    }
    if (!this.#say(text)) {
      this.#error.textContent = FULL;
      return;
    }
    this.#error.textContent = "";
    this.#text.value = "";
    this.#fits();
    this.focus();
  }

  /** Sets the number of rows to the number of lines; the style sheet limits it. */
  #fits() {
    this.#text.rows = this.#text.value.split("\n").length;
  }
}
