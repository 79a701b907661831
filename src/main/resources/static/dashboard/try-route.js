// The panel that tries a route: its text, saved or not, on a message, with nothing going out. A part of the page of a route.
import { get, send } from "./api.js";
import { el, labelled, say } from "./elements.js";
import { PastJobs } from "./past-jobs.js";
import { Payload } from "./payload.js";
import { problemList } from "./routes.js";
import { stepTable, took } from "./steps.js";

const OUTCOMES = { ended: ["FINISHED", "ended well"], failed: ["FAILED", "failed"], interrupted: ["FAILED", "was interrupted"] };
const HANDLER = "job-";

export class TryRoute {
  #id;
  #file = null;
  /** Whether the user has typed here: otherwise it follows what runs. */
  #typed = false;
  #text = area("text", 14, { oninput: () => (this.#typed = true) });
  #payload = new Payload("try-payload", "Payload; {} if empty",
    { changed: () => {}, switched: () => {}, complain: (text) => say(this.#error, text) });
  /** Null for a route that handles no jobs. */
  #past;
  #stubs = area("stubs", 2, { placeholder: '{"spring-redis:*": "1"}' });
  #error = el("p", { class: "error", role: "alert" });
  #run = el("button", { type: "submit" }, "Run");
  #written;
  #tried;
  #form;
  #opener = el("button", { type: "button", class: "quiet", "aria-expanded": "false", "aria-controls": "try",
    onclick: () => this.#open(this.#form.hidden) }, "Try it");
  #result = el("div", { "aria-live": "polite" });
  element;

  /**
   * @param id of the route that gets the message; null for the first one of the file
   * @param written gives the text that is tried; null if it is typed here
   * @param tried is called with the result of each trial
   */
  constructor(id, written = null, tried = () => {}) {
    this.#id = id;
    this.#tried = tried;
    this.#past = id?.startsWith(HANDLER) ? new PastJobs(id.slice(HANDLER.length), (payload) => this.#show(payload)) : null;
    this.#written = written ?? (() => this.#text.value);
    this.#form = el("form", { id: "try", class: "panel", hidden: true, onsubmit: (event) => this.#try(event),
      onkeydown: (event) => this.#key(event) },
      el("h2", {}, "Try it: nothing goes out, nothing is saved"),
      written ? null : labelled("The file, as it is or as you change it", this.#text),
      this.#past?.element, this.#payload.elements,
      labelled("Stubs: what endpoints and beans that are not reached answer, as JSON; may be empty", this.#stubs),
      this.#error,
      el("div", { class: "buttons" }, this.#run, this.#payload.toggle,
        el("button", { type: "button", class: "quiet", onclick: () => this.#open(false) }, "Close")));
    this.element = el("div", { class: "try", hidden: true }, el("p", { class: "buttons" }, this.#opener), this.#form, this.#result);
  }

  /** What runs now. */
  offer(file, text) {
    this.element.hidden = false;
    this.#file = file;
    if (!this.#typed) {
      this.#text.value = text;
    }
  }

  async #open(open) {
    this.#form.hidden = !open;
    this.#result.hidden = !open;
    this.#opener.ariaExpanded = String(open);
    (open ? this.#payload : this.#opener).focus();
    if (open && this.#past !== null) {
      const [{ types }] = await Promise.all([get("/jobs/types").catch(() => ({ types: [] })), this.#past.offer()]);
      this.#payload.offer(types.find(({ type }) => type === this.#id.slice(HANDLER.length)) ?? {});
    }
  }

  #show(payload) {
    this.#payload.show(payload === undefined ? "" : JSON.stringify(payload, null, 2));
  }

  #key(event) {
    if (event.key === "Escape") {
      this.#open(false);
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      this.#form.requestSubmit();
    }
  }

  async #try(event) {
    event.preventDefault();
    if (this.#run.disabled) {
      return;
    }
    say(this.#error, "");
    let stubs;
    try {
      stubs = JSON.parse(this.#stubs.value.trim() || "{}");
    } catch (error) {
      say(this.#error, `The stubs are not JSON: ${error.message}`);
      this.#stubs.focus();
      return;
    }
    this.#run.disabled = true;
    try {
      const trial = { file: this.#file, text: this.#written(), route: this.#id ?? undefined, payload: this.#payload.text || undefined, stubs,
        answers: this.#past?.answers };
      const result = await send("POST", "/routes/try", JSON.stringify(trial));
      this.#result.replaceChildren(shown(result));
      this.#tried(result);
    } catch (error) {
      const refused = error.problems?.length > 0;
      this.#result.replaceChildren(...(refused ? [el("section", { class: "panel refused" },
        el("h2", {}, "A save would be rejected"), problemList(error.problems))] : []));
      say(this.#error, refused ? "" : error instanceof TypeError ? "The server does not answer." : error.message);
    } finally {
      this.#run.disabled = false;
    }
  }
}

function area(name, rows, attributes) {
  return el("textarea", { id: `try-${name}`, rows, spellcheck: "false", autocomplete: "off", ...attributes });
}

function shown({ outcome, micros, body, error, steps, moreSteps, calls, notTried, log }) {
  const [state, words] = OUTCOMES[outcome];
  return el("section", { class: "panel" },
    el("h2", {}, "Result"),
    el("p", {}, el("span", { class: "badge", "data-state": state }, words), ` after ${took(micros)}`),
    error ? el("p", { class: "error" }, error) : code("Result", body ?? "nothing"),
    notTried.length > 0 ? el("p", {}, "Not tried: ", notTried.join(", ")) : null,
    stepTable("The steps of the trial", steps, moreSteps, { more: ({ number }) =>
      calls.filter(({ step }) => step === number).map((call) => el("p", { class: "sent" }, ...sent(call))) }),
    calls.some(({ step }) => step === undefined)
      ? el("ul", {}, calls.filter(({ step }) => step === undefined).map((call) => el("li", {}, ...sent(call)))) : null,
    log.length > 0 ? [el("h3", {}, "What it would have logged"), code("Log", log.join("\n"))] : null);
}

/** What would have gone out. */
function sent({ target, message, stub }) {
  return ["to ", el("code", {}, target), message?.body ? [": ", el("code", {}, message.body)] : "",
    stub === undefined ? " — nothing answered" : ` — ${stub === "recording" ? "the recording" : stub} answered`].flat();
}

function code(label, text) {
  return el("pre", { tabindex: "0", role: "region", "aria-label": label }, text);
}
