// Draws the last five minutes of a value as a line with its scale and time, and describes the trend in words for screen readers.
import { el, say, svg } from "./elements.js";

const SPAN_MILLIS = 300_000;
/** Leaves a gap between values that are farther apart than this: the page was hidden. */
const GAP_MILLIS = 15_000;
const WIDTH = 120;
const HEIGHT = 32;
/** A smaller relative change counts as steady. */
const STEADY = 0.1;
/** A trend needs this many values. */
const ENOUGH = 5;

const short = new Intl.NumberFormat("en", { notation: "compact" });

/** Values with their times, oldest first. */
export class Series {
  #points = [];

  /** @param value null for an unknown one: the line has a gap there */
  add(value, at = Date.now()) {
    this.#points.push({ at, value });
    while (at - this.#points[0].at > SPAN_MILLIS) {
      this.#points.shift();
    }
  }

  get points() {
    return this.#points;
  }
}

export class Chart {
  #series;
  #line = svg("path", { class: "line" });
  #area = svg("path", { class: "area" });
  #most = el("span", { class: "most" });
  element = el("div", { class: "chart", role: "img" },
    this.#most, el("span", { class: "least" }, "0"),
    svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" }, this.#area, this.#line),
    el("span", { class: "from" }, "5 min ago"), el("span", { class: "to" }, "now"));

  constructor(series) {
    this.#series = series;
  }

  /** @param words the name of the values, and the newest one */
  draw(words) {
    const points = this.#series.points;
    const most = scale(Math.max(0, ...points.map(({ value }) => value ?? 0)));
    const now = points.at(-1)?.at;
    say(this.#most, short.format(most));
    const pieces = unbroken(points).map((piece) => piece.map(({ at, value }) =>
      [(WIDTH * (1 - (now - at) / SPAN_MILLIS)).toFixed(1), (HEIGHT - 1 - (value / most) * (HEIGHT - 2)).toFixed(1)]));
    const lines = pieces.map((piece) => `M${piece.map((place) => place.join(" ")).join("L")}`);
    this.#line.setAttribute("d", lines.join(""));
    this.#area.setAttribute("d", pieces.map((piece, i) => `${lines[i]}L${piece.at(-1)[0]} ${HEIGHT}L${piece[0][0]} ${HEIGHT}Z`).join(""));
    const label = [words, trend(points)].filter(Boolean).join(", ");
    if (this.element.ariaLabel !== label) {
      this.element.ariaLabel = label;
    }
  }
}

/** "rising", "falling" or "steady" with the time span; "" while the span is too short. */
export function trend(points) {
  const known = points.filter(({ value }) => value !== null);
  if (known.length < ENOUGH) {
    return "";
  }
  const middle = Math.floor(known.length / 2);
  const before = mean(known.slice(0, middle));
  const after = mean(known.slice(middle));
  const steady = Math.abs(after - before) <= STEADY * Math.max(before, after);
  const seconds = Math.round((known.at(-1).at - known[0].at) / 1000);
  const time = seconds < 90 ? `${seconds} seconds` : `${Math.round(seconds / 60)} minutes`;
  return `${steady ? "steady" : after > before ? "rising" : "falling"} over the last ${time}`;
}

/** The next of 1, 2, 5, 10, 20, 50 and so on. */
export function scale(most) {
  const ten = 10 ** Math.floor(Math.log10(Math.max(1, most)));
  return [1, 2, 5, 10].map((step) => step * ten).find((step) => step >= most);
}

function unbroken(points) {
  const pieces = [];
  let before = null;
  for (const point of points) {
    if (point.value !== null) {
      if (before === null || point.at - before.at > GAP_MILLIS) {
        pieces.push([]);
      }
      pieces.at(-1).push(point);
    }
    before = point.value === null ? null : point;
  }
  return pieces;
}

function mean(points) {
  return points.reduce((sum, { value }) => sum + value, 0) / points.length;
}
