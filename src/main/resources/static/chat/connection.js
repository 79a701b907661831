// A STOMP connection that comes back when it is lost, after pauses that grow and are never the same for all.
import { Client } from "../webjars/stomp__stompjs/esm6/client.js";
import { Versions } from "../webjars/stomp__stompjs/esm6/versions.js";
import * as me from "./me.js";
import * as transport from "./transport.js";

const BEAT_MILLIS = 10_000;
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
  #retry = () => this.retry();
  #shown = () => document.hidden || this.retry();

  /**
   * @param name the login: who is present
   * @param listener has connecting(), connected(stomp, name) and lost(error), whose error is the headers of the ERROR
   *     that came before, or null
   */
  constructor(name, listener) {
    this.#name = name;
    this.#listener = listener;
  }

  open() {
    this.#beats.onmessage = () => this.#beat();
    this.#beats.postMessage(BEAT_MILLIS);
    window.addEventListener("online", this.#retry);
    document.addEventListener("visibilitychange", this.#shown);
    this.#connect();
  }

  /** Ends it in good order; the listener hears no more. */
  close() {
    window.removeEventListener("online", this.#retry);
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
        client.connectHeaders = { login: this.#name, ...(await me.headers()) };
      },
      webSocketFactory: transport.open,
      stompVersions: new Versions([Versions.V1_2]),
      heartbeatIncoming: BEAT_MILLIS,
      heartbeatOutgoing: BEAT_MILLIS,
      connectionTimeout: CONNECT_MILLIS,
      discardWebsocketOnCommFailure: true, // a dead network answers no close either
      reconnectDelay: 0, // each try has a client of its own, so that nothing of the last one lingers
      onConnect: (frame) => {
        connectedAt = performance.now();
        this.#listener.connected(client, frame.headers["user-name"] ?? this.#name);
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

  /** Beside stompjs's own, whose timer browsers slow down to once a minute while the page is hidden. */
  #beat() {
    if (this.#client?.connected) {
      this.#client.webSocket.send("\n");
    }
  }
}
