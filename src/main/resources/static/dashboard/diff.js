// Texts by lines: one with its numbers, and how two differ.
import { diffLines } from "/webjars/diff/lib/index.es6.js";
import { el } from "./elements.js";

/** A comparison needs the square of this; it skips texts that differ in more lines. */
const MOST_DIFFERENCES = 2_000;

export function numbered(text) {
  return code(lines(text).map((line) => el("span", {}, `${line}\n`)));
}

/** Merges two texts into one list of removed, added and common lines. @param label for screen readers */
export function differences(from, to, label = "Differences") {
  const parts = diffLines(from, to, { maxEditLength: MOST_DIFFERENCES });
  if (!parts) {
    return el("p", { class: "note" }, "The two revisions differ in too many lines to compare them here.");
  }
  if (!parts.some(({ added, removed }) => added || removed)) {
    return el("p", { class: "note" }, "The two revisions are the same.");
  }
  return code(parts.flatMap(({ value, added, removed }) =>
    lines(value).map((line) => el(added ? "ins" : removed ? "del" : "span", {}, `${added ? "+" : removed ? "−" : " "} ${line}\n`))),
  "diff", label);
}

function code(elements, kind = "source", label = "Source") {
  return el("pre", { class: kind, tabindex: "0", "aria-label": label, role: "region" }, elements);
}

function lines(text) {
  return text.replace(/\n$/, "").split("\n");
}
