// The messages as a list that drops its oldest items. Text of other people is set as text, never parsed as
// HTML.
import { linked } from "./links.js";
import { mark } from "./people.js";

const MOST_ITEMS = 500;
const HUES = 6;
/** The page is in English; times are in the reader's own time zone. */
const LOCALE = "en-GB";

const STATES = {
  waiting: "Waits for the connection",
  sent: "Sending…",
  cut: "Perhaps not sent; waits for the connection",
  taken: "Sending…",
  unsure: "May not have arrived",
};

export class Messages {
  #list;
  #log;
  #empty;
  #newest;
  #people;
  #actions;
  #pending = new Map();
  #day = day(new Date());

  /**
   * @param people distinguishes people with the same name
   * @param actions has again(entry), edit(entry) and discard(entry)
   */
  constructor({ log, list, empty }, newest, people, actions) {
    this.#people = people;
    this.#log = log;
    this.#list = list;
    this.#empty = empty;
    this.#newest = newest;
    this.#actions = actions;
  }

  message(message) {
    // Screen readers skip the history: they check the attribute when an item is added.
    this.#log.ariaLive = message.past ? "off" : "polite";
    this.#insertMessage(message);
    this.#newest.added(1);
  }

  /** Adds a line that is not a message. */
  line(text) {
    this.#log.ariaLive = "polite";
    const item = element("li", "line");
    item.append(element("p", "text", text));
    this.#insert(item);
    this.#newest.added(0);
  }

  /** Shows a pending message at the end, with its state. */
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

  /** Moves a message to its place in the room, with the time from the server. */
  arrived(entry, message) {
    const item = this.#pending.get(entry);
    this.#pending.delete(entry);
    item.remove();
    this.#log.ariaLive = "off"; // already announced
    this.#insertMessage(message);
    this.#newest.added(0);
  }

  dropped(entry) {
    this.#pending.get(entry)?.remove();
    this.#pending.delete(entry);
    this.#showEmpty();
  }

  /** The initial history is complete. */
  joined() {
    this.#showEmpty();
  }

  #addPending(entry) {
    const item = element("li", "message own pending");
    item.append(element("p", "text", ...linked(entry.text)), element("p", "fate"));
    item.querySelector(".text").dir = "auto";
    this.#pending.set(entry, item);
    this.#list.append(item);
    this.#empty.hidden = true;
    this.#newest.show();
    return item;
  }

  #insertMessage(message) {
    const sentAt = message.sentAt === undefined ? null : new Date(message.sentAt);
    if (sentAt && day(sentAt) !== this.#day) {
      this.#day = day(sentAt);
      this.#insert(element("li", "day", this.#day));
    }
    this.#insert(messageItem(message, sentAt, this.#people.number(message.sender, message.senderId)));
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

function messageItem({ sender, text, time, own }, sentAt, number) {
  const item = element("li", own ? "message own" : "message");
  const when = element("time", "", sentAt ? sentAt.toLocaleTimeString(LOCALE, { timeStyle: "short" }) : time);
  if (sentAt) {
    when.dateTime = sentAt.toISOString();
    when.title = sentAt.toLocaleString(LOCALE, { dateStyle: "full", timeStyle: "medium" });
  }
  item.dataset.sender = `${sender}\n${number}`;
  item.dataset.time = when.title || time;
  const name = element("span", "who", element("bdi", `sender hue-${hue(sender, number)}`, sender));
  if (number > 1) {
    name.append(" ", mark(number));
  }
  const body = element("p", "text", ...linked(text));
  body.dir = "auto";
  item.append(element("p", "head", name, " ", when), body);
  return item;
}

function day(date) {
  return date.toLocaleDateString(LOCALE, { dateStyle: "full" });
}

/** The same colour for the same name everywhere, and another one for each further person with that name. */
function hue(name, number) {
  let sum = number - 1;
  for (const character of name) {
    sum = (sum * 31 + character.codePointAt(0)) % 9973;
  }
  return sum % HUES;
}

/** @param children nodes, and strings that become text */
function element(tag, className, ...children) {
  const it = document.createElement(tag);
  it.className = className;
  it.append(...children);
  return it;
}
