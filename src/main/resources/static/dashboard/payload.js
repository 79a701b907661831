// The payload of a job that a user writes: in fields if its type has a schema, or as JSON.
import { el, say } from "./elements.js";
import { Fields } from "./fields.js";

export class Payload {
  #changed;
  #switched;
  #complain;
  #area;
  #json;
  #fields = new Fields(() => {
    this.#area.value = this.#fields.text();
    this.#touched = true;
    this.#changed();
  });
  /** What it is for. */
  #input;
  /** Whether the user has typed it: otherwise it is the example of the type. */
  #touched = false;
  /** Whether the user prefers JSON to fields. */
  #asJson = false;
  /** Goes from fields to JSON and back. */
  toggle = el("button", { type: "button", class: "quiet", hidden: true, onclick: () => this.#switch() });
  elements;

  /**
   * @param id of the text area
   * @param changed is called when the user has changed it
   * @param switched is called when the user has chosen fields or JSON
   * @param complain is called with what is wrong, and with "" when the user goes on
   */
  constructor(id, label, { changed, switched, complain }) {
    this.#changed = changed;
    this.#switched = switched;
    this.#complain = complain;
    this.#area = el("textarea", { id, rows: 5, spellcheck: "false", autocomplete: "off", placeholder: "{}", oninput: () => {
      this.#touched = true;
      this.#changed();
    } });
    this.#json = el("div", {}, el("label", { for: id }, label), this.#area);
    this.#fields.element.hidden = true;
    this.elements = [this.#json, this.#fields.element];
  }

  /** As it is sent; "" for none. */
  get text() {
    return this.#area.value.trim();
  }

  /** What a draft keeps. */
  get state() {
    return { payload: this.#area.value, touched: this.#touched, asJson: this.#asJson };
  }

  set state({ payload, touched, asJson = false }) {
    this.#area.value = payload;
    this.#touched = touched;
    this.#asJson = asJson;
  }

  /** Is for a type from now on, and shows its example unless the user has typed something. */
  offer({ example, input }) {
    this.#input = input;
    if (!this.#touched) {
      this.#area.value = example === undefined ? "" : JSON.stringify(example, null, 2);
    }
    const focused = document.activeElement === this.#area;
    this.#arrange();
    if (focused) {
      this.focus();
    }
  }

  /** Shows another one. @param text JSON, "" for none */
  show(text) {
    this.#area.value = text;
    this.#touched = true;
    this.#arrange();
  }

  /** What is empty gives way to the example of the next type. */
  giveWay() {
    this.#touched = this.#touched && this.text !== "";
  }

  focus() {
    (this.#json.hidden ? this.#first : this.#area).focus();
  }

  /** Whether it is JSON or empty; if not, says so. */
  isJson() {
    try {
      JSON.parse(this.text || "{}");
      return true;
    } catch (error) {
      this.#complain(`This is not JSON: ${error.message}`);
      this.#area.focus();
      return false;
    }
  }

  /** Marks errors of the server at their fields. @return the rest, in words */
  explain({ message, errors = [] }) {
    if (errors.length < 2 && (errors.length === 0 || this.#fields.element.hidden)) {
      return message;
    }
    const rest = this.#fields.element.hidden ? errors : this.#fields.mark(errors);
    return ["The payload does not match the input of the type.", ...rest.map((one) => `${one.pointer} ${one.message}`)].join("\n");
  }

  get #first() {
    return this.#fields.element.querySelector("input, select, textarea");
  }

  /** Shows it in fields if the type has a schema, the user does not prefer JSON, and each member has a field. */
  #arrange() {
    const inFields = !this.#asJson && this.#fields.show(this.#input, this.text);
    this.#json.hidden = inFields;
    this.#fields.element.hidden = !inFields;
    this.toggle.hidden = !inFields && !this.#input?.properties;
    say(this.toggle, inFields ? "Edit as JSON" : "Edit in fields");
    return inFields;
  }

  #switch() {
    this.#asJson = this.#json.hidden;
    this.#complain("");
    if (!this.#asJson && !this.#arrange()) {
      this.#asJson = true;
      this.#complain("This payload has no fields: it is not JSON, or has members that the type does not name.");
    }
    this.#arrange();
    this.focus();
    this.#switched();
  }
}
