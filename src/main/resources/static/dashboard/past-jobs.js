// A choice of past jobs for a trial: the payload of one, and what its recording knows of the calls that leave a route.
import { get, known, reason } from "./api.js";
import { el, labelled, say, shortId } from "./elements.js";
import { moment } from "./times.js";

const MOST = 20;

export class PastJobs {
  #type;
  #chosen;
  #select = el("select", { id: "try-job", onchange: () => this.#choose() });
  #note = el("p", { class: "note", "aria-live": "polite" });
  element = el("div", { hidden: true }, labelled("Payload and answers of a past job", this.#select), this.#note);
  /** What calls left, in their order; none without a recording. */
  answers = [];

  /** @param chosen is called with the payload of the job, undefined if it had none */
  constructor(type, chosen) {
    this.#type = type;
    this.#chosen = chosen;
  }

  /** Offers the newest jobs that the user may see. */
  async offer() {
    const { jobs } = await get(`/jobs?${new URLSearchParams({ type: this.#type, limit: MOST })}`).catch(() => ({ jobs: [] }));
    const now = this.#select.value;
    this.#select.replaceChildren(el("option", { value: "" }, "none"), ...jobs.map(({ id, state, createdAt }) =>
      el("option", { value: id }, `${shortId(id)}, ${state.toLowerCase()}, ${moment(createdAt)}`)));
    this.#select.value = jobs.some(({ id }) => id === now) ? now : "";
    this.element.hidden = jobs.length === 0;
  }

  async #choose() {
    const id = this.#select.value;
    this.answers = [];
    say(this.#note, "");
    if (id === "") {
      return;
    }
    const path = `/jobs/${encodeURIComponent(id)}`;
    try {
      const [{ payload }, recording] = await Promise.all([get(path, undefined, true), known(get(`${path}/recording`))]);
      if (id !== this.#select.value) {
        return;
      }
      this.answers = (recording?.steps ?? []).filter(isAnswer)
        .map(({ target, after, error }) => ({ target, body: after?.body ?? null, error: error ?? null }));
      this.#chosen(payload);
      say(this.#note, recording ? `Calls answer as in its attempt ${recording.attempt}: ${this.answers.length} are recorded.`
        : "There is no recording of it: calls answer what the stubs say.");
    } catch (error) {
      say(this.#note, reason(error));
    }
  }
}

/** What was cut is no answer. */
function isAnswer({ target, after, error }) {
  return target !== undefined && (error !== undefined || after !== undefined && !after.cut);
}
