// A question before what cannot be undone. The focus goes to it, and back to the button that led there.
import { el, say } from "./elements.js";

let count = 0;

export class Question {
  #text = el("p", { id: `question-${++count}` });
  #back = null;
  #no;
  element;

  /**
   * @param yes the label of the button that does it, as `no` is that of the other
   * @param act does it
   */
  constructor(yes, no, act) {
    this.#no = el("button", { type: "button", class: "quiet", onclick: () => this.#close() }, no);
    this.element = el("section", { class: "panel refused", hidden: true, role: "alertdialog", "aria-labelledby": this.#text.id,
      onkeydown: (event) => event.key === "Escape" && this.#close() },
      this.#text, el("div", { class: "buttons" },
        el("button", { type: "button", onclick: () => (this.#close(), act()) }, yes), this.#no));
  }

  /** @param back the button that asks */
  ask(text, back) {
    say(this.#text, text);
    this.#back = back;
    this.element.hidden = false;
    this.#no.focus();
  }

  #close() {
    this.element.hidden = true;
    this.#back.focus();
  }
}
