// A STOMP connection that reconnects after growing, random pauses.
import { Client } from "../webjars/stomp__stompjs/esm6/client.js";
import { Versions } from "../webjars/stomp__stompjs/esm6/versions.js";
import * as me from "./me.js";
import * as transport from "./transport.js";

/** Heart-beats follow the server's offer, but are never more frequent than this. */
const MIN_BEAT_MILLIS = 1_000;
/** The server counts as gone after this many silent heart-beat intervals. */
const SILENT_BEATS = 1.5;
const CONNECT_MILLIS = 10_000;
const FIRST_PAUSE_MILLIS = 500;
const LONGEST_PAUSE_MILLIS = 30_000;
/** A connection that lasted this long resets the pauses. */
const GOOD_MILLIS = 5_000;

export class Connection {
  #name;
  #listener;
  #client = null;
  #timer = 0;
  #failures = 0;
  #beats = new Worker(new URL("beat.js", import.meta.url));
  #beatMillis = MIN_BEAT_MILLIS;
  #lastReceived = 0;
  #retry = () => this.retry();
  #offline = () => this.#client?.forceDisconnect();
  #shown = () => document.hidden || this.retry();

  /**
   * @param name the login, as presence shows it
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

  /** Disconnects; the listener gets no further calls. */
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

  /** Skips the current pause, if any. */
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
      discardWebsocketOnCommFailure: true, // a dead network does not complete a close either
      reconnectDelay: 0, // each attempt has a client of its own, without state of the last one
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

  /** Between half of the maximum and the maximum, which doubles: clients must not all reconnect at once. */
  #pause() {
    const most = Math.min(LONGEST_PAUSE_MILLIS, FIRST_PAUSE_MILLIS * 2 ** this.#failures++);
    return most * (1 + Math.random()) / 2;
  }

  #listened(socket) {
    this.#lastReceived = Date.now();
    socket.addEventListener("message", () => {
      this.#lastReceived = Date.now();
    });
    return socket;
  }

  /**
   * Adds to the timers of stompjs, which browsers throttle to once a minute in hidden pages, and which tolerate three
   * silent intervals. A lost network closes no connection: only the silence shows it.
   */
  #beat() {
    if (!this.#client?.connected) {
      return;
    }
    if (Date.now() - this.#lastReceived > SILENT_BEATS * this.#beatMillis) {
      this.#client.forceDisconnect();
    } else {
      this.#client.webSocket.send("\n");
    }
  }
}
