// A form for a payload, made from the JSON Schema of its type: a field for each property of an object.
import { asSent } from "./api.js";
import { el } from "./elements.js";

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

export class Fields {
  #fields = [];
  #shown = "";
  #list = el("div", { class: "fields" });
  element = el("fieldset", {}, el("legend", {}, "Payload"), this.#list);

  constructor(changed) {
    this.element.addEventListener("input", (event) => {
      this.#fields.find(({ input }) => input === event.target)?.mark("");
      changed();
    });
  }

  /**
   * Shows a payload, if each of its members has a field.
   *
   * @param schema of the type; may be undefined
   * @param text of the payload, "" for none
   * @return whether it is shown
   */
  show(schema, text) {
    const payload = parsed(text === "" ? "{}" : text);
    if (!isObject(schema) || !isObject(payload) || !isObject(schema.properties)) {
      return false;
    }
    const names = Object.keys(schema.properties);
    if (names.length === 0 || Object.keys(payload).some((name) => !names.includes(name))) {
      return false;
    }
    if (this.#shown !== JSON.stringify(schema)) {
      this.#shown = JSON.stringify(schema);
      this.#fields = names.map((name, i) => new Field(name, schema.properties[name], `field-${i}`, schema.required?.includes(name)));
      this.#list.replaceChildren(...this.#fields.map(({ element }) => element));
    }
    if (!this.#fields.every((field) => field.fits(payload[field.name]))) {
      return false;
    }
    this.#fields.forEach((field) => field.set(payload[field.name]));
    return true;
  }

  /** The payload, JSON text; what is empty is left out. */
  text() {
    const members = this.#fields.filter((field) => field.value() !== "").map((field) => `${JSON.stringify(field.name)}: ${field.value()}`);
    return members.length === 0 ? "{}" : `{\n  ${members.join(",\n  ")}\n}`;
  }

  /** Shows errors of the server at their fields, and returns those that have none. */
  mark(errors) {
    this.#fields.forEach((field) => field.mark(""));
    const rest = errors.filter(({ pointer, message }) => {
      const [, name, ...deeper] = pointer.split("/").map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
      const field = this.#fields.find((one) => one.name === name);
      field?.mark([deeper.join("/"), message].filter(Boolean).join(": "));
      return !field;
    });
    this.#fields.find(({ input }) => input.ariaInvalid === "true")?.input.focus();
    return rest;
  }
}

/** A property: its label, its input, what is said of it and what is wrong with it. */
class Field {
  #kind;
  #options;
  #error;
  name;
  input;
  element;

  constructor(name, schema, id, required) {
    this.name = name;
    this.#kind = kind(schema);
    this.#options = options(schema);
    this.#error = el("p", { id: `${id}-error`, class: "error" });
    const note = schema?.description ? el("p", { id: `${id}-note`, class: "note" }, schema.description) : null;
    const about = { id, "aria-required": required ? "true" : null, "aria-describedby": [note?.id, this.#error.id].filter(Boolean).join(" ") };
    this.input = this.#input(about, schema);
    this.element = el("div", {}, el("label", { for: id }, schema?.title || name, required ? el("span", { class: "note" }, " required") : null),
      note, this.input, this.#error);
  }

  #input(about, schema) {
    if (this.#options) {
      return el("select", about, ["", ...this.#options].map((text) => el("option", { value: text }, shown(text))));
    }
    if (this.#kind === "json" || schema.contentMediaType || schema.maxLength > 200) {
      return el("textarea", { ...about, rows: 3, spellcheck: "false" });
    }
    return el("input", { ...about, autocomplete: "off", inputmode: this.#kind === "string" ? null : "decimal" });
  }

  /** Whether the field can show a value; undefined: none. */
  fits(value) {
    if (value === undefined || this.#kind === "json") {
      return true;
    }
    if (this.#options) {
      return this.#options.includes(JSON.stringify(value));
    }
    const text = typeof value === "string" && value !== "";
    return this.#kind === "string" ? text : (text && !NUMBER.test(value)) || NUMBER.test(JSON.stringify(value));
  }

  set(value) {
    const json = value === undefined ? "" : JSON.stringify(value);
    if (this.value() !== json) {
      this.input.value = typeof value === "string" && ["string", "number"].includes(this.#kind) ? value : json;
      this.mark("");
    }
  }

  /** JSON text; "" for none. What is no number, and no JSON, goes as a string: the server says what is wrong with it. */
  value() {
    const text = this.input.value;
    if (this.#options || text === "") {
      return text;
    }
    const asIs = this.#kind === "number" ? NUMBER.test(text) : this.#kind === "json" && parsed(text) !== undefined;
    return asIs ? text : JSON.stringify(text);
  }

  mark(message) {
    this.#error.textContent = message;
    this.input.ariaInvalid = message ? "true" : "false";
  }
}

function kind(schema) {
  if (options(schema)) {
    return "option";
  }
  return { string: "string", number: "number", integer: "number" }[schema?.type] ?? "json";
}

/** The values to choose from, as JSON texts; null if there are others. */
function options(schema) {
  if (Array.isArray(schema?.enum)) {
    return schema.enum.map((value) => JSON.stringify(value));
  }
  return schema?.type === "boolean" ? ["true", "false"] : null;
}

/** A string without its quotes. */
function shown(text) {
  const value = text === "" ? "" : parsed(text);
  return typeof value === "string" ? value : text;
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Undefined if the text is no JSON. */
function parsed(text) {
  try {
    return JSON.parse(text, asSent);
  } catch {
    return undefined;
  }
}
