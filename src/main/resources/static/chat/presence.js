// Who is in the room, by name.
export class Presence {
  #details;
  #count;
  #list;
  #self = "";
  #names = new Set();

  constructor({ details, count, list }) {
    this.#details = details;
    this.#count = count;
    this.#list = list;
    // Beside the messages where there is room for that, else closed until somebody asks.
    const wide = window.matchMedia("(min-width: 48rem)");
    details.open = wide.matches;
    wide.addEventListener("change", () => {
      details.open = wide.matches;
    });
  }

  /** A room is entered, under this name. */
  begin(self) {
    this.#self = self;
    this.#details.parentElement.hidden = false;
    this.replace([]);
  }

  /** It is not told who is here. */
  off() {
    this.#details.parentElement.hidden = true;
  }

  /** Nothing is heard of the others for now. */
  set stale(stale) {
    this.#details.classList.toggle("stale", stale);
  }

  replace(names) {
    this.#names = new Set(names);
    this.#show();
  }

  joined(name) {
    this.#names.add(name);
    this.#show();
  }

  left(name) {
    this.#names.delete(name);
    this.#show();
  }

  #show() {
    const names = [...this.#names].sort((one, other) => one.localeCompare(other));
    this.#count.textContent = names.length === 0 ? "Who is here" : `${names.length} here`;
    this.#list.replaceChildren(...names.map((name) => this.#item(name)));
  }

  #item(name) {
    const item = document.createElement("li");
    const text = document.createElement("bdi");
    text.textContent = name;
    item.append(text);
    if (name === this.#self) {
      item.append(" (you)");
    }
    return item;
  }
}
