// The routes of a file, drawn: a box for each step, in lists, so that they can be read and used without seeing them.
import { el, say } from "./elements.js";

const NARROW = "(max-width: 44rem)";
/** A drawing that is too wide is made smaller, down to this, and scrolls beyond. In em. */
const SMALLEST = 0.8;
const MARKS = { passed: "✓", open: "●", failed: "✗" };
const WORDS = { passed: "passed", open: "not ended", failed: "failed" };
/** Of those of the passages of one step, the last one counts. */
const RANKS = ["passed", "open", "failed"];
const FORWARD = ["ArrowDown", "ArrowRight"];
const BACK = ["ArrowUp", "ArrowLeft"];

export class Drawing {
  #go;
  #drawn = "";
  #boxes = [];
  #line = 1;
  #canvas = el("div", { class: "canvas", onkeydown: (event) => this.#key(event) });
  #note = el("p", { class: "note" });
  element = el("details", { class: "drawing", open: !matchMedia(NARROW).matches, ontoggle: () => this.#fit() },
    el("summary", {}, "Drawing"), this.#note, this.#canvas);

  /** @param go goes to a line of the text */
  constructor(go) {
    this.#go = go;
  }

  /** @param outline of the text; undefined for one that cannot be read: then the last drawing stays, dimmed */
  show(outline) {
    this.element.classList.toggle("stale", outline === undefined);
    if (outline === undefined) {
      say(this.#note, "The text is not YAML now: this is how it was.");
      return;
    }
    say(this.#note, outline.cut ? "There are more steps than these." : "");
    const drawn = JSON.stringify(outline.routes);
    if (drawn === this.#drawn) {
      return;
    }
    const hadFocus = this.#canvas.contains(document.activeElement);
    this.#drawn = drawn;
    this.#boxes = [];
    this.#canvas.replaceChildren(...outline.routes.map((route) => el("section", { "aria-label": `Route ${route.label}` },
      this.#list([{ ...route, steps: undefined }, ...(route.steps ?? [])].map((step) => ({ ...step, route: route.label }))))));
    this.#fit();
    this.at(this.#line);
    if (hadFocus) {
      this.#boxes.find(({ tabIndex }) => tabIndex === 0)?.focus();
    }
  }

  /** Marks the step to which a line belongs. */
  at(line) {
    this.#line = line;
    const around = this.#boxes.filter(({ step }) => step.line <= line && line <= step.last);
    const here = around.findLast(({ step }) => step.kind !== "route") ?? around[0];
    this.#boxes.forEach((box) => (box.ariaCurrent = box === here ? "true" : null));
    this.#reach(here ?? this.#boxes[0]);
    if (here) {
      this.#bringIntoView(here);
    }
  }

  /** @param steps those that an exchange passed; none to take the marks away */
  mark(steps) {
    const marks = new Map();
    for (const { route, line, error, micros } of steps) {
      const place = `${route}:${line}`;
      const rank = Math.max(error ? 2 : micros === undefined ? 1 : 0, RANKS.indexOf(marks.get(place)));
      marks.set(place, RANKS[rank]);
    }
    for (const box of this.#boxes) {
      const mark = marks.get(`${box.step.route}:${box.step.line}`);
      box.querySelector(".mark")?.remove();
      if (mark && box.step.kind !== "route") {
        box.append(el("span", { class: "mark", "data-mark": mark }, MARKS[mark], el("span", { class: "hidden" }, ` ${WORDS[mark]}`)));
      }
    }
  }

  #list(steps) {
    return el("ol", {}, steps.map((step) => this.#item(step)));
  }

  #item(step) {
    const { route, steps = [], branches = [] } = step;
    return el("li", {}, this.#box(step),
      steps.length > 0 ? this.#list(steps.map((inner) => ({ ...inner, route }))) : null,
      branches.length > 0 ? el("ul", {}, branches.map((branch) => this.#item({ ...branch, route }))) : null);
  }

  #box(step) {
    const box = el("button", { type: "button", class: "step", "data-kind": step.kind, title: `Line ${step.line}`,
      onclick: () => this.#go(step.line) },
      el("span", { class: "kind" }, step.kind), step.label ? [" ", el("span", { class: "label" }, step.label)] : null);
    box.step = step;
    this.#boxes.push(box);
    return box;
  }

  /** One box takes the Tab key, arrows go on from there. */
  #reach(box) {
    this.#boxes.forEach((one) => (one.tabIndex = one === box ? 0 : -1));
  }

  #key(event) {
    const now = this.#boxes.indexOf(event.target);
    const next = FORWARD.includes(event.key) ? now + 1 : BACK.includes(event.key) ? now - 1
      : event.key === "Home" ? 0 : event.key === "End" ? this.#boxes.length - 1 : -1;
    if (now < 0 || !this.#boxes[next]) {
      return;
    }
    event.preventDefault();
    this.#reach(this.#boxes[next]);
    this.#boxes[next].focus();
  }

  #fit() {
    const { style, clientWidth } = this.#canvas;
    style.fontSize = "";
    const { scrollWidth } = this.#canvas;
    if (scrollWidth > clientWidth && clientWidth > 0) {
      style.fontSize = `${Math.max(SMALLEST, clientWidth / scrollWidth)}em`;
    }
  }

  /** Within the drawing: the page stays where it is. */
  #bringIntoView(box) {
    const outer = this.#canvas.getBoundingClientRect();
    const inner = box.getBoundingClientRect();
    if (inner.top < outer.top || inner.bottom > outer.bottom) {
      this.#canvas.scrollTop += inner.top - outer.top - (outer.height - inner.height) / 2;
    }
    if (inner.left < outer.left || inner.right > outer.right) {
      this.#canvas.scrollLeft += inner.left - outer.left - (outer.width - inner.width) / 2;
    }
  }
}
