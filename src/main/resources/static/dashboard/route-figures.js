// What the exchanges of the last revisions of a route came to, side by side, and the latest failure of each with its line. A part of the page of a route.
import { get, known } from "./api.js";
import { el, time } from "./elements.js";
import { took } from "./steps.js";
import { age, minuteOf } from "./times.js";

const TITLES = ["Revision", "Ran", "Exchanges", "Failed", "Median", "99 of 100 within"];

export class RouteFigures {
  #id;
  #shown = "";
  #tables = el("div");
  #toSteps;
  element;

  /** @param toSteps goes to the chart of the slowest steps; null if there is none */
  constructor(id, toSteps = null) {
    this.#id = id;
    this.#toSteps = toSteps && el("button", { type: "button", class: "quiet", hidden: true, onclick: toSteps }, "Slowest steps");
    this.element = el("section", { class: "panel route-figures", hidden: true },
      el("div", { class: "text-head" }, el("h2", {}, "Before and after"), this.#toSteps), this.#tables);
  }

  /** @param hasSteps whether there is something in the chart */
  async update(signal, hasSteps) {
    const all = await known(get(`/routes/figures/${encodeURIComponent(this.#id)}`, signal));
    if (!all) { // it is removed at this moment
      return;
    }
    const { nodes, partial } = all;
    if (this.#toSteps) {
      this.#toSteps.hidden = !hasSteps;
    }
    const shown = JSON.stringify([nodes, partial]);
    if (shown !== this.#shown) {
      this.#shown = shown;
      this.element.hidden = false;
      this.#tables.replaceChildren(...nodes.flatMap(({ node, revisions }) => parts(node, revisions)),
        ...(partial ? [el("p", { class: "note" }, "Redis does not respond: other nodes are not shown.")] : []));
    }
  }

  hide() {
    this.element.hidden = true;
    this.#shown = "";
  }
}

function parts(node, revisions) {
  return [
    el("h3", {}, `On node ${node}`),
    el("table", {},
      el("caption", { class: "hidden" }, `The last revisions on node ${node}`),
      el("thead", {}, el("tr", {}, TITLES.map((title) => el("th", { scope: "col" }, title)))),
      el("tbody", {}, revisions.map(row))),
    ...revisions.filter(({ lastError }) => lastError).map(failure),
  ];
}

function row({ revision, since, until, total, failed, medianMicros, p99Micros }) {
  const number = (title, value, kind = "number") => el("td", { "data-title": title, class: kind }, value);
  return el("tr", {},
    el("td", { "data-title": TITLES[0] }, el("code", {}, revision), until ? null : el("span", { class: "note" }, "runs")),
    el("td", { "data-title": TITLES[1] }, until
      ? [time(since, minuteOf(new Date(since))), " to ", time(until, minuteOf(new Date(until)))]
      : ["since ", time(since, minuteOf(new Date(since)))]),
    number(TITLES[2], total.toLocaleString()),
    number(TITLES[3], failed === 0 ? "0" : `${failed.toLocaleString()} (${share(failed / total)})`, failed > 0 ? "number error" : "number"),
    number(TITLES[4], medianMicros === undefined ? "" : took(medianMicros)),
    number(TITLES[5], p99Micros === undefined ? "" : took(p99Micros)));
}

/** 0.01 % at the least: what failed is not nothing. */
function share(part) {
  return `${Math.max(0.01, part * 100).toLocaleString(undefined, { maximumFractionDigits: part < 0.01 ? 2 : 0 })} %`;
}

/** The latest failure on a revision: when, where and why. */
function failure({ revision, lastError: { at, message, place } }) {
  return el("div", { class: "last-error" },
    el("h3", {}, "Last failure on ", el("code", {}, revision), ", ", time(at, `${age(at)} ago`)),
    place ? el("p", {}, el("code", {}, [place.file, place.line].filter(Boolean).join(":")), ", step ", el("code", {}, place.step), " of route ",
      el("a", { href: `#/routes/${encodeURIComponent(place.route)}` }, place.route)) : null,
    place?.text ? el("pre", { class: "excerpt" }, el("span", { class: "number" }, `${place.line} `), el("mark", {}, place.text)) : null,
    el("p", { class: "error" }, message));
}
