// Polls with one request at a time: while the page is visible, and less often while the server does not respond.
const PERIOD_MILLIS = 2_000;
const LONGEST_MILLIS = 30_000;
/** A slower response counts as late, a much slower one as lost. */
const LATE_MILLIS = 2_000;
const LOST_MILLIS = 10_000;

export class Poll {
  #ask;
  #listener;
  #timer = 0;
  #late = 0;
  #failures = 0;
  #abort = null;
  #shown = () => (document.hidden ? this.#pause() : this.now());

  /**
   * @param ask gets an abort signal and returns a promise: false ends the polling, true or undefined continues it
   * @param listener its updated(more), late(), paused() and lost(error) are called
   */
  constructor(ask, listener) {
    this.#ask = ask;
    this.#listener = listener;
  }

  start() {
    document.addEventListener("visibilitychange", this.#shown);
    window.addEventListener("online", this.#shown);
    this.now();
  }

  stop() {
    document.removeEventListener("visibilitychange", this.#shown);
    window.removeEventListener("online", this.#shown);
    this.#cancel();
  }

  /** Sends the next request at once. */
  async now() {
    this.#cancel();
    const abort = (this.#abort = new AbortController());
    this.#late = setTimeout(() => this.#listener.late(), LATE_MILLIS);
    let more;
    let failure = null;
    try {
      more = await this.#ask(AbortSignal.any([abort.signal, AbortSignal.timeout(LOST_MILLIS)]));
    } catch (error) {
      failure = error;
    }
    if (abort.signal.aborted) {
      return;
    }
    clearTimeout(this.#late);
    this.#failures = failure === null ? 0 : this.#failures + 1;
    if (more === false) {
      this.stop();
    } else {
      this.#timer = setTimeout(() => this.now(), Math.min(LONGEST_MILLIS, PERIOD_MILLIS * 2 ** this.#failures));
    }
    if (failure === null) {
      this.#listener.updated(more !== false);
    } else {
      this.#listener.lost(failure);
    }
  }

  #pause() {
    this.#cancel();
    this.#listener.paused();
  }

  #cancel() {
    clearTimeout(this.#timer);
    clearTimeout(this.#late);
    this.#abort?.abort();
    this.#abort = null;
  }
}
