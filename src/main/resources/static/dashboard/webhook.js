// The page of one webhook: what it is told of, its last deliveries, and the ways to test, pause, change and delete it.
import { Acts } from "./acts.js";
import { get } from "./api.js";
import { copyButton } from "./clipboard.js";
import { badge, el, firstLine, say, shortId, time } from "./elements.js";
import { Question } from "./question.js";
import { moment } from "./times.js";
import { WebhookForm, takeSecret } from "./webhook-form.js";
import { badges, toldOf } from "./webhooks.js";

const SHOWN = 20;

export class Webhook {
  missing;
  #name;
  #webhook = null;
  #state = el("span", { class: "state" });
  #why = el("p", { class: "summary" });
  #test = el("button", { type: "button", onclick: () => this.#sendTest() }, "Send a test");
  #pause = el("button", { type: "button", class: "quiet",
    onclick: () => this.#change(this.#webhook.paused ? "resume" : "pause") });
  #rotate = el("button", { type: "button", class: "quiet", onclick: () =>
    this.#rotation.ask("Give it a new secret? The old one signs beside it for 24 hours.", this.#rotate) }, "New secret");
  #delete = el("button", { type: "button", class: "quiet", onclick: () => this.#deletion.ask(
    `Delete the webhook ${this.#name}? It cannot be undone. Deliveries under way are not sent any more.`, this.#delete) }, "Delete");
  #rotation = new Question("Make a new one", "Keep it", () => this.#newSecret());
  #deletion = new Question("Delete it", "Keep it", () => this.#remove());
  #form;
  #acts;
  #secret = el("code");
  #secretPanel = el("section", { class: "panel secret", hidden: true }, el("h2", {}, "Secret"),
    el("p", {}, "Give it to the receiver now: it is not shown again."),
    el("p", {}, this.#secret), copyButton("Copy", () => this.#secret.textContent));
  #facts = el("dl", { class: "facts" });
  #deliveries = el("tbody");
  #none = el("p", { class: "note" }, "There are no deliveries that are kept.");
  #shown = "";
  #shownJobs = "";
  element;

  /** @param refresh reads the webhook at once */
  constructor(name, refresh) {
    this.#name = name;
    this.missing = { title: "No such webhook", text: `There is no webhook ${name}.` };
    this.#form = new WebhookForm(name, refresh);
    this.#acts = new Acts(`/webhooks/${encodeURIComponent(name)}`, refresh);
    this.#acts.buttons.append(this.#test, this.#pause, this.#form.opener, this.#rotate, this.#delete);
    this.#show(takeSecret(name));
    this.element = el("article", { class: "webhook" },
      el("p", {}, el("a", { class: "back", href: "#/webhooks" }, "← Webhooks")),
      el("div", { class: "job-head" }, el("h1", {}, name), this.#state),
      this.#why, this.#acts.elements, this.#rotation.element, this.#deletion.element, this.#form.element,
      this.#secretPanel,
      el("section", { class: "panel" }, el("h2", {}, "Facts"), this.#facts),
      el("section", { class: "panel" }, el("h2", {}, "Last deliveries"), this.#none,
        el("table", { class: "results" },
          el("thead", {}, el("tr", {}, ["Time", "Delivery", "State", "Error"].map((title) => el("th", { scope: "col" }, title)))),
          this.#deliveries),
        el("p", {}, el("a", { href: `#/jobs?tag=${encodeURIComponent(`webhook:${name}`)}` }, "All deliveries"))));
  }

  async update(signal) {
    const name = encodeURIComponent(this.#name);
    const [webhook, { jobs }] = await Promise.all(
      [get(`/webhooks/${name}`, signal), get(`/jobs?tag=webhook:${name}&limit=${SHOWN}`, signal)]);
    this.#webhook = webhook;
    this.#form.fill(webhook);
    this.#acts.buttons.hidden = false;
    this.#showWebhook();
    this.#showDeliveries(jobs);
  }

  #showWebhook() {
    const webhook = this.#webhook;
    const key = JSON.stringify(webhook);
    if (key === this.#shown) {
      return;
    }
    this.#shown = key;
    this.#state.replaceChildren(...badges(webhook));
    say(this.#why, webhook.pausedBecause ?? down(webhook.outage));
    say(this.#pause, webhook.paused ? "Resume" : "Pause");
    const facts = [
      ["URL", el("code", {}, webhook.url)],
      ["Told of", toldOf(webhook)],
      ["Results", webhook.jobs?.result && "told, too"],
    ];
    this.#facts.replaceChildren(...facts.filter(([, value]) => value).flatMap(([title, value]) =>
      [el("dt", {}, title), el("dd", {}, value)]));
  }

  #showDeliveries(jobs) {
    const key = JSON.stringify(jobs.map(({ id, state, attempt }) => [id, state, attempt]));
    if (key === this.#shownJobs) {
      return;
    }
    this.#shownJobs = key;
    this.#none.hidden = jobs.length > 0;
    this.#deliveries.parentElement.hidden = jobs.length === 0;
    this.#deliveries.replaceChildren(...jobs.map(row));
  }

  #show(secret) {
    this.#secretPanel.hidden = !secret;
    say(this.#secret, secret ?? "");
  }

  async #change(what) {
    await this.#acts.send("POST", `/${what}`, what === "pause" ? "It is paused on all nodes." : "It is told again.");
  }

  async #newSecret() {
    const answer = await this.#acts.send("POST", "/secret", "It has a new secret.");
    if (answer) {
      this.#show(answer.secret);
    }
  }

  async #sendTest() {
    const answer = await this.#acts.send("POST", "/test", "");
    if (answer) {
      this.#acts.done.replaceChildren("A test is on its way: ",
        el("a", { href: `#/jobs/${encodeURIComponent(answer.jobId)}` }, shortId(answer.jobId)));
    }
  }

  async #remove() {
    if (await this.#acts.send("DELETE", "", "It is deleted.") !== undefined) {
      location.hash = "#/webhooks";
    }
  }
}

function down(outage) {
  return outage === undefined ? "" : `${outage.failures} deliveries in a row have not arrived since ${moment(outage.since)
    }. Until one does, one is tried every 30 seconds, and a test at once. The last one: ${outage.because}`;
}

function row(job) {
  return el("tr", {},
    el("td", { "data-title": "Time", class: "time" }, time(job.createdAt)),
    el("td", { "data-title": "Delivery" },
      el("a", { href: `#/jobs/${encodeURIComponent(job.id)}`, title: job.id }, shortId(job.id))),
    el("td", { "data-title": "State" }, badge(job.state)),
    el("td", { "data-title": "Error", class: "why" }, job.error ? firstLine(job.error) : ""));
}
