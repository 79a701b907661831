// The publications of route files to all nodes, how far each node is, and the drafts that wait for somebody to publish them.
import { Problem, get, reason, send } from "./api.js";
import { el, say, time } from "./elements.js";
import { Question } from "./question.js";
import { problemList } from "./routes.js";

export class Publications {
  #may;
  #refresh;
  #nodes = el("tbody");
  #drafts = el("tbody");
  #noDrafts = el("p", { class: "empty" }, "There are no drafts.");
  #publications = el("tbody");
  #shown = "";
  #number = null;
  #back = new Question("Publish it again", "Leave it", () => this.#rollBack());
  #done = el("p", { role: "status", class: "note" });
  #refused = el("div", { role: "alert" });
  element = el("div", {},
    el("p", {}, el("a", { class: "back", href: "#/routes" }, "← Routes")),
    el("h1", {}, "Publications"),
    el("p", { class: "note" }, "One set of route files for all nodes. An edit is checked by all of them, and swapped in by all or by none."),
    this.#done, this.#refused, this.#back.element,
    table("Nodes", ["Node", "Runs", "Why not the current one"], this.#nodes),
    el("h2", { class: "title" }, "Drafts"), this.#noDrafts,
    table("Drafts by name", ["Draft", "Stored", "By", "Files"], this.#drafts),
    el("h2", { class: "title" }, "Published"),
    table("Publications, newest first", ["Number", "Published", "By", "Why", ""], this.#publications));

  /** @param refresh reads all at once */
  constructor(me, refresh) {
    this.#may = me.may("author");
    this.#refresh = refresh;
  }

  async update(signal) {
    const [{ current, nodes, publications }, { drafts }] = await Promise.all(
      [get("/routes/publications", signal), get("/routes/drafts", signal)]);
    const key = JSON.stringify([current, nodes, publications, drafts]);
    if (key === this.#shown) {
      return;
    }
    this.#shown = key;
    this.#nodes.replaceChildren(...nodes.map((node) => el("tr", {},
      el("td", { class: "name" }, el("strong", {}, node.name)),
      el("td", { "data-title": "Runs", class: "number" }, String(node.runs)),
      el("td", {}, node.failed ? problemList(node.failed) : node.runs < current ? "takes it now" : ""))));
    this.#noDrafts.hidden = drafts.length > 0;
    this.#drafts.parentElement.hidden = drafts.length === 0;
    this.#drafts.replaceChildren(...drafts.map((draft) => el("tr", {},
      el("td", { class: "name" }, el("a", { href: `#/publications/${encodeURIComponent(draft.name)}` }, el("strong", {}, draft.name)),
        el("span", { class: "note" }, draft.why)),
      el("td", { "data-title": "Stored" }, time(draft.at)),
      el("td", { "data-title": "By" }, draft.by),
      el("td", { "data-title": "Files" }, draft.files.join(", ")))));
    this.#publications.replaceChildren(...publications.map(({ number, at, by, why }) => el("tr", {},
      el("td", { "data-title": "Number", class: "number" }, String(number)),
      el("td", { "data-title": "Published" }, time(at)),
      el("td", { "data-title": "By" }, by),
      el("td", { "data-title": "Why" }, why),
      el("td", {}, this.#may && number !== current ? this.#button(number) : number === current ? "current" : ""))));
  }

  #button(number) {
    const button = el("button", { type: "button", class: "quiet", "aria-label": `Publish ${number} again`, onclick: () => {
      this.#number = number;
      this.#back.ask(`Publish the files of ${number} again, on all nodes? What was published since is undone. No tests run.`, button);
    } }, "Publish again");
    return button;
  }

  async #rollBack() {
    say(this.#done, "");
    this.#refused.replaceChildren();
    try {
      const { publication } = await send("POST", `/routes/publications/${this.#number}/rollback`, "{}");
      say(this.#done, `The files of ${this.#number} are publication ${publication}.`);
    } catch (error) {
      this.#refused.replaceChildren(...whyNot(error));
    }
    this.#refresh();
  }
}

/** Why nothing was published. */
export function whyNot(error) {
  const problems = error instanceof Problem ? error.problems : [];
  return [el("p", { class: "error" }, reason(error)), problems.length > 0 ? problemList(problems) : null].filter(Boolean);
}

function table(caption, titles, body) {
  return el("table", {}, el("caption", { class: "hidden" }, caption),
    el("thead", {}, el("tr", {}, titles.map((title) => (title ? el("th", { scope: "col" }, title) : el("td"))))), body);
}
