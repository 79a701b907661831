// Buttons that copy. A page from another machine over plain HTTP has no clipboard API and falls back to execCommand.
import { el, say } from "./elements.js";

const SHOWN_MILLIS = 2_000;

/** @param text returns the text to copy on a click */
export function copyButton(label, text) {
  const button = el("button", { type: "button", class: "quiet" }, label);
  let timer = 0;
  button.addEventListener("click", async () => {
    const copied = await copy(text());
    clearTimeout(timer);
    say(button, copied ? "Copied" : "Not copied");
    timer = setTimeout(() => say(button, label), SHOWN_MILLIS);
  });
  return button;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyOldWay(text);
  }
}

function copyOldWay(text) {
  const before = document.activeElement;
  const field = el("textarea", { class: "hidden" });
  field.value = text;
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  before?.focus();
  return copied;
}
