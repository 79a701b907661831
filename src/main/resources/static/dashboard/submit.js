// The form that submits a job. It keeps a draft until then, and makes one job however often it is sent.
import { newKey, send, submission } from "./api.js";
import { Draft } from "./draft.js";
import { el, sameKey, say } from "./elements.js";
import { Options } from "./options.js";
import { Payload } from "./payload.js";

export class Submit {
  #draft;
  #types = [];
  #type = el("select", { id: "submit-type", onchange: () => this.#choose() });
  #about = el("p", { class: "note" });
  #payload = new Payload("payload", "Payload, as JSON; may be empty", {
    changed: () => this.#changed(), switched: () => this.#keep(), complain: (text) => say(this.#error, text) });
  #options = new Options(() => this.#changed());
  #error = el("p", { class: "error", role: "alert" });
  #button = el("button", { type: "submit" }, "Submit");
  #key = newKey();
  opener = el("button", { type: "button", "aria-expanded": "false", "aria-controls": "submit",
    onclick: () => this.#open(this.element.hidden) }, "New job");
  element;

  constructor(me) {
    this.#draft = new Draft(me.name);
    this.element = el("form", { id: "submit", class: "panel", hidden: true, onsubmit: (event) => this.#submit(event) },
      el("h2", {}, "New job"),
      el("label", { for: "submit-type" }, "Type"), this.#type, this.#about,
      this.#payload.elements,
      this.#options.element, this.#error,
      el("div", { class: "buttons" }, this.#button, this.#payload.toggle,
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
    this.#payload.state = draft;
    this.#options.values = draft;
    this.#key = draft.key ?? this.#key;
    this.element.hidden = !draft.open;
    this.opener.ariaExpanded = String(draft.open);
  }

  #keep() {
    this.#draft.write({ open: !this.element.hidden, type: this.#type.value, ...this.#payload.state,
      ...this.#options.values, key: this.#key });
  }

  #open(open) {
    this.element.hidden = !open;
    this.opener.ariaExpanded = String(open);
    (open ? this.#type : this.opener).focus();
    this.#keep();
  }

  #choose() {
    this.#payload.giveWay();
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
    const chosen = this.#chosen();
    say(this.#about, chosen.description ?? "");
    this.#options.offerUniqueKey(chosen.unique === undefined);
    this.#payload.offer(chosen);
  }

  async #submit(event) {
    event.preventDefault();
    if (this.#button.disabled) {
      return;
    }
    this.#error.textContent = "";
    if (!this.#payload.isJson()) {
      return;
    }
    this.#button.disabled = true;
    try {
      const { jobId, duplicate } = await send("POST", submission(this.#type.value, this.#options.parameters),
        this.#payload.text || undefined, { headers: { "Idempotency-Key": this.#key } });
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
        : this.#payload.explain(error);
      this.#button.disabled = false;
    }
  }
}
