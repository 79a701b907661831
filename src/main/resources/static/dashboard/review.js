// What a publication would do: the routes, what is under way on them, and how the text differs from the one that runs.
import { differences } from "./diff.js";
import { el } from "./elements.js";

export class Review {
  #content = el("div");
  #publish;
  #store;
  #act;
  #back;
  #approval = el("p", { class: "note", hidden: true }, "Edits need an approval here: store a draft, which another user with the role approver publishes.");
  element;

  /**
   * @param act publishes
   * @param store keeps the text for somebody else to publish
   * @param back is called when the author goes back to the text
   */
  constructor(act, store, back) {
    this.#act = act;
    this.#back = back;
    this.#publish = el("button", { type: "button", onclick: () => this.#go(this.#act) }, "Publish");
    this.#store = el("button", { type: "button", class: "quiet", onclick: () => this.#go(store) }, "Store as a draft");
    this.element = el("section", { class: "panel", id: "review", hidden: true, "aria-labelledby": "review-title",
      onkeydown: (event) => event.key === "Escape" && this.#leave() },
      el("h2", { id: "review-title", tabindex: "-1" }, "What a publication does"), this.#content, this.#approval,
      el("div", { class: "buttons" }, this.#publish, this.#store,
        el("button", { type: "button", class: "quiet", onclick: () => this.#leave() }, "Back to the text")));
  }

  /**
   * @param runs the text that runs
   * @param change what a publication does, by the check
   * @param routes all that run, with their exchanges
   * @param drafts whether there are drafts for others
   * @param approval whether an edit must be one
   */
  open(runs, text, change, routes, { drafts, approval }) {
    this.#store.hidden = !drafts;
    this.#publish.hidden = approval;
    this.#approval.hidden = !approval;
    this.#content.replaceChildren(
      el("ul", {}, effects(change, routes).map((effect) => el("li", {}, effect))), differences(runs, text));
    this.#publish.disabled = this.#store.disabled = false;
    this.element.hidden = false;
    this.element.querySelector("h2").focus();
  }

  close() {
    this.element.hidden = true;
  }

  async #go(act) {
    this.#publish.disabled = this.#store.disabled = true;
    await act();
    this.close();
  }

  #leave() {
    this.close();
    this.#back();
  }
}

/** What a change does, in sentences. @param routes those that run; none if what is under way is not known */
export function effects({ added, changed, removed }, routes = []) {
  const all = [
    ...added.map((id) => `Adds the route ${id}.`),
    ...changed.map((id) => `Replaces the route ${id}${underWay(id, routes)}.`),
    ...removed.map((id) => `Removes the route ${id}${underWay(id, routes)}.`),
  ];
  return all.length > 0 ? all : ["No route changes."];
}

function underWay(id, routes) {
  const number = routes.find((route) => route.id === id)?.exchanges?.inFlight ?? 0;
  return number === 0 ? "" : `; ${number} under way on this node ${number === 1 ? "ends" : "end"} on the old revision`;
}
