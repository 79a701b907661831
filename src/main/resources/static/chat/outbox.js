// The user's messages that are not known to be in the room. The states of an entry:
//   waiting  not sent yet
//   sent     on its way
//   cut      on its way when the connection was lost
//   taken    the server has sent the receipt
//   unsure   lost with a connection; it may have arrived
//   refused  rejected by the server, with a reason
const MOST = 50;
const MOST_SENDS = 2;

let receipts = 0;

export class Outbox {
  #entries = [];

  get isFull() {
    return this.#entries.length >= MOST;
  }

  /** The number of messages that closing the page would lose. */
  get unsent() {
    return this.#entries.filter((entry) => ["waiting", "sent", "cut"].includes(entry.state)).length;
  }

  add(text) {
    const entry = { text, state: "waiting", sends: 0, receipt: null, reason: "" };
    this.#entries.push(entry);
    return entry;
  }

  has(entry) {
    return this.#entries.includes(entry);
  }

  /** Returns false if the entry was already gone. */
  remove(entry) {
    const at = this.#entries.indexOf(entry);
    if (at >= 0) {
      this.#entries.splice(at, 1);
    }
    return at >= 0;
  }

  /** Finds an entry by the receipt of its last SEND. */
  find(receipt) {
    return this.#entries.find((entry) => entry.receipt === receipt);
  }

  /** Removes and returns the oldest entry that a message in the room under the user's name can be. */
  arrived(text) {
    const entry = this.#entries.find((it) => it.text === text && it.sends > 0 && it.state !== "refused");
    if (entry) {
      this.remove(entry);
    }
    return entry;
  }

  /** Marks an entry as sent, and returns its receipt id. */
  sending(entry) {
    entry.state = "sent";
    entry.sends++;
    entry.receipt = `said-${++receipts}`;
    return entry.receipt;
  }

  /** The connection is lost, and perhaps the entries on their way. */
  cut() {
    this.#entries.filter((entry) => entry.state === "sent").forEach((entry) => (entry.state = "cut"));
  }

  /**
   * The entries to send after a new connection has replayed the history, in their order.
   *
   * An entry that was sent before and is missing in the replay did not arrive, and is sent again, once; unless the
   * replay does not reach back to the last message seen, and so proves nothing.
   *
   * @param proven whether the replay has no gap
   */
  due(proven) {
    for (const entry of this.#entries) {
      if (entry.state === "cut") {
        entry.state = proven && entry.sends < MOST_SENDS ? "waiting" : "unsure";
      }
    }
    return this.#entries.filter((entry) => entry.state === "waiting");
  }

  /** A copy of all entries. */
  entries() {
    return [...this.#entries];
  }
}
