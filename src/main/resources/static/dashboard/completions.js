// What an editor offers at a place in a route file, and what it says of a word there. The place is found by the indentation
// alone, so that it is known in a text that is no YAML yet.
import { get } from "./api.js";

/** A line: what stands before its key, the key, and what follows the colon. */
const LINE = /^(\s*(?:-\s+)*)([\w-]+):(.*)$/;
const KEY_BEGUN = /^(\s*(?:-\s+)*)([\w-]*)$/;
const VALUE_BEGUN = /^(\s*(?:-\s+)*)([\w-]+):\s+(["']?)(\S*)$/;
const SETTING_BEGUN = /\{\{([\w.-]*)$/;
const HANDLER = "direct:job-";
/** What can have an endpoint right behind it. */
const ENDPOINTS = ["uri", "from", "to", "toD", "poll"];
/** What calls a bean by its name. */
const CALLERS = ["bean", "method"];

let offer = null;

/** What the server offers, asked for once. */
export async function completions() {
  offer ??= get("/routes/completions");
  try {
    return new Completions(await offer);
  } catch (error) {
    offer = null;
    throw error;
  }
}

export class Completions {
  #offer;

  constructor(offer) {
    this.#offer = offer;
  }

  /**
   * @param lines those above, and the begun one up to the caret
   * @return how many characters before the caret are part of it, and the options with what they are for; null if there are none
   */
  at(lines) {
    const line = lines.at(-1);
    const setting = SETTING_BEGUN.exec(line);
    if (setting) {
      return some(setting[1].length, this.#offer.settings.map((name) => ({ label: name })));
    }
    const value = VALUE_BEGUN.exec(line);
    if (value) {
      const [, before, name, quote, begun] = value;
      return some(begun.length, begun.startsWith("#") ? this.#references(quote) : this.#values(name, parent(lines, before.length)));
    }
    const key = KEY_BEGUN.exec(line);
    return key && some(key[2].length, this.#keys(key[1], parent(lines, key[1].length)));
  }

  /** What a key is for; empty if it is not known. @param lines those above, and its own */
  help(lines) {
    const [, before, key, rest] = LINE.exec(lines.at(-1)) ?? [];
    if (key === undefined) {
      return "";
    }
    const scheme = ENDPOINTS.includes(key) ? /^\s*["']?([\w-]+):/.exec(rest)?.[1] : undefined;
    const words = [this.#below(parent(lines, before.length))[key], this.#offer.components[scheme]?.help];
    return words.filter(Boolean).map((one) => (/[.!?…]$/.test(one) ? one : `${one}.`)).join(" ");
  }

  #keys(before, above) {
    const dash = above?.key === "steps" && !before.includes("-") ? "- " : "";
    return Object.entries(this.#below(above)).map(([name, info]) => ({ label: name, info, apply: `${dash}${name}:` }));
  }

  /** What can stand below a line. */
  #below(above) {
    if (above === null) {
      return { route: "A route." };
    }
    return above.key === "parameters" ? this.#offer.components[above.scheme]?.options ?? {} : this.#offer.keys[above.key] ?? {};
  }

  #values(key, above) {
    const { endpoints, components } = this.#offer;
    if (ENDPOINTS.includes(key)) {
      return [...endpoints.map((label) => ({ label })),
        ...Object.entries(components).map(([scheme, { help }]) => ({ label: `${scheme}:`, info: help }))];
    }
    if (key === "type" && above?.scheme === "schedule") {
      return endpoints.filter((uri) => uri.startsWith(HANDLER)).map((uri) => ({ label: uri.slice(HANDLER.length) }));
    }
    return key === "ref" && CALLERS.includes(above?.key) ? this.#beans((label) => ({ label })) : [];
  }

  /** Options that name a bean: in quotes, since what begins with # would be a comment. */
  #references(quote) {
    return this.#beans((name) => ({ label: `#bean:${name}`, apply: quote ? `#bean:${name}` : `"#bean:${name}"` }));
  }

  #beans(option) {
    return Object.entries(this.#offer.beans).map(([name, kind]) => ({ ...option(name), info: kind === "" ? undefined : `A ${kind}.` }));
  }
}

function some(length, options) {
  return options.length > 0 ? { length, options } : null;
}

/** The line that this one is below: its key, and for parameters the scheme of the endpoint; null at the top. */
function parent(lines, column) {
  for (let i = lines.length - 2; i >= 0; i--) {
    const [, before, key] = LINE.exec(lines[i]) ?? [];
    if (key !== undefined && before.length < column) {
      return { key, scheme: key === "parameters" ? schemeOf(lines, i, before.length) : undefined };
    }
  }
  return null;
}

/** Of the URI that stands beside parameters, above them. */
function schemeOf(lines, from, column) {
  for (let i = from - 1; i >= 0; i--) {
    const [, before, key, rest] = LINE.exec(lines[i]) ?? [];
    if (key !== undefined && before.length < column) {
      return undefined;
    }
    if (key === "uri" && before.length === column) {
      return /^\s*["']?([\w-]+)/.exec(rest)?.[1];
    }
  }
  return undefined;
}
