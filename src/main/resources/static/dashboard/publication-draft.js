// A draft of a publication: what it changes, and the ways to publish and to delete it.
import { Problem, get, reason, send } from "./api.js";
import { differences } from "./diff.js";
import { el, say, time } from "./elements.js";
import { whyNot } from "./publications.js";
import { Question } from "./question.js";

export class PublicationDraft {
  missing;
  #name;
  #me;
  #draft = null;
  #shown = "";
  #why = el("p", { class: "summary" });
  #by = el("p", { class: "note" });
  #publish = el("button", { type: "button", onclick: () => this.#send(false) }, "Publish");
  #force = el("button", { type: "button", class: "quiet", hidden: true, onclick: () => this.#send(true) }, "Publish without tests");
  #delete = el("button", { type: "button", class: "quiet",
    onclick: () => this.#deletion.ask(`Delete the draft ${this.#name}? It cannot be undone.`, this.#delete) }, "Delete");
  #deletion = new Question("Delete it", "Keep it", () => this.#remove());
  #buttons = el("div", { class: "buttons", hidden: true });
  #approval = el("p", { class: "note", hidden: true }, "A user with the role approver publishes it, who is not the one who stored it.");
  #refused = el("div", { role: "alert" });
  #files = el("div");
  element;

  constructor(name, me) {
    this.#name = name;
    this.#me = me;
    this.missing = { title: "No such draft", text: `There is no draft ${name}: it was published or deleted.` };
    this.#buttons.append(...[me.may("author", "approver") && this.#publish, me.may("author", "approver") && this.#force,
      me.may("author") && this.#delete].filter(Boolean));
    this.element = el("article", { class: "publication-draft" },
      el("p", {}, el("a", { class: "back", href: "#/publications" }, "← Publications")),
      el("h1", {}, name), this.#why, this.#by, this.#approval, this.#buttons, this.#refused, this.#deletion.element, this.#files);
  }

  get #path() {
    return `/routes/drafts/${encodeURIComponent(this.#name)}`;
  }

  async update(signal) {
    const draft = await get(this.#path, signal);
    if (draft.revision === this.#shown) {
      return;
    }
    const [{ current }, { approval }] = await Promise.all([get("/routes/publications", signal), get("/routes/files", signal)]);
    const { files: before } = await get(`/routes/publications/${current}`, signal);
    this.#draft = draft;
    this.#shown = draft.revision;
    say(this.#why, draft.why);
    this.#by.replaceChildren("Stored by ", draft.by, ", ", time(draft.at), ". Revision ", el("code", {}, draft.revision), ".");
    this.#buttons.hidden = false;
    this.#publish.hidden = approval && !this.#mayApprove(draft);
    this.#approval.hidden = !approval;
    const names = [...new Set([...Object.keys(draft.files), ...(draft.whole ? Object.keys(before) : [])])].sort();
    const parts = names.map((file) => part(file, before[file] ?? null, draft.files[file] ?? null)).filter(Boolean);
    this.#files.replaceChildren(...(parts.length > 0 ? parts : [el("p", { class: "note" }, "It changes nothing of what runs.")]));
  }

  #mayApprove({ by }) {
    return this.#me.may("approver") && by !== this.#me.name;
  }

  async #send(force) {
    this.#buttons.querySelectorAll("button").forEach((button) => (button.ariaDisabled = "true"));
    this.#refused.replaceChildren();
    try {
      await send("POST", `${this.#path}/publish`, JSON.stringify({ revision: this.#draft.revision, force }));
      location.hash = "#/publications";
    } catch (error) {
      this.#refused.replaceChildren(...whyNot(error));
      this.#force.hidden = !(error instanceof Problem && error.status === 422);
    } finally {
      this.#buttons.querySelectorAll("button").forEach((button) => button.removeAttribute("aria-disabled"));
    }
  }

  async #remove() {
    try {
      await send("DELETE", this.#path);
      location.hash = "#/publications";
    } catch (error) {
      this.#refused.replaceChildren(el("p", { class: "error" }, reason(error)));
    }
  }
}

/** Null if the file is as it runs. */
function part(file, before, after) {
  if (before === after) {
    return null;
  }
  const what = after === null ? "removed" : before === null ? "new" : "changed";
  return el("section", { class: "panel" }, el("h2", {}, `${file}: ${what}`), differences(before ?? "", after ?? "", `Differences of ${file}`));
}
