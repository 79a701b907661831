// The form that stores a schedule: a new one, or another version of one that no file defines.
import { get, reason, send } from "./api.js";
import { el, labelled, say, textField } from "./elements.js";

const CRON = /[\s@]/;
const CHOICES = {
  missed: { one: "submit the latest", skip: "drop them", all: "submit each, 100 at the most" },
  overlap: { skip: "drop the firing", queue: "wait for the job", cancel: "cancel the job", allow: "run both" },
};

export class ScheduleForm {
  #taken = new Set();
  #paused = false;
  #edited;
  #stored;
  #fields;
  #error = el("p", { class: "error", role: "alert" });
  #button = el("button", { type: "submit" }, "Save");
  opener;
  element;

  /**
   * @param edited name of the schedule that is edited; null for a new one
   * @param stored is called when it is stored
   */
  constructor(edited, stored) {
    this.#edited = edited;
    this.#stored = stored;
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "UTC";
    this.#fields = {
      name: text("name", { required: true, pattern: "[a-z0-9][a-z0-9\\-]*", maxlength: 64, readonly: edited !== null, value: edited ?? "" }),
      type: el("select", { id: "schedule-type" }),
      when: text("when", { required: true, placeholder: "0 0 2 * * * or 10m" }),
      zone: text("zone", { value: zone }),
      description: text("description", { maxlength: 500 }),
      payload: el("textarea", { id: "schedule-payload", rows: 4, spellcheck: "false", placeholder: "{}" }),
      missed: choice("missed"),
      grace: text("grace", { value: "1h" }),
      overlap: choice("overlap"),
      jitter: text("jitter", { value: "0s" }),
    };
    const field = this.#fields;
    const title = edited === null ? "New schedule" : "Edit";
    this.opener = el("button", { type: "button", class: edited === null ? null : "quiet", "aria-expanded": "false",
      "aria-controls": "schedule-form", onclick: () => this.#open(this.element.hidden) }, title);
    this.element = el("form", { id: "schedule-form", class: "panel", hidden: true, onsubmit: (event) => this.#save(event),
      onkeydown: (event) => event.key === "Escape" && this.#open(false) },
      el("h2", {}, edited === null ? title : `Edit ${edited}`),
      labelled("Name", field.name), labelled("Type of its jobs", field.type),
      labelled("When: second, minute, hour, day, month, weekday; or an interval such as 10m", field.when),
      labelled("Time zone, unless it is an interval", field.zone),
      labelled("Payload, as JSON; may be empty", field.payload),
      labelled("Description", field.description),
      el("details", {}, el("summary", {}, "When it is late, or too slow"),
        labelled("Firings that were missed", field.missed), labelled("Drop firings that are older than", field.grace),
        labelled("While the last job runs", field.overlap), labelled("Spread firings over", field.jitter)),
      this.#error,
      el("div", { class: "buttons" }, this.#button,
        el("button", { type: "button", class: "quiet", onclick: () => this.#open(false) }, "Cancel")));
  }

  /** A new one must have another name than these. */
  keepOff(names) {
    this.#taken = new Set(names);
  }

  /** Shows a schedule as it is stored, until the form is opened. */
  fill(schedule) {
    if (!this.element.hidden) {
      return;
    }
    for (const name of ["zone", "description", "missed", "grace", "overlap", "jitter"]) {
      this.#fields[name].value = schedule[name] ?? this.#fields[name].value;
    }
    this.#paused = schedule.paused;
    this.#fields.when.value = schedule.cron ?? schedule.every;
    this.#fields.payload.value = schedule.payload === undefined ? "" : JSON.stringify(schedule.payload, null, 2);
    this.#offer([schedule.type], schedule.type);
  }

  async #open(open) {
    this.element.hidden = !open;
    this.opener.ariaExpanded = String(open);
    say(this.#error, "");
    (open ? (this.#edited === null ? this.#fields.name : this.#fields.when) : this.opener).focus();
    if (open) {
      try {
        const { types } = await get("/jobs/types");
        this.#offer(types.map(({ type }) => type), this.#fields.type.value);
      } catch (error) {
        say(this.#error, error.message);
      }
    }
  }

  #offer(types, chosen) {
    const all = [...new Set([...types, chosen])].filter(Boolean).sort();
    this.#fields.type.replaceChildren(...all.map((type) => el("option", { value: type }, type)));
    this.#fields.type.value = chosen || all[0];
  }

  async #save(event) {
    event.preventDefault();
    if (this.#button.disabled) {
      return;
    }
    say(this.#error, "");
    const { name, type, when, payload, ...others } = Object.fromEntries(
      Object.entries(this.#fields).map(([key, field]) => [key, field.value.trim()]));
    if (this.#edited === null && this.#taken.has(name)) {
      say(this.#error, `There is a schedule ${name} already.`);
      this.#fields.name.focus();
      return;
    }
    const cron = CRON.test(when);
    const schedule = { type, [cron ? "cron" : "every"]: when, ...others, zone: cron ? others.zone || undefined : undefined,
      paused: this.#paused };
    this.#button.disabled = true;
    try {
      // The text of the payload as it was typed: JavaScript would round large numbers.
      const body = JSON.stringify(schedule).slice(0, -1) + (payload === "" ? "}" : `,"payload":${payload}}`);
      await send("PUT", `/schedules/${encodeURIComponent(name)}`, body);
      this.#open(false);
      this.#stored(name);
    } catch (error) {
      say(this.#error, reason(error));
    } finally {
      this.#button.disabled = false;
    }
  }
}

function text(name, attributes) {
  return textField(`schedule-${name}`, attributes);
}

function choice(name) {
  return el("select", { id: `schedule-${name}` },
    Object.entries(CHOICES[name]).map(([value, words]) => el("option", { value }, `${value}: ${words}`)));
}
