// The form that begins a new route file: what it is for, and its name.
import { el, labelled, textField } from "./elements.js";
import { addressOf } from "./files.js";
import { TEMPLATES } from "./templates.js";

export class NewRoute {
  #template = el("select", { id: "route-template", onchange: () => this.#chosen() },
    TEMPLATES.map(({ id, title }) => el("option", { value: id }, title)));
  #name = textField("route-name", { required: true, pattern: "[a-z0-9][a-z0-9\\-]*", maxlength: 64, title: "a-z 0-9 -" });
  #named = el("div", {}, labelled("Name, such as send-mail", this.#name));
  opener = el("button", { type: "button", "aria-expanded": "false", "aria-controls": "new-route",
    onclick: () => this.#open(this.element.hidden) }, "New file");
  element = el("form", { id: "new-route", class: "panel", hidden: true, onsubmit: (event) => this.#begin(event),
    onkeydown: (event) => event.key === "Escape" && this.#open(false) },
    el("h2", {}, "New file"),
    labelled("What it is for", this.#template), this.#named,
    el("div", { class: "buttons" }, el("button", { type: "submit" }, "Write it"),
      el("button", { type: "button", class: "quiet", onclick: () => this.#open(false) }, "Cancel")));

  #open(open) {
    this.element.hidden = !open;
    this.opener.ariaExpanded = String(open);
    (open ? this.#template : this.opener).focus();
  }

  #chosen() {
    const { file } = this.#choice;
    this.#named.hidden = file !== undefined;
    this.#name.disabled = file !== undefined;
  }

  get #choice() {
    return TEMPLATES.find(({ id }) => id === this.#template.value);
  }

  #begin(event) {
    event.preventDefault();
    const { id, folder, file } = this.#choice;
    location.hash = addressOf(file ?? `${folder}/${this.#name.value}.camel.yaml`, id);
  }
}
