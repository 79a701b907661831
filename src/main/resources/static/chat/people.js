// Tells people of one name apart. A name that somebody logs in with is theirs alone and comes without an id; any other one
// may be taken by several strangers, and the server gives each of them an id that nobody else can have.
export class People {
  #ids = new Map();

  /** Which one of those with this name that is: 1 is the first that was met here. */
  number(name, id = "") {
    const ids = this.#ids.get(name) ?? [];
    this.#ids.set(name, ids);
    if (!ids.includes(id)) {
      ids.push(id);
    }
    return ids.indexOf(id) + 1;
  }
}

/** The sign beside a name that others were met with before: it cannot be typed as a part of one. */
export function mark(number) {
  const it = document.createElement("span");
  it.className = "mark";
  it.textContent = String(number);
  it.title = "Somebody else who goes by this name";
  return it;
}
