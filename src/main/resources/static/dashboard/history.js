// The kept revisions of a route file, the difference between two of them, and the way back to one.
import { getText, reason, send } from "./api.js";
import { differences } from "./diff.js";
import { el, say } from "./elements.js";
import { Question } from "./question.js";
import { moment } from "./times.js";

const TITLES = ["When", "Revision", "By", "Routes"];

export class History {
  #path;
  #done;
  #from;
  #to;
  #diff = el("div", { "aria-live": "polite" });
  #error = el("p", { class: "error", role: "alert" });
  #chosen = null;
  #question = new Question("Roll back", "Leave it", () => this.#rollBack());
  /** The number of the newest comparison: responses may arrive in another order. */
  #asked = 0;
  element;

  /**
   * @param path of the file
   * @param done is called after a rollback; null for a user who may not roll back
   */
  constructor(path, history, done) {
    this.#path = path;
    this.#done = done;
    const revisions = [...new Map(history.filter(({ revision }) => revision).map((one) => [one.revision, one])).values()];
    this.#from = choice("from", "From", revisions, Math.min(1, revisions.length - 1), () => this.#compare());
    this.#to = choice("to", "to", revisions, 0, () => this.#compare());
    this.element = el("div", {},
      el("table", {},
        el("caption", { class: "hidden" }, "Revisions, newest first"),
        el("thead", {}, el("tr", {}, TITLES.map((title) => el("th", { scope: "col" }, title)),
          done && el("th", { scope: "col" }, el("span", { class: "hidden" }, "Act")))),
        el("tbody", {}, history.map((one) => this.#row(one, one.revision !== history[0].revision)))),
      this.#question.element, this.#error,
      revisions.length > 1 ? el("div", { class: "tools compare" }, this.#from.label, this.#to.label) : null,
      this.#diff);
    if (revisions.length > 1) {
      this.#compare();
    }
  }

  #row({ revision, time, by, routes }, old) {
    const back = el("button", { type: "button", class: "quiet", "aria-label": `Roll back to ${revision}`,
      onclick: () => this.#ask(revision, time, back) }, "Roll back");
    return el("tr", {},
      el("td", { "data-title": TITLES[0] }, moment(time)),
      el("td", { "data-title": TITLES[1], class: "revision" }, revision ?? "removed"),
      el("td", { "data-title": TITLES[2] }, by),
      el("td", { "data-title": TITLES[3] }, routes.join(", ")),
      this.#done && el("td", {}, old && revision ? back : null));
  }

  #ask(revision, time, button) {
    this.#chosen = revision;
    this.#question.ask(`Roll back to revision ${revision} of ${moment(time)}? Its routes are live at once; what runs ends on the old ones.`,
      button);
  }

  async #rollBack() {
    say(this.#error, "");
    try {
      await send("POST", `${this.#path}/rollback/${encodeURIComponent(this.#chosen)}`, "{}");
      this.#done();
    } catch (error) {
      say(this.#error, reason(error, " It may be rolled back all the same."));
    }
  }

  async #compare() {
    const mine = ++this.#asked;
    try {
      const [from, to] = await Promise.all([this.#from, this.#to].map(({ select }) =>
        getText(`${this.#path}/history/${encodeURIComponent(select.value)}`)));
      if (mine === this.#asked) {
        this.#diff.replaceChildren(differences(from, to));
      }
    } catch (error) {
      if (mine === this.#asked) {
        this.#diff.replaceChildren(el("p", { class: "error" }, error.message));
      }
    }
  }
}

function choice(id, title, revisions, chosen, changed) {
  const select = el("select", { id, onchange: changed }, revisions.map(({ revision, time }, i) =>
    el("option", { value: revision, selected: i === chosen }, `${revision}, ${moment(time)}`)));
  return { select, label: el("label", { for: id }, `${title} `, select) };
}
