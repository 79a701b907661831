// What somebody said and is not known to be in the room. An entry is
//   waiting  not sent yet
//   sent     on its way
//   cut      was on its way when the connection was lost
//   taken    the server has said that it has it
//   unsure   lost with a connection, and it cannot be told whether it arrived
//   refused  by the server, for a reason
const MOST = 50;
const MOST_SENDS = 2;

let receipts = 0;

export class Outbox {
  #entries = [];

  get isFull() {
    return this.#entries.length >= MOST;
  }

  /** How many would be lost if the page were left now. */
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

  /** False if it was not there any more. */
  remove(entry) {
    const at = this.#entries.indexOf(entry);
    if (at >= 0) {
      this.#entries.splice(at, 1);
    }
    return at >= 0;
  }

  /** By the receipt that its last SEND asked for. */
  find(receipt) {
    return this.#entries.find((entry) => entry.receipt === receipt);
  }

  /** The oldest one that this can be, which was said in the room under the same name; it is in the outbox no more. */
  arrived(text) {
    const entry = this.#entries.find((it) => it.text === text && it.sends > 0 && it.state !== "refused");
    if (entry) {
      this.remove(entry);
    }
    return entry;
  }

  /** It is being sent, with this receipt. */
  sending(entry) {
    entry.state = "sent";
    entry.sends++;
    entry.receipt = `said-${++receipts}`;
    return entry.receipt;
  }

  /** The connection is lost, and with it perhaps what was on its way. */
  cut() {
    this.#entries.filter((entry) => entry.state === "sent").forEach((entry) => (entry.state = "cut"));
  }

  /**
   * What is to be sent after a new connection has caught up, in the order in which it was said.
   *
   * What was sent before and is not in the replay did not arrive, and is sent again, once; unless the replay does not
   * reach back to what was seen before, and so proves nothing.
   *
   * @param proven whether the replay is without a gap
   */
  due(proven) {
    for (const entry of this.#entries) {
      if (entry.state === "cut") {
        entry.state = proven && entry.sends < MOST_SENDS ? "waiting" : "unsure";
      }
    }
    return this.#entries.filter((entry) => entry.state === "waiting");
  }

  /** All of them. */
  entries() {
    return [...this.#entries];
  }
}
