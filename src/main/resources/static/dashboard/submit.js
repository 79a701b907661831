// The form by which a job is submitted.
import { send } from "./api.js";
import { el } from "./elements.js";

export class Submit {
  #type;
  #about = el("p", { class: "note" });
  #payload = el("textarea", { id: "payload", rows: 5, spellcheck: "false", placeholder: "{}" });
  #error = el("p", { class: "error", role: "alert" });
  #types;
  opener = el("button", { type: "button", "aria-expanded": "false", "aria-controls": "submit",
    onclick: () => this.#open(this.element.hidden) }, "New job");
  element;

  constructor(types) {
    this.#types = types;
    this.#type = el("select", { id: "submit-type", onchange: () => this.#describe() },
      types.map(({ type }) => el("option", { value: type }, type)));
    this.element = el("form", { id: "submit", class: "panel", hidden: true, onsubmit: (event) => this.#submit(event) },
      el("h2", {}, "New job"),
      el("label", { for: "submit-type" }, "Type"), this.#type, this.#about,
      el("label", { for: "payload" }, "Payload, as JSON; may be empty"), this.#payload, this.#error,
      el("div", { class: "buttons" }, el("button", { type: "submit" }, "Submit"),
        el("button", { type: "button", class: "quiet", onclick: () => this.#open(false) }, "Cancel")));
    this.element.addEventListener("keydown", (event) => event.key === "Escape" && this.#open(false));
    this.#describe();
  }

  #open(open) {
    this.element.hidden = !open;
    this.opener.ariaExpanded = String(open);
    (open ? this.#type : this.opener).focus();
  }

  #describe() {
    this.#about.textContent = this.#types.find(({ type }) => type === this.#type.value)?.description ?? "";
  }

  async #submit(event) {
    event.preventDefault();
    this.#error.textContent = "";
    const text = this.#payload.value.trim();
    if (text !== "") {
      try {
        JSON.parse(text);
      } catch (error) {
        this.#error.textContent = `This is no JSON: ${error.message}`;
        this.#payload.focus();
        return;
      }
    }
    try {
      const { jobId } = await send("POST", `/jobs/${encodeURIComponent(this.#type.value)}`, text === "" ? undefined : text);
      location.hash = `#/jobs/${encodeURIComponent(jobId)}`;
    } catch (error) {
      this.#error.textContent = error.message;
    }
  }
}
