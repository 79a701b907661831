// The webhooks: whose servers are told of what; and below them the hooks.
import { get } from "./api.js";
import { el, say } from "./elements.js";
import { Hooks } from "./hooks.js";
import { WebhookForm } from "./webhook-form.js";

const TITLES = ["Webhook", "Told of", "State"];

export class Webhooks {
  #rows = new Map();
  #body = el("tbody");
  #empty = el("p", { class: "empty", hidden: true }, "There are no webhooks yet.");
  #hooks = new Hooks();
  #form = new WebhookForm(null, (name) => (location.hash = webhookAddress(name)));
  element = el("div", {}, el("div", { class: "tools" }, el("h1", {}, "Webhooks"), this.#form.opener),
    this.#form.element,
    el("table", { class: "webhooks" },
      el("caption", { class: "hidden" }, "Webhooks by name"),
      el("thead", {}, el("tr", {}, TITLES.map((title) => el("th", { scope: "col" }, title)))), this.#body),
    this.#empty, this.#hooks.element);

  async update(signal) {
    const [{ webhooks }] = await Promise.all([get("/webhooks", signal), this.#hooks.update(signal)]);
    this.#form.keepOff(webhooks.map(({ name }) => name));
    const before = this.#rows;
    this.#rows = new Map(webhooks.map(({ name }) => [name, before.get(name) ?? new Row(name)]));
    const rows = [...this.#rows.values()].map((row) => row.element);
    if (rows.length !== this.#body.children.length || rows.some((row, i) => row !== this.#body.children[i])) {
      this.#body.replaceChildren(...rows);
    }
    webhooks.forEach((webhook) => this.#rows.get(webhook.name).show(webhook));
    this.#empty.hidden = webhooks.length > 0;
  }
}

/** Reuses the element of a webhook, so that the focus stays where it is. */
class Row {
  #url = el("span", { class: "note" });
  #told = el("td", { "data-title": "Told of" });
  #state = el("td", { "data-title": "State" });
  #shown;
  element;

  constructor(name) {
    this.element = el("tr", {},
      el("td", { class: "name" }, el("a", { href: webhookAddress(name) }, el("strong", {}, name)), this.#url),
      this.#told, this.#state);
  }

  show(webhook) {
    say(this.#url, webhook.url.split(/[/?]/)[2]); // the server takes some that URL does not
    say(this.#told, toldOf(webhook));
    const shown = badges(webhook);
    const key = shown.map((one) => one.textContent).join();
    if (this.#shown !== key) {
      this.#shown = key;
      this.#state.replaceChildren(...(shown.length > 0 ? shown : ["on"]));
    }
  }
}

export function webhookAddress(name) {
  return `#/webhooks/${encodeURIComponent(name)}`;
}

/** For what is not as usual. */
export function badges({ paused, outage }) {
  return [
    paused && el("span", { class: "badge", "data-state": "Suspended" }, "paused"),
    outage && el("span", { class: "badge", "data-state": "FAILED" }, "receiver is down"),
  ].filter(Boolean);
}

/** jobs of totals: finished, failed; events orders.eu */
export function toldOf({ jobs, events }) {
  const told = [];
  if (jobs) {
    told.push(`${jobs.types.length > 0 ? `jobs of ${jobs.types.join(", ")}` : "jobs of all types"}: ${
      jobs.states.map((state) => state.toLowerCase()).join(", ")}`);
  }
  if (events) {
    told.push(events.key === undefined ? "events without a key" : `events ${events.key}`);
  }
  return told.join("; ");
}
