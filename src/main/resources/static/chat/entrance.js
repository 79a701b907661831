// The form for name and room. The browser remembers both; the address holds the room, so that a link leads into
// it.
import { faultOfName, LONGEST_NAME } from "./names.js";

const NAME = "caravan.chat.name";
const ROOM = "caravan.chat.room";

export class Entrance {
  #form;
  #fields;
  #error;

  constructor({ form, name, nameError, room, roomError, error }, enter) {
    this.#form = form;
    this.#fields = [
      { input: name, error: nameError },
      { input: room, error: roomError },
    ];
    this.#error = error;
    this.#fields.forEach(({ input }) => {
      input.maxLength = LONGEST_NAME;
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.#check()) {
        remember(NAME, name.value.trim());
        remember(ROOM, room.value.trim());
        enter(name.value.trim(), room.value.trim());
      }
    });
  }

  /** Skips the form for a user who was here before or has logged in and follows a link; null if it must be shown. */
  static remembered(login) {
    const name = login ?? recall(NAME);
    const room = roomOfAddress();
    return faultOfName(name) === "" && faultOfName(room) === "" ? { name, room } : null;
  }

  /** Shows the form. @param reason why the user had to leave the room, if so */
  show(login, reason = "") {
    const [name, room] = this.#fields.map(({ input }) => input);
    name.value = login ?? (name.value || recall(NAME));
    name.readOnly = login !== null; // the login is the name
    room.value = roomOfAddress() || room.value || recall(ROOM) || "lobby";
    this.#fields.forEach((field) => complain(field, ""));
    this.#error.textContent = reason;
    (name.value === "" ? name : room).focus();
  }

  #check() {
    this.#fields.forEach((field) => complain(field, faultOfName(field.input.value.trim())));
    const wrong = this.#fields.find(({ error }) => error.textContent !== "");
    wrong?.input.focus();
    return !wrong;
  }
}

/** The room in the address; empty if there is none. */
export function roomOfAddress() {
  try {
    return decodeURIComponent(location.hash.slice(1)).trim();
  } catch {
    return ""; // a malformed % sequence
  }
}

function complain({ input, error }, fault) {
  error.textContent = fault;
  input.ariaInvalid = fault === "" ? null : "true";
}

function recall(key) {
  try {
    return localStorage.getItem(key) ?? "";
  } catch {
    return ""; // the browser stores nothing for this page
  }
}

function remember(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // The form asks again next time.
  }
}
