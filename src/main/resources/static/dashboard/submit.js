// The form that submits a job. It keeps a draft until then, and makes one job however often it is sent.
import { newKey, send, submission } from "./api.js";
import { Draft } from "./draft.js";
import { el, sameKey, say } from "./elements.js";
import { Fields } from "./fields.js";
import { Options } from "./options.js";

export class Submit {
  #draft;
  #types = [];
  #type = el("select", { id: "submit-type", onchange: () => this.#choose() });
  #about = el("p", { class: "note" });
  #payload = el("textarea", { id: "payload", rows: 5, spellcheck: "false", placeholder: "{}",
    oninput: () => {
      this.#touched = true;
      this.#changed();
    } });
  #json = el("div", {}, el("label", { for: "payload" }, "Payload, as JSON; may be empty"), this.#payload);
  #fields = new Fields(() => {
    this.#payload.value = this.#fields.text();
    this.#touched = true;
    this.#changed();
  });
  #options = new Options(() => this.#changed());
  #toggle = el("button", { type: "button", class: "quiet", onclick: () => this.#switch() });
  #error = el("p", { class: "error", role: "alert" });
  #button = el("button", { type: "submit" }, "Submit");
  /** Whether the user prefers JSON to fields. */
  #asJson = false;
  /** Whether the user has typed the payload: otherwise it is the example of the type. */
  #touched = false;
  #key = newKey();
  opener = el("button", { type: "button", "aria-expanded": "false", "aria-controls": "submit",
    onclick: () => this.#open(this.element.hidden) }, "New job");
  element;

  constructor(me) {
    this.#draft = new Draft(me.name);
    this.element = el("form", { id: "submit", class: "panel", hidden: true, onsubmit: (event) => this.#submit(event) },
      el("h2", {}, "New job"),
      el("label", { for: "submit-type" }, "Type"), this.#type, this.#about,
      this.#json, this.#fields.element,
      this.#options.element, this.#error,
      el("div", { class: "buttons" }, this.#button, this.#toggle,
        el("button", { type: "button", class: "quiet", onclick: () => this.#open(false) }, "Cancel")));
    this.element.addEventListener("keydown", (event) => event.key === "Escape" && this.#open(false));
    this.#restore();
  }

  /** Sets the types that can be submitted now; the chosen one stays chosen. */
  offer(types) {
    if (JSON.stringify(types) === JSON.stringify(this.#types)) {
      return;
    }
    this.#types = types;
    const chosen = this.#type.value;
    const names = types.map(({ type }) => type);
    if (chosen && !names.includes(chosen)) {
      names.push(chosen); // a draft's, whose handler is gone: the server will report that
    }
    this.#type.replaceChildren(...names.map((name) => el("option", { value: name }, name)));
    this.#type.value = chosen || (names[0] ?? "");
    this.#describe();
  }

  #restore() {
    const draft = this.#draft.read();
    if (draft === null) {
      return;
    }
    this.#type.append(el("option", { value: draft.type }, draft.type));
    this.#type.value = draft.type;
    this.#payload.value = draft.payload;
    this.#touched = draft.touched;
    this.#asJson = draft.asJson ?? false;
    this.#options.values = draft;
    this.#key = draft.key ?? this.#key;
    this.element.hidden = !draft.open;
    this.opener.ariaExpanded = String(draft.open);
  }

  #keep() {
    this.#draft.write({ open: !this.element.hidden, type: this.#type.value, payload: this.#payload.value,
      touched: this.#touched, asJson: this.#asJson, ...this.#options.values, key: this.#key });
  }

  #open(open) {
    this.element.hidden = !open;
    this.opener.ariaExpanded = String(open);
    (open ? this.#type : this.opener).focus();
    this.#keep();
  }

  #choose() {
    this.#touched = this.#touched && this.#payload.value.trim() !== "";
    this.#describe();
    this.#changed();
  }

  /** Makes the next submission a new job. */
  #changed() {
    this.#key = newKey();
    this.#error.textContent = "";
    this.#keep();
  }

  #chosen() {
    return this.#types.find(({ type }) => type === this.#type.value) ?? {};
  }

  #describe() {
    const { description = "", example, unique } = this.#chosen();
    say(this.#about, description);
    this.#options.offerUniqueKey(unique === undefined);
    if (!this.#touched) {
      this.#payload.value = example === undefined ? "" : JSON.stringify(example, null, 2);
    }
    this.#arrange();
  }

  /** Shows the payload in fields if the type has a schema, the user does not prefer JSON, and each member has a field. */
  #arrange() {
    const { input } = this.#chosen();
    const inFields = !this.#asJson && this.#fields.show(input, this.#payload.value.trim());
    this.#json.hidden = inFields;
    this.#fields.element.hidden = !inFields;
    this.#toggle.hidden = !inFields && !input?.properties;
    say(this.#toggle, inFields ? "Edit as JSON" : "Edit in fields");
    return inFields;
  }

  #switch() {
    this.#asJson = this.#json.hidden;
    this.#error.textContent = "";
    if (!this.#asJson && !this.#arrange()) {
      this.#asJson = true;
      this.#error.textContent = "This payload has no fields: it is not JSON, or has members that the type does not name.";
    }
    this.#arrange();
    (this.#asJson ? this.#payload : this.#fields.element.querySelector("input, select, textarea")).focus();
    this.#keep();
  }

  /** What is wrong is said at its field, and the rest here. */
  #explain({ message, errors = [] }) {
    if (errors.length < 2 && (errors.length === 0 || this.#fields.element.hidden)) {
      return message;
    }
    const rest = this.#fields.element.hidden ? errors : this.#fields.mark(errors);
    return ["The payload does not match the input of the type.", ...rest.map((one) => `${one.pointer} ${one.message}`)].join("\n");
  }

  async #submit(event) {
    event.preventDefault();
    if (this.#button.disabled) {
      return;
    }
    this.#error.textContent = "";
    const text = this.#payload.value.trim();
    if (text !== "") {
      try {
        JSON.parse(text);
      } catch (error) {
        this.#error.textContent = `This is not JSON: ${error.message}`;
        this.#payload.focus();
        return;
      }
    }
    this.#button.disabled = true;
    try {
      const { jobId, duplicate } = await send("POST", submission(this.#type.value, this.#options.parameters),
        text === "" ? undefined : text, { headers: { "Idempotency-Key": this.#key } });
      if (duplicate) {
        this.#error.replaceChildren(...sameKey(jobId));
        this.#button.disabled = false;
        return;
      }
      this.#draft.drop();
      location.hash = `#/jobs/${encodeURIComponent(jobId)}`;
    } catch (error) {
      this.#error.textContent = error instanceof TypeError
        ? "The server does not answer. Submit it again: it will still be one job."
        : this.#explain(error);
      this.#button.disabled = false;
    }
  }
}
