// Finds addresses in messages. The rest stays text; nothing is parsed as HTML.
const ADDRESS = /\bhttps?:\/\/[^\s<>"]+/giu;
/** Punctuation that ends a sentence and is not part of the address. */
const AFTER = /[.,;:!?'’”»…*_]+$/u;

/** The text as nodes, with http and https addresses as links. */
export function linked(text) {
  const nodes = [];
  let end = 0;
  for (const { 0: found, index } of text.matchAll(ADDRESS)) {
    const address = trimmed(found);
    const href = addressOf(address);
    if (href !== null) {
      nodes.push(text.slice(end, index), link(href, address));
      end = index + address.length;
    }
  }
  nodes.push(text.slice(end));
  return nodes.filter((node) => node !== "");
}

function trimmed(found) {
  const address = found.replace(AFTER, "");
  // (https://example.org) stands in brackets, https://example.org/a_(b) contains some.
  const open = { ")": "(", "]": "[", "}": "{" }[address.at(-1)];
  return open !== undefined && !address.includes(open) ? trimmed(address.slice(0, -1)) : address;
}

function addressOf(text) {
  try {
    const { protocol, href } = new URL(text);
    return protocol === "https:" || protocol === "http:" ? href : null;
  } catch {
    return null;
  }
}

function link(href, text) {
  const it = document.createElement("a");
  it.href = href;
  it.target = "_blank";
  it.rel = "noopener noreferrer nofollow";
  it.textContent = text;
  return it;
}
