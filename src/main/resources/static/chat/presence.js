// The people in the room. A person with several tabs counts once.
import { mark } from "./people.js";

export class Presence {
  #details;
  #count;
  #list;
  #meets = null;
  #self = null;
  #people = new Map();
  #stale = false;

  constructor({ details, count, list }) {
    this.#details = details;
    this.#count = count;
    this.#list = list;
    // Open beside the messages where there is room, otherwise closed.
    const wide = window.matchMedia("(min-width: 48rem)");
    details.open = wide.matches;
    wide.addEventListener("change", () => {
      details.open = wide.matches;
    });
  }

  /** Enters a room. @param people distinguishes people with the same name */
  begin(people) {
    this.#meets = people;
    this.#self = null;
    this.#details.parentElement.hidden = false;
    this.replace([]);
  }

  /** The server has confirmed the user's own identity. */
  set self(person) {
    this.#self = person;
  }

  /** Presence is switched off. */
  off() {
    this.#details.parentElement.hidden = true;
  }

  /** The other people are unknown for now. */
  set stale(stale) {
    this.#stale = stale;
    this.#show();
    this.#details.classList.toggle("stale", stale);
  }

  replace(people) {
    this.#people = new Map(people.map((person) => [key(person), person]));
    this.#show();
  }

  joined(person) {
    this.#people.set(key(person), person);
    this.#show();
  }

  left(person) {
    this.#people.delete(key(person));
    this.#show();
  }

  #show() {
    const people = [...this.#people.values()]
      .map((person) => ({ ...person, number: this.#meets.number(person.name, person.id) }))
      .sort((one, other) => one.name.localeCompare(other.name) || one.number - other.number);
    const here = this.#stale ? "were here" : "here";
    this.#count.textContent = people.length === 0 ? "Who is here" : `${people.length} ${here}`;
    this.#list.replaceChildren(...people.map((person) => this.#item(person)));
  }

  #item(person) {
    const item = document.createElement("li");
    const text = document.createElement("bdi");
    text.textContent = person.name;
    item.append(text);
    if (person.number > 1) {
      item.append(" ", mark(person.number));
    }
    if (this.#self !== null && key(person) === key(this.#self)) {
      item.append(" (you)");
    }
    return item;
  }
}

function key({ name, id }) {
  return `${name}\n${id ?? ""}`;
}
