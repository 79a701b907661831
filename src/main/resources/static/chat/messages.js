// What was said, as a list in which old items make room for new ones. Whatever others have written is set as text: it is
// never read as HTML.
const MOST_ITEMS = 500;
const HUES = 6;

const STATES = {
  waiting: "Waits for the connection",
  sent: "Sending…",
  taken: "Sending…",
  unsure: "May not have arrived",
};

export class Messages {
  #list;
  #log;
  #empty;
  #newest;
  #actions;
  #pending = new Map();

  /** @param actions has again(entry), edit(entry) and discard(entry) */
  constructor({ log, list, empty }, newest, actions) {
    this.#log = log;
    this.#list = list;
    this.#empty = empty;
    this.#newest = newest;
    this.#actions = actions;
  }

  message(message) {
    // History is not read out; the attribute is looked at when something is added.
    this.#log.ariaLive = message.past ? "off" : "polite";
    this.#insert(messageItem(message));
    this.#newest.added(1);
  }

  /** Something that nobody said. */
  line(text) {
    this.#log.ariaLive = "polite";
    const item = element("li", "line");
    item.append(element("p", "text", text));
    this.#insert(item);
    this.#newest.added(0);
  }

  /** Shows what is not known to be in the room, at the end, and how it fares. */
  pending(entry) {
    const item = this.#pending.get(entry) ?? this.#addPending(entry);
    const open = entry.state === "unsure" || entry.state === "refused";
    item.classList.toggle("failed", open);
    const fate = item.querySelector(".fate");
    const text = entry.state === "refused" ? `Not sent: ${entry.reason}` : STATES[entry.state];
    const buttons = open
      ? [
          entry.state === "refused"
            ? this.#button("Edit", () => this.#actions.edit(entry))
            : this.#button("Send again", () => this.#actions.again(entry)),
          this.#button("Discard", () => this.#actions.discard(entry)),
        ]
      : [];
    fate.replaceChildren(element("span", "", text), ...buttons);
    this.#newest.added(0);
  }

  /** It is in the room: where it stands there, and with the time that it got. */
  arrived(entry, message) {
    const item = this.#pending.get(entry);
    this.#pending.delete(entry);
    item.remove();
    this.#log.ariaLive = "off"; // it was read out before
    this.#insert(messageItem(message));
    this.#newest.added(0);
  }

  dropped(entry) {
    this.#pending.get(entry)?.remove();
    this.#pending.delete(entry);
    this.#showEmpty();
  }

  /** All that there is for now has been shown. */
  joined() {
    this.#showEmpty();
  }

  #addPending(entry) {
    const item = element("li", "message own pending");
    item.append(element("p", "text", entry.text), element("p", "fate"));
    item.querySelector(".text").dir = "auto";
    this.#pending.set(entry, item);
    this.#list.append(item);
    this.#empty.hidden = true;
    this.#newest.show();
    return item;
  }

  #insert(item) {
    const [firstPending] = this.#pending.values();
    this.#list.insertBefore(item, firstPending ?? null);
    const before = item.previousElementSibling;
    const follows = item.dataset.sender !== undefined && before?.dataset.sender === item.dataset.sender;
    item.classList.toggle("follows", follows);
    item.classList.toggle("at-once", follows && before.dataset.time === item.dataset.time);
    while (this.#list.childElementCount > MOST_ITEMS) {
      this.#list.firstElementChild.remove();
      this.#list.firstElementChild.classList.remove("follows", "at-once");
    }
    this.#empty.hidden = true;
  }

  #showEmpty() {
    this.#empty.hidden = this.#list.childElementCount > 0;
  }

  #button(text, action) {
    const button = element("button", "", text);
    button.type = "button";
    button.addEventListener("click", action);
    return button;
  }
}

function messageItem({ sender, text, time, own }) {
  const item = element("li", own ? "message own" : "message");
  item.dataset.sender = sender;
  item.dataset.time = time;
  const head = element("p", "head");
  const name = element("bdi", `sender hue-${hue(sender)}`, sender);
  head.append(name, " ", element("time", "", time));
  const said = element("p", "text", text);
  said.dir = "auto";
  item.append(head, said);
  return item;
}

/** The same colour for the same name, everywhere. */
function hue(name) {
  let sum = 0;
  for (const character of name) {
    sum = (sum * 31 + character.codePointAt(0)) % 9973;
  }
  return sum % HUES;
}

function element(tag, className, text = "") {
  const it = document.createElement(tag);
  it.className = className;
  it.textContent = text;
  return it;
}
