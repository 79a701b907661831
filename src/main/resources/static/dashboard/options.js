// The options of a submission beside its payload: when the job runs and for how long, before which others, and what it is found by.
import { el } from "./elements.js";

/** Of each that is typed: the parameter, which is also the id of its field, and the label. */
const TYPED = [
  ["delay", "Begin after, such as 10m"],
  ["timeout", "Let an attempt run for, such as 30s"],
  ["expires", "Cancel it unless it begins within, such as 1h"],
  ["batch", "Id of the batch that it is in"],
  ["tags", "Tags, with commas between"],
];

export class Options {
  #fields;
  /** Not for a type that has unique keys of its own. */
  #ofUnique;
  element;

  /** @param changed is called when the user has changed one */
  constructor(changed) {
    const typed = (id) => el("input", { id, maxlength: 500, autocomplete: "off", spellcheck: "false", oninput: changed });
    this.#fields = {
      priority: el("select", { id: "priority", onchange: changed },
        ["", "high", "normal", "low"].map((value) => el("option", { value }, value || "as the type says"))),
      uniqueKey: typed("unique-key"),
      ...Object.fromEntries(TYPED.map(([name]) => [name, typed(name)])),
    };
    this.#ofUnique = el("div", {},
      el("label", { for: "unique-key" }, "Unique key: no second job of this type while the one with it has not ended"), this.#fields.uniqueKey);
    this.element = el("details", {}, el("summary", {}, "Options"),
      el("label", { for: "priority" }, "Priority"), this.#fields.priority, this.#ofUnique,
      TYPED.flatMap(([name, label]) => [el("label", { for: name }, label), this.#fields[name]]));
  }

  /** Whether the type of the job leaves the unique key to its submission. */
  offerUniqueKey(offered) {
    this.#ofUnique.hidden = !offered;
  }

  /** What the user has chosen, by the names of the parameters. */
  get values() {
    return Object.fromEntries(Object.entries(this.#fields).map(([name, field]) => [name, field.value]));
  }

  /** What is not in the values becomes empty. */
  set values(values) {
    Object.entries(this.#fields).forEach(([name, field]) => (field.value = values[name] ?? ""));
    this.element.open = Object.values(this.values).some((value) => value !== "");
  }

  /** The parameters of the submission. */
  get parameters() {
    const { uniqueKey, tags, ...others } = this.values;
    return { ...others, uniqueKey: this.#ofUnique.hidden ? "" : uniqueKey, tags: tags.replaceAll(" ", "") };
  }
}
