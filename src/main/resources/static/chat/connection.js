// A STOMP connection that comes back when it is lost, after pauses that grow and are never the same for all.
import { Client } from "../webjars/stomp__stompjs/esm6/client.js";
import { Versions } from "../webjars/stomp__stompjs/esm6/versions.js";
import * as me from "./me.js";
import * as transport from "./transport.js";

/** Heart-beats are as often as the server offers, and no more often than this. */
const MIN_BEAT_MILLIS = 1_000;
/** The server counts as gone when it was silent for so many heart-beats. */
const SILENT_BEATS = 1.5;
const CONNECT_MILLIS = 10_000;
const FIRST_PAUSE_MILLIS = 500;
const LONGEST_PAUSE_MILLIS = 30_000;
/** A connection that has lasted so long was a good one: after it the pauses are short again. */
const GOOD_MILLIS = 5_000;

export class Connection {
  #name;
  #listener;
  #client = null;
  #timer = 0;
  #failures = 0;
  #beats = new Worker(new URL("beat.js", import.meta.url));
  #beatMillis = MIN_BEAT_MILLIS;
  #heardAt = 0;
  #retry = () => this.retry();
  #offline = () => this.#client?.forceDisconnect();
  #shown = () => document.hidden || this.retry();

  /**
   * @param name the login: who is present
   * @param listener has connecting(), connected(stomp, name, id) and lost(error), whose error is the headers of the ERROR
   *     that came before, or null
   */
  constructor(name, listener) {
    this.#name = name;
    this.#listener = listener;
  }

  open() {
    this.#beats.onmessage = () => this.#beat();
    window.addEventListener("online", this.#retry);
    window.addEventListener("offline", this.#offline);
    document.addEventListener("visibilitychange", this.#shown);
    this.#connect();
  }

  /** Ends it in good order; the listener hears no more. */
  close() {
    window.removeEventListener("online", this.#retry);
    window.removeEventListener("offline", this.#offline);
    document.removeEventListener("visibilitychange", this.#shown);
    this.#beats.terminate();
    clearTimeout(this.#timer);
    this.#timer = 0;
    if (this.#client) {
      this.#client.onConnect = this.#client.onStompError = this.#client.onWebSocketClose = () => {};
      this.#client.deactivate();
    }
  }

  /** Does not wait any longer, if it waits. */
  retry() {
    if (this.#timer) {
      clearTimeout(this.#timer);
      this.#connect();
    }
  }

  #connect() {
    this.#timer = 0;
    let error = null;
    let connectedAt = Infinity;
    const client = new Client({
      beforeConnect: async () => {
        await transport.ready();
        client.connectHeaders = { login: this.#name, "sender-secret": me.secret, ...(await me.headers()) };
      },
      webSocketFactory: () => this.#listened(transport.open()),
      stompVersions: new Versions([Versions.V1_2]),
      heartbeatIncoming: MIN_BEAT_MILLIS,
      heartbeatOutgoing: MIN_BEAT_MILLIS,
      connectionTimeout: CONNECT_MILLIS,
      discardWebsocketOnCommFailure: true, // a dead network answers no close either
      reconnectDelay: 0, // each try has a client of its own, so that nothing of the last one lingers
      onConnect: (frame) => {
        connectedAt = performance.now();
        this.#beatMillis = Math.max(MIN_BEAT_MILLIS, ...frame.headers["heart-beat"].split(",").map(Number));
        this.#beats.postMessage(this.#beatMillis / 2);
        this.#listener.connected(client, frame.headers["user-name"] ?? this.#name, frame.headers["sender-id"]);
      },
      onStompError: (frame) => {
        error = frame.headers;
      },
      onWebSocketClose: () => {
        client.deactivate();
        if (performance.now() - connectedAt > GOOD_MILLIS) {
          this.#failures = 0;
        }
        this.#timer = setTimeout(() => this.#connect(), this.#pause());
        this.#listener.lost(error);
      },
    });
    this.#client = client;
    this.#listener.connecting();
    client.activate();
  }

  /** At least half of what it may be at the most, which doubles: all who lost a server must not come back at once. */
  #pause() {
    const most = Math.min(LONGEST_PAUSE_MILLIS, FIRST_PAUSE_MILLIS * 2 ** this.#failures++);
    return most * (1 + Math.random()) / 2;
  }

  #listened(socket) {
    this.#heardAt = Date.now();
    socket.addEventListener("message", () => {
      this.#heardAt = Date.now();
    });
    return socket;
  }

  /**
   * Beside stompjs's own, whose timers browsers slow down to once a minute while the page is hidden, and which lets a server
   * be silent for three heart-beats. A network that is gone closes nothing: only the silence tells.
   */
  #beat() {
    if (!this.#client?.connected) {
      return;
    }
    if (Date.now() - this.#heardAt > SILENT_BEATS * this.#beatMillis) {
      this.#client.forceDisconnect();
    } else {
      this.#client.webSocket.send("\n");
    }
  }
}
