// The form that stores a hook: a new one, or another version of one.
import { get, reason, send } from "./api.js";
import { el, labelled, say, textField } from "./elements.js";

const EVENT = "";

export class HookForm {
  #taken = new Set();
  #edited = null;
  #back;
  #stored;
  #title = el("h2");
  #name = text("name", { required: true, pattern: "[a-z0-9][a-z0-9\\-]*", maxlength: 32 });
  #scheme = el("select", { id: "hook-scheme" }, el("option", { value: "standard" }, "Standard Webhooks"),
    el("option", { value: "github" }, "GitHub (X-Hub-Signature-256)"));
  #type = el("select", { id: "hook-type", onchange: () => this.#showKey() });
  #key = text("key", { pattern: "[A-Za-z0-9._:\\-]*", maxlength: 100 });
  #keyField = el("div", {}, labelled("With this key; empty for none", this.#key));
  #secret = text("secret", { maxlength: 300 });
  #error = el("p", { class: "error", role: "alert" });
  #button = el("button", { type: "submit" }, "Save");
  opener = el("button", { type: "button", "aria-expanded": "false", "aria-controls": "hook-form",
    onclick: () => (this.element.hidden ? this.edit(null, this.opener) : this.#close()) }, "New hook");
  element = el("form", { id: "hook-form", class: "panel", hidden: true, onsubmit: (event) => this.#save(event),
    onkeydown: (event) => event.key === "Escape" && this.#close() },
    this.#title, labelled("Name", this.#name), labelled("How the sender signs", this.#scheme),
    labelled("What a message becomes", this.#type), this.#keyField,
    labelled("Secret, if the sender has made one; empty: a new hook gets one, another keeps its own", this.#secret),
    this.#error,
    el("div", { class: "buttons" }, this.#button,
      el("button", { type: "button", class: "quiet", onclick: () => this.#close() }, "Cancel")));

  /** @param stored is called with what the server responds when one is stored */
  constructor(stored) {
    this.#stored = stored;
  }

  /** A new one must have another name than these. */
  keepOff(names) {
    this.#taken = new Set(names);
  }

  /**
   * Opens the form.
   *
   * @param hook null for a new one
   * @param back gets the focus when the form closes
   */
  async edit(hook, back) {
    this.#edited = hook;
    this.#back = back;
    say(this.#title, hook === null ? "New hook" : `Edit ${hook.name}`);
    say(this.#error, "");
    this.#name.value = hook?.name ?? "";
    this.#name.readOnly = hook !== null;
    this.#scheme.value = hook?.scheme ?? "standard";
    this.#key.value = hook?.event?.key ?? "";
    this.#secret.value = "";
    this.#offer([], hook?.job ?? EVENT);
    this.element.hidden = false;
    this.opener.ariaExpanded = "true";
    (hook === null ? this.#name : this.#scheme).focus();
    try {
      const { types } = await get("/jobs/types");
      this.#offer(types.map(({ type }) => type), this.#type.value);
    } catch (error) {
      say(this.#error, error.message);
    }
  }

  #offer(types, chosen) {
    const all = [...new Set([...types, chosen])].filter(Boolean).sort();
    this.#type.replaceChildren(el("option", { value: EVENT }, "an event"),
      ...all.map((type) => el("option", { value: type }, `a job of ${type}`)));
    this.#type.value = chosen;
    this.#showKey();
  }

  #showKey() {
    this.#keyField.hidden = this.#type.value !== EVENT;
  }

  #close() {
    this.element.hidden = true;
    this.opener.ariaExpanded = "false";
    this.#back?.focus();
  }

  async #save(event) {
    event.preventDefault();
    if (this.#button.disabled) {
      return;
    }
    say(this.#error, "");
    const name = this.#name.value.trim();
    if (this.#edited === null && this.#taken.has(name)) {
      say(this.#error, `There is a hook ${name} already.`);
      this.#name.focus();
      return;
    }
    const type = this.#type.value;
    const hook = {
      scheme: this.#scheme.value,
      job: type === EVENT ? undefined : type,
      event: type === EVENT ? { key: this.#key.value.trim() || undefined } : undefined,
      secret: this.#secret.value.trim() || undefined,
    };
    this.#button.disabled = true;
    try {
      const stored = await send("PUT", `/hooks/${encodeURIComponent(name)}`, JSON.stringify(hook));
      this.#close();
      this.#stored(stored);
    } catch (error) {
      say(this.#error, reason(error));
    } finally {
      this.#button.disabled = false;
    }
  }
}

function text(name, attributes) {
  return textField(`hook-${name}`, attributes);
}
