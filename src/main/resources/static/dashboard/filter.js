// The parts of a filter that need to be typed: the error of jobs, a tag, a batch, and when they were submitted.
import { el } from "./elements.js";

export const FIELDS = ["error", "tag", "batch", "group", "from", "to"];

export class Filter {
  #error = el("input", { autocomplete: "off", spellcheck: "false", pattern: "[A-Za-z0-9_$]{1,200}",
    title: "The name of an exception, without its package" });
  #tag = el("input", { autocomplete: "off", spellcheck: "false", pattern: "[A-Za-z0-9._:\\/@\\-]{1,40}", title: "One tag" });
  #batch = el("input", { autocomplete: "off", spellcheck: "false", pattern: "[A-Za-z0-9._:\\-]{1,64}", title: "The id of a batch" });
  #group = el("input", { autocomplete: "off", spellcheck: "false", pattern: "[0-9a-f]{16}", title: "A group of failed jobs" });
  #from = el("input", { type: "datetime-local", step: 1 });
  #to = el("input", { type: "datetime-local", step: 1 });
  opener = el("button", { type: "button", class: "quiet", "aria-expanded": "false", "aria-controls": "filter",
    onclick: () => this.#open(this.element.hidden) }, "Filter");
  element;

  /** @param lead goes to the list with these fields */
  constructor(lead) {
    this.element = el("form", { id: "filter", class: "panel", hidden: true, "aria-label": "Filter", onsubmit: (event) => {
      event.preventDefault();
      lead({ error: this.#error.value.trim(), tag: this.#tag.value.trim(), batch: this.#batch.value.trim(),
        group: this.#group.value.trim(), from: instant(this.#from.value), to: instant(this.#to.value) });
    } },
      el("label", {}, "Error", this.#error),
      el("label", {}, "Tag", this.#tag),
      el("label", {}, "Batch", this.#batch),
      el("label", {}, "Group", this.#group),
      el("label", {}, "Submitted from", this.#from),
      el("label", {}, "Submitted before", this.#to),
      el("button", {}, "Apply"),
      el("button", { type: "button", class: "quiet", onclick: () => {
        this.#open(false);
        this.opener.focus();
        lead({});
      } }, "No filter"));
  }

  /** @param asked the fields in the address: they show what the list is filtered by */
  show(asked) {
    const values = [asked.error ?? "", asked.tag ?? "", asked.batch ?? "", asked.group ?? "", local(asked.from), local(asked.to)];
    [this.#error, this.#tag, this.#batch, this.#group, this.#from, this.#to].forEach((input, i) => (input.value = values[i]));
    if (FIELDS.some((field) => asked[field])) {
      this.#open(true);
    }
  }

  #open(open) {
    this.element.hidden = !open;
    this.opener.ariaExpanded = String(open);
    if (open && document.activeElement === this.opener) {
      this.#error.focus();
    }
  }
}

function instant(value) {
  return value === "" ? "" : new Date(value).toISOString();
}

/** As the input has it, in the zone of the browser. */
function local(iso) {
  const time = Date.parse(iso ?? "");
  if (Number.isNaN(time)) {
    return "";
  }
  return new Date(time - new Date(time).getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
