// What somebody is about to submit, kept by this tab until it is submitted: also over a reload and another login.
export class Draft {
  #key;

  constructor(user) {
    this.#key = `caravan.draft.${user}`;
  }

  /** Null if there is none. */
  read() {
    try {
      return JSON.parse(sessionStorage.getItem(this.#key));
    } catch {
      return null;
    }
  }

  /** One that is larger than the tab may keep is not kept. */
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
