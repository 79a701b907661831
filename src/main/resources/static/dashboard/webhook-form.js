// The form that stores a webhook: a new one, or another version of one.
import { reason, send } from "./api.js";
import { el, labelled, say, textField } from "./elements.js";

const ENDS = ["FINISHED", "FAILED", "CANCELLED"];
/** Of webhooks that were just made: their pages show them once. */
const secrets = new Map();

/** The secret of a new webhook, the first time that it is asked for. */
export function takeSecret(name) {
  const secret = secrets.get(name);
  secrets.delete(name);
  return secret;
}

export class WebhookForm {
  #taken = new Set();
  #paused = false;
  #edited;
  #stored;
  #name;
  #url = text("url", { type: "url", required: true, maxlength: 2000, placeholder: "https://example.org/hook" });
  #ends = new Map(ENDS.map((state) => [state, box(`end-${state.toLowerCase()}`, { checked: true })]));
  #types = text("types", { placeholder: "totals, hello" });
  #result = box("result");
  #events = box("events");
  #key = text("key", { pattern: "[A-Za-z0-9._:\\-]*", maxlength: 100 });
  #error = el("p", { class: "error", role: "alert" });
  #button = el("button", { type: "submit" }, "Save");
  opener;
  element;

  /**
   * @param edited name of the webhook that is edited; null for a new one
   * @param stored is called when it is stored
   */
  constructor(edited, stored) {
    this.#edited = edited;
    this.#stored = stored;
    this.#name = text("name",
      { required: true, pattern: "[a-z0-9][a-z0-9\\-]*", maxlength: 32, readonly: edited !== null, value: edited ?? "" });
    const title = edited === null ? "New webhook" : "Edit";
    this.opener = el("button", { type: "button", class: edited === null ? null : "quiet", "aria-expanded": "false",
      "aria-controls": "webhook-form", onclick: () => this.#open(this.element.hidden) }, title);
    this.element = el("form", { id: "webhook-form", class: "panel", hidden: true, onsubmit: (event) => this.#save(event),
      onkeydown: (event) => event.key === "Escape" && this.#open(false) },
      el("h2", {}, edited === null ? title : `Edit ${edited}`),
      labelled("Name", this.#name), labelled("URL of the receiver", this.#url),
      el("fieldset", {}, el("legend", {}, "Jobs that end"),
        [...this.#ends].map(([state, field]) => checked(state.toLowerCase(), field)),
        labelled("Of these types, with commas between; empty for all", this.#types),
        checked("tell it their results, too", this.#result)),
      el("fieldset", {}, el("legend", {}, "Events"), checked("tell it of events", this.#events),
        labelled("With this key; empty for those without one", this.#key)),
      this.#error,
      el("div", { class: "buttons" }, this.#button,
        el("button", { type: "button", class: "quiet", onclick: () => this.#open(false) }, "Cancel")));
  }

  /** A new one must have another name than these. */
  keepOff(names) {
    this.#taken = new Set(names);
  }

  /** Shows a webhook as it is stored, until the form is opened. */
  fill({ url, jobs, events, paused }) {
    if (!this.element.hidden) {
      return;
    }
    this.#url.value = url;
    this.#paused = paused;
    this.#ends.forEach((field, state) => (field.checked = jobs?.states.includes(state) ?? false));
    this.#types.value = jobs?.types.join(", ") ?? "";
    this.#result.checked = jobs?.result ?? false;
    this.#events.checked = events !== undefined;
    this.#key.value = events?.key ?? "";
  }

  #open(open) {
    this.element.hidden = !open;
    this.opener.ariaExpanded = String(open);
    say(this.#error, "");
    (open ? (this.#edited === null ? this.#name : this.#url) : this.opener).focus();
  }

  #wanted() {
    const states = ENDS.filter((state) => this.#ends.get(state).checked);
    const types = this.#types.value.split(",").map((type) => type.trim()).filter(Boolean);
    const key = this.#key.value.trim();
    return {
      url: this.#url.value.trim(),
      jobs: states.length > 0 ? { types, states, result: this.#result.checked } : undefined,
      events: this.#events.checked ? { key: key || undefined } : undefined,
      paused: this.#paused,
    };
  }

  async #save(event) {
    event.preventDefault();
    if (this.#button.disabled) {
      return;
    }
    say(this.#error, "");
    const name = this.#name.value.trim();
    if (this.#edited === null && this.#taken.has(name)) {
      say(this.#error, `There is a webhook ${name} already.`);
      this.#name.focus();
      return;
    }
    this.#button.disabled = true;
    try {
      const { secret } = await send("PUT", `/webhooks/${encodeURIComponent(name)}`, JSON.stringify(this.#wanted()));
      if (secret) {
        secrets.set(name, secret);
      }
      this.#open(false);
      this.#stored(name);
    } catch (error) {
      say(this.#error, reason(error));
    } finally {
      this.#button.disabled = false;
    }
  }
}

function text(name, attributes) {
  return textField(`webhook-${name}`, attributes);
}

function box(name, attributes) {
  return el("input", { id: `webhook-${name}`, type: "checkbox", ...attributes });
}

function checked(words, field) {
  return el("label", { for: field.id, class: "check" }, field, ` ${words}`);
}
