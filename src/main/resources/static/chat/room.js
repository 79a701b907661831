// The protocol of a room: subscribes on each new connection, shows each message once, and gets each of the user's
// messages into the room once.
import { Outbox } from "./outbox.js";

const HISTORY = 50;
/** More than the server replays, so that duplicates are recognised. */
const MOST_IDS = 1000;
/** A message with a receipt soon arrives in the room; otherwise a route has changed it. */
const ECHO_MILLIS = 3000;

export class Room {
  #roomId;
  #name;
  #id;
  #view;
  #stomp = null;
  #ids = new Set();
  #outbox = new Outbox();
  #replay = null;
  #withPresence = true;

  /**
   * @param view has joined(), message(message), gap(), line(text), pending(entry), arrived(entry, message),
   *     dropped(entry), present(people), joinedBy(person), leftBy(person), presenceOff(); people have a name and an id
   */
  constructor(roomId, name, view) {
    this.#roomId = roomId;
    this.#name = name;
    this.#view = view;
  }

  get unsent() {
    return this.#outbox.unsent;
  }

  /** A new connection with the name that the server assigned; without an id for a login. */
  connected(stomp, name, id) {
    this.#stomp = stomp;
    this.#name = name;
    this.#id = id;
    this.#replay = [];
    const subscribe = (destination, handle, headers) =>
      stomp.subscribe(
        destination,
        (frame) => stomp === this.#stomp && handle(JSON.parse(frame.body), frame.headers),
        headers,
      );
    subscribe("/rejected-endpoint", (refusal) => this.#refused(refusal.receipt, refusal.reason));
    subscribe("/notice-endpoint", (notice) => this.#view.line(notice.message));
    if (this.#withPresence) {
      subscribe(`/presence-endpoint/${this.#roomId}`, (change) => this.#presence(change), { receipt: "presence" });
    }
    // The receipt follows the history: from then on the missed messages are known.
    stomp.watchForReceipt("room", () => stomp === this.#stomp && this.#caughtUp());
    subscribe(`/receive-endpoint/${this.#roomId}`, (body, headers) => this.#received(headers, body), {
      history: String(HISTORY),
      receipt: "room",
    });
  }

  /**
   * The connection is lost.
   *
   * @param error the headers of the ERROR that ended it, or null
   */
  disconnected(error) {
    this.#stomp = null;
    this.#replay = null;
    this.#outbox.cut();
    this.#outbox.entries().forEach((entry) => this.#view.pending(entry));
    if (error?.["receipt-id"] === "presence") {
      this.#withPresence = false; // the operator has switched presence off
      this.#view.presenceOff();
    } else if (error) {
      this.#refused(error["receipt-id"], error.message);
    }
  }

  /** Sends a message, now or on the next connection. Returns false if too many are waiting. */
  say(text) {
    if (this.#outbox.isFull) {
      return false;
    }
    const entry = this.#outbox.add(text);
    this.#view.pending(entry);
    if (this.#hasCaughtUp) {
      this.#send(entry);
    }
    return true;
  }

  /** The user sends an entry again that may have arrived. */
  again(entry) {
    entry.state = "waiting";
    if (this.#hasCaughtUp) {
      this.#send(entry);
    } else {
      this.#view.pending(entry);
    }
  }

  discard(entry) {
    if (this.#outbox.remove(entry)) {
      this.#view.dropped(entry);
    }
  }

  get #hasCaughtUp() {
    return this.#stomp !== null && this.#replay === null;
  }

  #received(headers, body) {
    if (this.#replay) {
      this.#replay.push({ headers, body });
    } else {
      this.#show(headers, body);
    }
  }

  #caughtUp() {
    const replay = this.#replay;
    this.#replay = null;
    const isFirst = this.#ids.size === 0;
    const meets = replay.some(({ headers }) => this.#ids.has(headers["message-id"]));
    if (!isFirst && !meets) {
      this.#view.gap();
    }
    for (const { headers, body } of replay) {
      this.#show(headers, body, true);
    }
    this.#view.joined();
    const due = this.#outbox.due(meets || (isFirst && replay.length < HISTORY));
    for (const entry of this.#outbox.entries()) {
      this.#view.pending(entry);
    }
    due.forEach((entry) => this.#send(entry));
  }

  #show(headers, body, past = false) {
    const id = headers["message-id"];
    if (this.#ids.has(id)) {
      return;
    }
    this.#ids.add(id);
    if (this.#ids.size > MOST_IDS) {
      this.#ids.delete(this.#ids.values().next().value);
    }
    const senderId = headers["sender-id"];
    const message = {
      sender: body.sender,
      senderId,
      text: body.message,
      time: body.time,
      sentAt: headers["sent-at"],
      past,
      own: body.sender === this.#name && senderId === this.#id,
    };
    const entry = message.own ? this.#outbox.arrived(message.text) : undefined;
    if (entry) {
      this.#view.arrived(entry, message);
    } else {
      this.#view.message(message);
    }
  }

  #send(entry) {
    const stomp = this.#stomp;
    const receipt = this.#outbox.sending(entry);
    stomp.watchForReceipt(receipt, () => stomp === this.#stomp && this.#taken(entry));
    stomp.publish({
      destination: "/send-endpoint/ws/chat",
      headers: { receipt, "content-type": "application/json" },
      body: JSON.stringify({ roomId: this.#roomId, sender: this.#name, message: entry.text }),
    });
    this.#view.pending(entry);
  }

  #taken(entry) {
    if (!this.#outbox.has(entry)) {
      return; // already seen in the room
    }
    entry.state = "taken";
    this.#view.pending(entry);
    setTimeout(() => this.discard(entry), ECHO_MILLIS);
  }

  #refused(receipt, reason) {
    const entry = receipt ? this.#outbox.find(receipt) : undefined;
    if (entry) {
      entry.state = "refused";
      entry.reason = reason;
      this.#view.pending(entry);
    } else {
      this.#view.line(`Refused: ${reason}`);
    }
  }

  #presence(change) {
    if (change.present) {
      this.#view.present(change.present.map((name, i) => ({ name, id: change.ids[i] ?? undefined })));
    } else if (change.joined !== undefined) {
      this.#view.joinedBy({ name: change.joined, id: change.id });
    } else if (change.left !== undefined) {
      this.#view.leftBy({ name: change.left, id: change.id });
    }
  }
}
