// What the user does by the buttons of a page, and what has become of the last act.
import { reason, send } from "./api.js";
import { el, say } from "./elements.js";

export class Acts {
  #path;
  #refresh;
  buttons = el("div", { class: "buttons", hidden: true });
  done = el("p", { role: "status", class: "note" });
  #refused = el("p", { class: "error", role: "alert" });
  elements = [this.buttons, this.done, this.#refused];

  /**
   * @param path of what the page shows
   * @param refresh reads that at once
   */
  constructor(path, refresh) {
    this.#path = path;
    this.#refresh = refresh;
  }

  /** The response; undefined if the server has refused. */
  async send(method, part, done) {
    const buttons = this.buttons.querySelectorAll("button");
    buttons.forEach((button) => (button.ariaDisabled = "true"));
    say(this.#refused, "");
    say(this.done, "");
    try {
      const answer = await send(method, this.#path + part);
      say(this.done, done);
      if (method !== "DELETE") {
        this.#refresh();
      }
      return answer;
    } catch (error) {
      say(this.#refused, reason(error));
      return undefined;
    } finally {
      buttons.forEach((button) => button.removeAttribute("aria-disabled"));
    }
  }
}
