// A text in a plain area: what is there until the editor has loaded, and where it does not load.
import { el } from "./elements.js";

export class PlainText {
  #area;
  element;

  /**
   * @param changed is called when the user has changed the text
   * @param moved is called with the line of the caret, from 1
   */
  constructor(label, text, changed, moved) {
    const look = () => moved(this.#area.value.slice(0, this.#area.selectionStart).split("\n").length);
    this.#area = el("textarea", { id: "route-text", rows: 24, spellcheck: "false", autocomplete: "off", autocapitalize: "off",
      wrap: "off", oninput: changed, onkeyup: look, onclick: look });
    this.#area.value = text;
    this.element = el("div", {}, el("label", { for: "route-text", class: "hidden" }, label), this.#area);
  }

  get text() {
    return this.#area.value;
  }

  set text(text) {
    this.#area.value = text;
  }

  /** As if the user had written it: it can be undone. */
  replace(text) {
    this.#area.focus();
    this.#area.select();
    document.execCommand("insertText", false, text); // old, but nothing else can be undone in an area
  }

  /** The place of the caret, and whether it is here. */
  get caret() {
    return { at: this.#area.selectionStart, isHere: document.activeElement === this.#area };
  }

  focus() {
    this.#area.focus();
  }

  /** An area has no marks. */
  mark() {}

  /** @param line from 1 */
  go(line) {
    const lines = this.#area.value.split("\n");
    const at = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    this.#area.focus();
    this.#area.setSelectionRange(at, at + (lines[line - 1] ?? "").length);
  }
}
