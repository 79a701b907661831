// The hooks: what servers of others may send, and what becomes of it. A part of the page of webhooks.
import { get, reason, send } from "./api.js";
import { copyButton } from "./clipboard.js";
import { el, say } from "./elements.js";
import { HookForm } from "./hook-form.js";
import { Question } from "./question.js";

const TITLES = ["Hook", "Becomes", "Signed by", ""];
const SCHEMES = { standard: "Standard Webhooks", github: "GitHub" };

export class Hooks {
  #rows = new Map();
  #body = el("tbody");
  #table = el("table", { class: "hooks" },
    el("caption", { class: "hidden" }, "Hooks by name"),
    el("thead", {}, el("tr", {}, TITLES.map((title) => title ? el("th", { scope: "col" }, title) : el("td")))), this.#body);
  #empty = el("p", { class: "empty", hidden: true }, "There are no hooks yet.");
  #form = new HookForm((hook) => this.#stored(hook));
  #secret = el("code");
  #secretPanel = el("section", { class: "panel secret", hidden: true }, el("h2", {}, "Secret"), el("p"),
    el("p", {}, this.#secret), copyButton("Copy", () => this.#secret.textContent));
  #refused = el("p", { class: "error", role: "alert" });
  #doomed = null;
  #question = new Question("Delete it", "Keep it", () => this.#delete());
  element = el("section", { class: "webhook" },
    el("div", { class: "tools" }, el("h2", {}, "Hooks: what other servers send"), this.#form.opener),
    this.#form.element, this.#refused, this.#question.element, this.#secretPanel, this.#table, this.#empty);

  async update(signal) {
    const { hooks } = await get("/hooks", signal);
    this.#form.keepOff(hooks.map(({ name }) => name));
    const before = this.#rows;
    this.#rows = new Map(hooks.map(({ name }) => [name, before.get(name) ?? new Row(name,
      (hook, back) => this.#form.edit(hook, back), (back) => this.#ask(name, back))]));
    const rows = [...this.#rows.values()].map((row) => row.element);
    if (rows.length !== this.#body.children.length || rows.some((row, i) => row !== this.#body.children[i])) {
      this.#body.replaceChildren(...rows);
    }
    hooks.forEach((hook) => this.#rows.get(hook.name).show(hook));
    this.#empty.hidden = hooks.length > 0;
    this.#table.hidden = hooks.length === 0;
  }

  /** Shows the secret, if the server has made one. */
  #stored({ name, secret }) {
    this.#secretPanel.hidden = !secret;
    say(this.#secretPanel.children[1], `Give it to the sender that posts to ${location.origin}/hooks/${name} now: it is not shown again.`);
    say(this.#secret, secret ?? "");
    this.update().catch((error) => say(this.#refused, error.message));
  }

  #ask(name, back) {
    this.#doomed = name;
    this.#question.ask(`Delete the hook ${name}? It cannot be undone. Its jobs stay.`, back);
  }

  async #delete() {
    say(this.#refused, "");
    try {
      await send("DELETE", `/hooks/${encodeURIComponent(this.#doomed)}`);
      await this.update();
      this.#form.opener.focus();
    } catch (error) {
      say(this.#refused, reason(error));
    }
  }
}

/** Reuses the element of a hook, so that the focus stays where it is. */
class Row {
  #hook;
  #becomes = el("td", { "data-title": "Becomes" });
  #scheme = el("td", { "data-title": "Signed by" });
  #shown = "";
  element;

  constructor(name, edit, remove) {
    const about = (words) => el("span", { class: "hidden" }, ` ${words} ${name}`);
    const change = el("button", { type: "button", class: "quiet", onclick: () => edit(this.#hook, change) }, "Edit", about("the hook"));
    const end = el("button", { type: "button", class: "quiet", onclick: () => remove(end) }, "Delete", about("the hook"));
    this.element = el("tr", {},
      el("td", { class: "name" }, el("strong", {}, name)), this.#becomes, this.#scheme,
      el("td", {}, el("div", { class: "buttons" }, change, end)));
  }

  show(hook) {
    this.#hook = hook;
    const key = JSON.stringify(hook);
    if (key === this.#shown) {
      return;
    }
    this.#shown = key;
    const jobs = `#/jobs?tag=${encodeURIComponent(`hook:${hook.name}`)}`;
    this.#becomes.replaceChildren(hook.job !== undefined ? el("a", { href: jobs }, `jobs of ${hook.job}`)
      : hook.event.key === undefined ? "events without a key" : `events ${hook.event.key}`);
    say(this.#scheme, SCHEMES[hook.scheme] ?? hook.scheme);
  }
}
