// The draft of a job or of a route file. The tab keeps it until it is submitted or published, across reloads and logins.
export class Draft {
  #key;

  /** @param kind of what is written: there is one draft of each */
  constructor(user, kind = "draft") {
    this.#key = `caravan.${kind}.${user}`;
  }

  /** Null without a draft. */
  read() {
    try {
      return JSON.parse(sessionStorage.getItem(this.#key));
    } catch {
      return null;
    }
  }

  /** Does not keep a draft that is larger than the tab's storage allows. */
  write(draft) {
    try {
      sessionStorage.setItem(this.#key, JSON.stringify(draft));
    } catch {
      this.drop();
    }
  }

  drop() {
    sessionStorage.removeItem(this.#key);
  }
}
