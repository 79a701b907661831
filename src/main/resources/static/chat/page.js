// The chat page: wires its parts, and shows the entrance form or a room.
import { showAccount } from "./account.js";
import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { Entrance, roomOfAddress } from "./entrance.js";
import * as me from "./me.js";
import { Messages } from "./messages.js";
import { Newest } from "./newest.js";
import { People } from "./people.js";
import { Presence } from "./presence.js";
import { Room } from "./room.js";

const TITLE = document.title;
const GAP = "Messages may be missing here: the server does not keep all messages from while you were away.";
const UNSENT = "Some of your messages are not sent yet. Leave anyway?";

const $ = (id) => document.getElementById(id);

const presence = new Presence({ details: $("presence"), count: $("present-count"), list: $("present") });
const newest = new Newest($("log"), $("to-newest"));
const composer = new Composer({ form: $("composer"), text: $("text"), error: $("text-error") }, (text) =>
  visit.room.say(text),
);
const entrance = new Entrance(
  {
    form: $("join"),
    name: $("name"),
    nameError: $("name-error"),
    room: $("room"),
    roomError: $("room-error"),
    error: $("join-error"),
  },
  enter,
);

/** The name of the login, or null. */
const login = await me.name();

showAccount(login);

/** The current room and its connection; null at the entrance. */
let visit = null;

function enter(name, roomId) {
  location.hash = encodeURIComponent(roomId);
  $("entrance").hidden = true;
  $("chat").hidden = false;
  $("messages").replaceChildren();
  $("empty").hidden = true;
  $("room-title").textContent = roomId;
  document.querySelector("label[for=text]").textContent = `Message to ${roomId}`;
  $("me-name").textContent = name;
  document.title = `${roomId} · ${TITLE}`;
  const people = new People();
  presence.begin(people);
  composer.begin();

  const messages = new Messages({ log: $("log"), list: $("messages"), empty: $("empty") }, newest, people, {
    again: (entry) => room.again(entry),
    discard: (entry) => room.discard(entry),
    edit: (entry) => {
      room.discard(entry);
      composer.take(entry.text);
    },
  });
  const room = new Room(roomId, name, {
    message: (message) => messages.message(message),
    line: (text) => messages.line(text),
    gap: () => messages.line(GAP),
    pending: (entry) => messages.pending(entry),
    arrived: (entry, message) => messages.arrived(entry, message),
    dropped: (entry) => messages.dropped(entry),
    present: (everybody) => presence.replace(everybody),
    joinedBy: (other) => presence.joined(other),
    leftBy: (other) => presence.left(other),
    presenceOff: () => presence.off(),
    joined: () => {
      here.everJoined = true;
      presence.stale = false;
      messages.joined();
      showState("connected", "Connected");
    },
  });
  const connection = new Connection(name, {
    connecting: () => showState("connecting", here.everJoined ? "Connecting again…" : "Connecting…"),
    connected: (stomp, self, id) => {
      $("me-name").textContent = self;
      people.number(self, id); // the user is the first of that name, others get a mark
      presence.self = { name: self, id };
      room.connected(stomp, self, id);
    },
    lost: (error) => {
      room.disconnected(error);
      presence.stale = true;
      if ($("connection").dataset.state === "connected") {
        here.lostAt = new Date().toLocaleTimeString("en-GB", { timeStyle: "short" });
      }
      showState("lost", here.everJoined ? `Offline since ${here.lostAt}` : "Not connected");
      if (error && !here.everJoined && error["receipt-id"] !== "presence") {
        leave(error.message); // the server would reject it again
      }
    },
  });
  const here = { roomId, room, connection, everJoined: false, lostAt: "" };
  visit = here;
  newest.show();
  connection.open();
}

function leave(reason) {
  visit?.connection.close();
  if (visit) {
    history.replaceState(null, "", location.pathname); // otherwise a reload would enter the room again
  }
  visit = null;
  document.title = TITLE;
  $("chat").hidden = true;
  $("entrance").hidden = false;
  entrance.show(login, reason);
}

function mayLeave() {
  return visit === null || visit.room.unsent === 0 || window.confirm(UNSENT);
}

function showState(state, text) {
  $("connection").dataset.state = state;
  $("state").textContent = text;
  $("retry").hidden = state !== "lost";
}

/** Opens the room of the address under the remembered name, or the entrance. */
function follow() {
  const known = Entrance.remembered(login);
  visit?.connection.close();
  visit = null;
  if (known) {
    enter(known.name, known.room);
  } else {
    leave();
  }
}

document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // the fragment belongs to the room
  (visit ? $("text") : $(login === null ? "name" : "room")).focus();
});
$("leave").addEventListener("click", () => mayLeave() && leave());
$("retry").addEventListener("click", () => {
  visit.connection.retry();
  composer.focus(); // the button disappears
});
window.addEventListener("hashchange", () => {
  if (visit && roomOfAddress() !== visit.roomId) {
    if (mayLeave()) {
      follow();
    } else {
      location.hash = encodeURIComponent(visit.roomId);
    }
  } else if (!visit) {
    entrance.show(login);
  }
});
window.addEventListener("beforeunload", (event) => {
  if (visit?.room.unsent > 0) {
    event.preventDefault();
  }
});

follow();
