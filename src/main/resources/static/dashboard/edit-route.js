// The page that edits a route file, or its tests: the text, what is wrong with it, a look at what a publication does, and the
// publication.
import { get, getText, reason, send } from "./api.js";
import { Checker } from "./checker.js";
import { completions } from "./completions.js";
import { Draft } from "./draft.js";
import { Drawing } from "./drawing.js";
import { el, say } from "./elements.js";
import { ROUTES, TESTS, addressOf, pathOf, testedBy, testsOf } from "./files.js";
import { PlainText } from "./plain-text.js";
import { Review, effects } from "./review.js";
import { problemList } from "./routes.js";
import { TESTS_TEMPLATE, textOf } from "./templates.js";
import { TryRoute } from "./try-route.js";

/** The kinds of its {@link Draft}: of a route file, and of tests, which are written while a route file is. */
export const ROUTE_DRAFT = "route-draft";
export const TESTS_DRAFT = "tests-draft";
const DRAFT = "This is your draft, which is not published.";
const CHANGED = "The file has changed since you began: the review shows how they differ.";

export class EditRoute {
  #file;
  #isTests;
  /** The route file itself, or that of the tests. */
  #routes;
  #template;
  #draft;
  /** For a draft that others see: one of each author and file. */
  #name;
  /** What runs, as it was when the page was opened or when it was published. Tests have no revision here: it is their text. */
  #runs = { text: "", revision: undefined, isThere: false };
  #text = null;
  #origin = "";
  #checker;
  #try = null;
  #problemsShown = "";
  #about = el("p", { class: "note" });
  /** The way to the tests, and back. */
  #other = el("p");
  #place = el("div");
  /** What the key on the line of the caret is for. */
  #help = el("p", { class: "note key-help" });
  /** Of the caret. */
  #line = 1;
  #drawing = new Drawing((line) => this.#text.go(line));
  #outcome = el("p", { role: "status" });
  #problems = el("div", { "aria-live": "polite" });
  #error = el("p", { class: "error", role: "alert" });
  #reviewButton = el("button", { type: "button", onclick: () => this.#look() }, "Review and publish");
  #isFormatting = false;
  #formatButton = el("button", { type: "button", class: "quiet", "aria-keyshortcuts": "Shift+Alt+F", title: "Shift+Alt+F",
    onclick: () => this.#format() }, "Format");
  #runButton = el("button", { type: "button", class: "quiet", onclick: () => this.#run() }, "Run the tests");
  #dropButton = el("button", { type: "button", class: "quiet", hidden: true, onclick: () => this.#drop() }, "Discard the draft");
  #review;
  #parts;
  element;

  /** @param template what the file begins with if it is not there yet; null for an empty one */
  constructor(file, template, me) {
    this.#isTests = file.endsWith(TESTS);
    this.#file = this.#isTests || file.endsWith(ROUTES) ? file : file + ROUTES;
    this.#routes = this.#isTests ? testedBy(file) : this.#file;
    this.#template = template;
    this.#draft = new Draft(me.name, this.#isTests ? TESTS_DRAFT : ROUTE_DRAFT);
    this.#name = `${this.#routes.slice(0, -ROUTES.length)}${this.#isTests ? "-tests" : ""}-${me.name}`
      .toLowerCase().replace(/[^a-z0-9]+/g, "-").slice(0, 64);
    this.#checker = new Checker(this.#file, { checked: (result) => this.#checked(result), failed: (error) => this.#failed(error) });
    this.#review = new Review(() => this.#publish(), () => this.#store(), () => this.#text.focus());
    this.#parts = el("div", { hidden: true },
      el("section", { class: "panel", onkeydown: (event) => this.#key(event) },
        this.#isTests ? this.#place
          : el("div", { class: "beside" }, el("div", {}, this.#place, this.#help), this.#drawing.element), this.#problems, this.#error,
        el("div", { class: "buttons" }, this.#reviewButton, this.#isTests ? this.#runButton : this.#formatButton, this.#dropButton)),
      this.#review.element, this.#outcome);
    this.element = el("div", { class: "edit-route" },
      el("p", {}, el("a", { href: "#/routes" }, "All routes")),
      el("h1", {}, this.#file),
      el("p", { class: "note" }, this.#isTests ? "Tests run before each publication of their routes, which must pass them. "
        : "Routes are code: what you publish runs on the nodes, with all that they may do. ",
      "Tab indents; press Escape, then Tab, to leave the text."),
      this.#other, this.#about, this.#parts);
  }

  /** Reads what runs, once; from then on the text is the author's, who is told when the file changes. */
  async update(signal) {
    const before = this.#runs;
    const { files, writable } = await get("/routes/files", signal);
    const routes = files.find(({ file }) => file === this.#routes);
    this.#showOther(routes);
    const now = await this.#now(routes, signal);
    if (!writable) {
      say(this.#about, "Route files cannot be edited here: caravan.routes.writable is not on, or they are those in the jar.");
    } else if (this.#text === null) {
      if (now) {
        this.#runs = { text: now.text ?? await this.#read(signal), revision: now.revision, isThere: true };
      }
      this.#open(this.#template ? await textOf(this.#template, this.#file) : this.#runs.text, routes?.routes[0] ?? null);
    } else if (before === this.#runs) { // otherwise the response is older than the publication
      say(this.#about, now?.revision === this.#runs.revision ? this.#origin : CHANGED);
    }
  }

  /** The file as it is on the server; undefined if it is not there. */
  async #now(routes, signal) {
    if (!this.#isTests) {
      return routes;
    }
    const text = routes?.tests ? await this.#read(signal) : undefined;
    return text === undefined ? undefined : { text, revision: text };
  }

  #showOther(routes) {
    const href = this.#isTests ? addressOf(this.#routes)
      : routes && addressOf(testsOf(this.#file), routes.tests ? undefined : TESTS_TEMPLATE);
    if (href !== this.#other.firstElementChild?.getAttribute("href")) {
      this.#other.replaceChildren(...(href
        ? [el("a", { href }, this.#isTests ? "The routes" : routes.tests ? "Their tests" : "Write tests for them")] : []));
    }
  }

  /** What runs, with the line ends that editors make of others. */
  async #read(signal) {
    return (await getText(pathOf(this.#file), signal)).replaceAll("\r\n", "\n");
  }

  stop() {
    this.#checker.stop();
    this.#text?.stop?.();
  }

  #open(begun, route) {
    const draft = this.#draft.read();
    const mine = draft?.file === this.#file && draft.text !== this.#runs.text ? draft : null;
    this.#origin = this.#originOf(mine);
    say(this.#about, this.#origin);
    this.#show(new PlainText(`Text of ${this.#file}`, mine?.text ?? begun, () => this.#typed(),
      (line) => this.#moved(line)));
    if (!this.#isTests) {
      this.#try = new TryRoute(route, () => this.#text.text, ({ steps }) => this.#drawing.mark(steps));
      this.#try.offer(this.#file, "");
      this.#parts.append(this.#try.element);
    }
    this.#parts.hidden = false;
    this.#typed();
    this.#improve();
  }

  /** Where the text comes from, if it is not what runs. */
  #originOf(draft) {
    if (draft !== null) {
      return draft.revision === this.#runs.revision ? DRAFT : `${DRAFT} ${CHANGED}`;
    }
    if (!this.#runs.isThere) {
      return "A new file.";
    }
    return this.#template ? "This file is there already. Here is the template: the review shows how they differ." : "";
  }

  #show(text) {
    this.#text?.stop?.();
    this.#text = text;
    this.#place.replaceChildren(text.element);
  }

  /** Without the editor the plain area stays. */
  async #improve() {
    try {
      const { Code } = await import("./code.js");
      if (this.element.isConnected) {
        const { text, caret } = this.#text;
        this.#show(new Code(`Text of ${this.#file}`, text, () => this.#typed(), (line) => this.#moved(line), caret,
          !this.#isTests));
        this.#problemsShown = "";
        this.#checker.changed(text);
      }
    } catch (error) {
      console.warn("The editor did not load; the plain text area remains.", error);
    }
  }

  #typed() {
    const text = this.#text.text;
    const differs = text !== this.#runs.text;
    if (differs) {
      this.#draft.write({ file: this.#file, text, revision: this.#runs.revision });
    } else if (this.#draft.read()?.file === this.#file) {
      this.#draft.drop();
    }
    this.#dropButton.hidden = !differs;
    this.#review.close();
    say(this.#outcome, "");
    this.#drawing.mark([]);
    this.#checker.changed(text);
  }

  /** The caret is on another line, or that line has changed. */
  async #moved(line) {
    if (this.#isTests) {
      return;
    }
    this.#line = line;
    this.#drawing.at(line);
    const known = await completions().catch(() => null); // without them there is no help
    say(this.#help, known?.help(this.#text.text.split("\n").slice(0, line)) ?? "");
  }

  #checked({ outline, ...result }) {
    say(this.#error, "");
    if (!this.#isTests) {
      this.#drawing.show(outline);
    }
    this.#moved(this.#line);
    this.#tell(result);
  }

  #tell({ problems, ...change }) {
    const key = JSON.stringify([problems, change]);
    if (key === this.#problemsShown) {
      return;
    }
    this.#problemsShown = key;
    this.#text.mark(problems.filter(({ file, line }) => file === this.#file && line));
    this.#problems.replaceChildren(problems.length === 0
      ? el("p", { class: "note" }, `No problems. ${effects(change).join(" ")}`)
      : el("section", { class: "panel refused" },
        el("h2", {}, problems.length === 1 ? "A problem" : `${problems.length} problems`),
        problemList(problems, ({ file, line, column }) => file === this.#file && line ? () => this.#text.go(line, column) : null)));
  }

  #failed(error) {
    say(this.#error, `The text could not be checked: ${reason(error)}`);
  }

  /** Runs the tests as they are written, on the routes that run. */
  async #run() {
    if (this.#runButton.disabled) {
      return;
    }
    this.#runButton.disabled = true;
    say(this.#error, "");
    say(this.#outcome, "The tests run…");
    const text = this.#text.text;
    try {
      const checked = await send("POST", "/routes/check", JSON.stringify({ file: this.#file, text, tests: true }));
      if (text === this.#text.text) {
        this.#checker.stop();
        this.#checked(checked);
        this.#toFirst(checked.problems);
        say(this.#outcome, checked.problems.length === 0 ? `All tests pass on ${this.#routes} as it runs.` : "");
      }
    } catch (error) {
      say(this.#outcome, "");
      this.#failed(error);
    } finally {
      this.#runButton.disabled = false;
    }
  }

  /** Shows the problems, or what a publication does. The tests beside a route file run, too. */
  async #look() {
    if (this.#reviewButton.disabled) {
      return;
    }
    this.#reviewButton.disabled = true;
    say(this.#error, "");
    say(this.#outcome, "");
    const text = this.#text.text;
    try {
      const [checked, { files, publication, approval }, { routes }] = await Promise.all([
        send("POST", "/routes/check", JSON.stringify({ file: this.#file, text, tests: !this.#isTests })),
        get("/routes/files"), get("/routes")]);
      const runs = files.find(({ file }) => file === this.#routes);
      const now = (this.#isTests ? runs?.tests : runs) ? await this.#read() : "";
      if (text !== this.#text.text) {
        return; // it was written on meanwhile
      }
      this.#checker.stop();
      this.#checked(checked);
      if (checked.problems.length > 0) {
        this.#toFirst(checked.problems);
      } else {
        this.#review.open(now, text, checked, routes, { drafts: publication !== undefined, approval });
      }
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#reviewButton.disabled = false;
    }
  }

  /** @param problems of an error that may have none */
  #refused(problems = []) {
    if (problems.length > 0) {
      this.#tell({ problems, added: [], changed: [], removed: [] });
      this.#toFirst(problems);
    }
  }

  #toFirst(problems) {
    const first = problems.find(({ file, line }) => file === this.#file && line);
    if (first) {
      this.#text.go(first.line, first.column);
    }
  }

  async #publish() {
    const text = this.#text.text;
    try {
      const edit = await send("PUT", pathOf(this.#file), text, { headers: { "Content-Type": "application/yaml" } });
      this.#runs = { text, revision: this.#isTests ? text : edit.revision, isThere: true };
      this.#origin = "";
      say(this.#about, "");
      this.#typed(); // perhaps it was, meanwhile
      const where = (edit.nodes ?? []).filter(({ runs }) => runs >= edit.publication).map(({ name }) => name);
      const route = [...edit.changed, ...edit.added][0];
      this.#outcome.replaceChildren(
        `Published: revision ${edit.revision} of ${this.#file} is live${where.length > 0 ? ` on ${where.join(", ")}` : ""}. `,
        ...(route ? [el("a", { href: `#/routes/${encodeURIComponent(route)}` }, `To the route ${route}`)] : []));
      this.#reviewButton.focus();
    } catch (error) {
      this.#refused(error.problems);
      say(this.#error, `Not published: ${reason(error, " It may be published all the same: look at the file.")}`);
    }
  }

  /** Keeps the text on the server, where somebody else can publish it. */
  async #store() {
    try {
      await send("PUT", `/routes/drafts/${this.#name}`, JSON.stringify({ files: { [this.#file]: this.#text.text } }));
      this.#outcome.replaceChildren("Stored as a draft, which no node runs: ",
        el("a", { href: `#/publications/${this.#name}` }, this.#name), ".");
      this.#reviewButton.focus();
    } catch (error) {
      say(this.#error, `Not stored: ${reason(error)}`);
    }
  }

  /** As in other editors. */
  #key(event) {
    if (!this.#isTests && event.code === "KeyF" && event.shiftKey && event.altKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      this.#format();
    }
  }

  async #format() {
    if (this.#isFormatting) {
      return;
    }
    this.#isFormatting = true;
    say(this.#error, "");
    const text = this.#text.text;
    try {
      const formatted = (await send("POST", "/routes/format", JSON.stringify({ file: this.#file, text }))).text;
      if (text !== this.#text.text) {
        return; // it was written on meanwhile
      }
      if (formatted !== text) {
        this.#text.replace(formatted);
      }
      say(this.#outcome, formatted === text ? "Nothing to format." : "Formatted.");
    } catch (error) {
      this.#refused(error.problems);
      say(this.#error, `Not formatted: ${reason(error)}`);
    } finally {
      this.#isFormatting = false;
    }
  }

  #drop() {
    this.#draft.drop();
    if (!this.#runs.isThere) {
      location.hash = "#/routes";
      return;
    }
    this.#text.text = this.#runs.text;
    this.#origin = "";
    say(this.#about, "");
    this.#typed();
    this.#reviewButton.focus();
  }
}
