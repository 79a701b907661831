// Keeps the newest message in view while the user is at the end of the log, and offers a button to it otherwise.
const NEAR_PIXELS = 48;

export class Newest {
  #log;
  #button;
  #follows = true;
  #unseen = 0;

  constructor(log, button) {
    this.#log = log;
    this.#button = button;
    log.addEventListener("scroll", () => this.#scrolled());
    button.addEventListener("click", () => {
      this.show();
      log.focus();
    });
    // The size changes when a phone shows its keyboard, the window is resized, or the message box grows.
    new ResizeObserver(() => this.#follows && this.show()).observe(log);
  }

  /** An item was added at the end. */
  added(count) {
    if (this.#follows) {
      this.show();
      return;
    }
    this.#unseen += count;
    if (this.#unseen > 0) {
      this.#button.textContent = this.#unseen === 1 ? "1 new message" : `${this.#unseen} new messages`;
      this.#button.hidden = false;
    }
  }

  show() {
    this.#follows = true;
    this.#log.scrollTop = this.#log.scrollHeight;
    this.#seen();
  }

  #scrolled() {
    const log = this.#log;
    this.#follows = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_PIXELS;
    if (this.#follows) {
      this.#seen();
    }
  }

  #seen() {
    this.#unseen = 0;
    this.#button.hidden = true;
  }
}
