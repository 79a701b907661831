// Asks again and again, one request at a time: while the page is seen, and less often while the server does not answer.
const PERIOD_MILLIS = 2_000;
const LONGEST_MILLIS = 30_000;

export class Poll {
  #ask;
  #outcome;
  #timer = 0;
  #failures = 0;
  #abort = null;
  #shown = () => document.hidden || this.now();

  /**
   * @param ask gets a signal and returns a promise
   * @param outcome is told null after each success, else the error
   */
  constructor(ask, outcome) {
    this.#ask = ask;
    this.#outcome = outcome;
  }

  start() {
    document.addEventListener("visibilitychange", this.#shown);
    this.now();
  }

  stop() {
    document.removeEventListener("visibilitychange", this.#shown);
    clearTimeout(this.#timer);
    this.#abort?.abort();
    this.#abort = null;
  }

  /** Does not wait any longer. */
  async now() {
    clearTimeout(this.#timer);
    this.#abort?.abort();
    const abort = (this.#abort = new AbortController());
    try {
      await this.#ask(abort.signal);
      this.#failures = 0;
      if (!abort.signal.aborted) {
        this.#outcome(null);
      }
    } catch (error) {
      if (abort.signal.aborted) {
        return;
      }
      this.#failures++;
      this.#outcome(error);
    }
    if (!abort.signal.aborted && !document.hidden) {
      this.#timer = setTimeout(() => this.now(), Math.min(LONGEST_MILLIS, PERIOD_MILLIS * 2 ** this.#failures));
    }
  }
}
