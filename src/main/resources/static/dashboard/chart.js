// A small line of the last minutes.
import { svg } from "./elements.js";

const POINTS = 60;
const WIDTH = 120;
const HEIGHT = 32;

export class Chart {
  #values = [];
  #line = svg("path", { class: "line" });
  #area = svg("path", { class: "area" });
  element = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" },
    this.#area, this.#line);

  /** @param value null for one that is not known: the line has a gap there */
  add(value) {
    this.#values.push(value);
    if (this.#values.length > POINTS) {
      this.#values.shift();
    }
    this.#draw();
  }

  #draw() {
    const most = Math.max(1, ...this.#values.filter((value) => value !== null));
    const step = WIDTH / (POINTS - 1);
    const first = POINTS - this.#values.length;
    let line = "";
    let pen = "M";
    this.#values.forEach((value, i) => {
      if (value === null) {
        pen = "M";
        return;
      }
      line += `${pen}${((first + i) * step).toFixed(1)} ${(HEIGHT - 2 - (value / most) * (HEIGHT - 4)).toFixed(1)}`;
      pen = "L";
    });
    this.#line.setAttribute("d", line);
    const whole = line !== "" && !this.#values.includes(null);
    this.#area.setAttribute("d", whole ? `${line}L${WIDTH} ${HEIGHT}L${(first * step).toFixed(1)} ${HEIGHT}Z` : "");
  }
}
