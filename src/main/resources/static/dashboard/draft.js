// The draft of a job. The tab keeps it until it is submitted, across reloads and logins.
export class Draft {
  #key;

  constructor(user) {
    this.#key = `caravan.draft.${user}`;
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
