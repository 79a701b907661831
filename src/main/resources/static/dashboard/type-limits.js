// What holds up the jobs of the type that the list shows: its limits, and a pause. Without a type: which types are paused.
import { reason, send } from "./api.js";
import { el, say, time } from "./elements.js";
import { Question } from "./question.js";

export class TypeLimits {
  #refresh;
  #type = "";
  #paused = false;
  #state = el("span", { class: "badge", "data-state": "Suspended" }, "paused");
  #text = el("span");
  #button;
  #question = new Question("Pause it", "Leave it", () => this.#change("pause"));
  #done = el("p", { role: "status", class: "note" });
  #refused = el("p", { class: "error", role: "alert" });
  #line;
  #shown = "";
  element;

  /** @param refresh reads the types at once */
  constructor(me, refresh) {
    this.#refresh = refresh;
    this.#button = el("button", { type: "button", class: "quiet", hidden: true, onclick: () => this.#ask() });
    this.#line = el("p", { class: "note", hidden: true }, this.#state, this.#text, me.may("operator") ? this.#button : null);
    this.element = el("section", { class: "type-limits", "aria-label": "Limits" },
      this.#line, this.#done, this.#refused, this.#question.element);
  }

  /**
   * @param types as the server lists them
   * @param chosen the type of the list, "" for all
   */
  show(types, chosen) {
    if (chosen !== this.#type) {
      this.#type = chosen;
      say(this.#done, "");
      say(this.#refused, "");
      this.#question.element.hidden = true;
    }
    const type = types.find((one) => one.type === chosen);
    const paused = types.filter((one) => one.paused);
    const key = JSON.stringify([chosen, type, paused]);
    if (key === this.#shown) {
      return;
    }
    this.#shown = key;
    this.#paused = Boolean(type?.paused);
    const limits = type ? limitsOf(type) : "";
    this.#state.hidden = !(chosen ? this.#paused : paused.length > 0);
    this.#text.replaceChildren(...(chosen ? [...pauseOf(type), limits && `Limits: ${limits}`] : links(paused)));
    this.#button.hidden = !type;
    say(this.#button, this.#paused ? "Resume" : "Pause");
    this.#line.hidden = chosen ? !type : paused.length === 0;
  }

  #ask() {
    if (this.#paused) {
      this.#change("resume");
    } else {
      this.#question.ask(`Pause the type ${this.#type} on all nodes? Its jobs wait until somebody resumes it; those that run go on.`, this.#button);
    }
  }

  async #change(what) {
    this.#button.ariaDisabled = "true";
    say(this.#refused, "");
    say(this.#done, "");
    try {
      await send("POST", `/jobs/types/${encodeURIComponent(this.#type)}/${what}`);
      say(this.#done, what === "pause" ? "It is paused on all nodes." : "Its jobs begin again.");
      this.#refresh();
    } catch (error) {
      say(this.#refused, reason(error));
    } finally {
      this.#button.removeAttribute("aria-disabled");
    }
  }
}

function pauseOf(type) {
  if (!type?.paused) {
    return [];
  }
  const { by, at } = type.paused;
  return [by ? `by ${by} ` : "", at ? time(at) : "", ". "];
}

/** At most 20 at a time, 100/m; of each .customer at most 1 at a time */
export function limitsOf({ concurrency, rate, limitKey, keyConcurrency, keyRate }) {
  const all = few(concurrency, rate);
  const each = few(keyConcurrency, keyRate);
  return [all, limitKey && (each ? `of each ${limitKey} ${each}` : `${limitKey} take turns`)].filter(Boolean).join("; ");
}

function few(concurrency, rate) {
  return [concurrency && `at most ${concurrency.toLocaleString()} at a time`, rate && `at most ${rate}`].filter(Boolean).join(", ");
}

function links(types) {
  return types.flatMap(({ type }, i) => [i > 0 ? ", " : "", el("a", { href: `#/jobs?type=${encodeURIComponent(type)}` }, type)]);
}
