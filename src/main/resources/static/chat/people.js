// Distinguishes people with the same name. The name of a login is unique and has no id; several anonymous people may
// share any other name, and the server gives each of them a unique id.
export class People {
  #ids = new Map();

  /** The number of a person among those with this name: 1 is the first one seen here. */
  number(name, id = "") {
    const ids = this.#ids.get(name) ?? [];
    this.#ids.set(name, ids);
    if (!ids.includes(id)) {
      ids.push(id);
    }
    return ids.indexOf(id) + 1;
  }
}

/** The mark beside the name of a further person; nobody can type it as part of a name. */
export function mark(number) {
  const it = document.createElement("span");
  it.className = "mark";
  it.textContent = String(number);
  it.title = "Somebody else who goes by this name";
  return it;
}
