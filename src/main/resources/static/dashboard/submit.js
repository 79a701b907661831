// The form that submits a job. It keeps a draft until then, and makes one job however often it is sent.
import { newKey, send } from "./api.js";
import { Draft } from "./draft.js";
import { el, say } from "./elements.js";

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
  #error = el("p", { class: "error", role: "alert" });
  #button = el("button", { type: "submit" }, "Submit");
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
      el("label", { for: "payload" }, "Payload, as JSON; may be empty"), this.#payload, this.#error,
      el("div", { class: "buttons" }, this.#button,
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
    this.#key = draft.key ?? this.#key;
    this.element.hidden = !draft.open;
    this.opener.ariaExpanded = String(draft.open);
  }

  #keep() {
    this.#draft.write({ open: !this.element.hidden, type: this.#type.value, payload: this.#payload.value,
      touched: this.#touched, key: this.#key });
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

  #describe() {
    const { description = "", example } = this.#types.find(({ type }) => type === this.#type.value) ?? {};
    say(this.#about, description);
    if (!this.#touched) {
      this.#payload.value = example === undefined ? "" : JSON.stringify(example, null, 2);
    }
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
      const { jobId } = await send("POST", `/jobs/${encodeURIComponent(this.#type.value)}`, text === "" ? undefined : text,
        { headers: { "Idempotency-Key": this.#key } });
      this.#draft.drop();
      location.hash = `#/jobs/${encodeURIComponent(jobId)}`;
    } catch (error) {
      this.#error.textContent = error instanceof TypeError
        ? "The server does not answer. Submit it again: it will still be one job."
        : error.message;
      this.#button.disabled = false;
    }
  }
}
