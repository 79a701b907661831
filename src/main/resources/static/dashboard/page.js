// The dashboard: reads the current user, shows the view of the address, and keeps it up to date.
import { Problem, get, send, toLogin } from "./api.js";
import { Batch } from "./batch.js";
import { Batches } from "./batches.js";
import { Connection } from "./connection.js";
import { Dead } from "./dead.js";
import { Draft } from "./draft.js";
import { EditRoute, ROUTE_DRAFT, TESTS_DRAFT } from "./edit-route.js";
import { el, say } from "./elements.js";
import { Job } from "./job.js";
import { Jobs } from "./jobs.js";
import { Nodes } from "./nodes.js";
import { Poll } from "./poll.js";
import { PublicationDraft } from "./publication-draft.js";
import { Publications } from "./publications.js";
import { countRejected } from "./rejected.js";
import { Route } from "./route.js";
import { Routes } from "./routes.js";
import { Schedule } from "./schedule.js";
import { Schedules } from "./schedules.js";
import { Webhook } from "./webhook.js";
import { Webhooks } from "./webhooks.js";

const $ = (id) => document.getElementById(id);
const TITLE = document.title;

const connection = new Connection(() => poll?.now());
const pollListener = {
  updated(more) {
    connection.updated(more);
    entitle();
  },
  late: () => connection.late(),
  paused: () => connection.paused(),
  lost,
};

let view = null;
let poll = null;
let me = null;

/** The first request: the user's roles determine what the page shows. */
async function enter(signal) {
  const { name, roles } = await get("/me", signal);
  if (name === null) {
    toLogin();
    throw new Problem(401, "Log in first.");
  }
  me = { name, may: (...any) => any.some((role) => roles.includes(role)) };
  say($("me"), me.name);
  $("logout").hidden = false;
  document.querySelectorAll("[data-role]").forEach((link) => {
    link.hidden = !me.may(...link.dataset.role.split(" "));
  });
  if (me.may("operator", "author", "approver")) {
    countRejected(document.querySelector("nav a[href='#/routes']"));
  }
  window.addEventListener("hashchange", () => show(true));
  show(false);
}

/** @param navigated whether the user came from another view: then the focus moves to the heading of this one */
function show(navigated) {
  const [path, query = ""] = location.hash.slice(1).split("?", 2);
  const [, name = "jobs", rest] = /^\/([a-z]+)(?:\/(.+))?$/.exec(path) ?? [];
  const one = rest === undefined ? null : decoded(rest);
  const asked = new URLSearchParams(query);
  if (view?.go?.(name, one, asked)) {
    poll.now();
    return;
  }
  document.querySelectorAll("nav a").forEach((link) => {
    link.ariaCurrent = link.hash === `#/${name}` ? "page" : null;
  });
  open(make(name, one, asked), navigated);
}

function make(name, one, asked) {
  switch (name) {
    case "jobs":
      return one === null ? new Jobs(me, asked, () => poll.now()) : new Job(one, me, () => poll.now());
    case "batches":
      return one === null ? new Batches(asked) : new Batch(one, me, () => poll.now());
    case "dead":
      return new Dead(me);
    case "schedules":
      return one === null ? new Schedules(me) : new Schedule(one, me, () => poll.now());
    case "webhooks":
      if (!me.may("operator")) {
        return refused();
      }
      return one === null ? new Webhooks() : new Webhook(one, () => poll.now());
    case "routes":
      if (!me.may("operator", "author", "approver")) {
        return refused("This page needs the role operator, author or approver.");
      }
      if (one === null && asked.has("file")) {
        return me.may("author") ? new EditRoute(asked.get("file"), asked.get("template"), me) : refused("This page needs the role author.");
      }
      return one === null ? new Routes(me) : new Route(one, me, () => poll.now());
    case "publications":
      if (!me.may("operator", "author", "approver")) {
        return refused("This page needs the role operator, author or approver.");
      }
      return one === null ? new Publications(me, () => poll.now()) : new PublicationDraft(one, me);
    case "nodes":
      return me.may("operator") ? new Nodes() : refused();
    default:
      return words("No such page", `The dashboard has no page “${name}”.`);
  }
}

/** Replaces the current view, and polls for its data while it is shown. */
function open(next, focused) {
  poll?.stop();
  view?.stop?.();
  view = next;
  $("content").replaceChildren(view.element);
  const heading = view.element.querySelector("h1");
  heading?.setAttribute("tabindex", "-1");
  if (focused) {
    heading?.focus();
  }
  connection.opened();
  entitle();
  if (view.update) {
    poll = new Poll((signal) => next.update(signal), pollListener);
    poll.start();
  } else {
    connection.still();
  }
}

function entitle() {
  const title = view?.title ?? view?.element.querySelector("h1")?.textContent;
  const whole = title ? `${title} · ${TITLE}` : TITLE;
  if (document.title !== whole) {
    document.title = whole;
  }
}

function lost(error) {
  switch (error instanceof Problem ? error.status : 0) {
    case 401:
      poll.stop(); // on the way to the form
      break;
    case 403:
      open(refused(error.message), true);
      break;
    case 404:
      open(words(view?.missing?.title ?? "Not found", view?.missing?.text ?? error.message), true);
      break;
    default:
      connection.lost(error);
  }
}

function refused(why = "This page needs the role operator.") {
  return words("Not allowed", `${why} You are logged in as ${me?.name ?? "somebody"}.`);
}

/** A view that explains why there is nothing to show. */
function words(title, text) {
  return { element: el("section", { class: "words" }, el("h1", {}, title), el("p", {}, text),
    el("p", {}, el("a", { href: "#/jobs" }, "To the jobs"))) };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && view?.focusSearch) {
    event.preventDefault();
    view.focusSearch();
  }
});
// The fragment of the skip link must not become the address of a view.
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  $("view").focus();
});
$("logout").addEventListener("click", async () => {
  try {
    await send("POST", "/logout");
    new Draft(me.name).drop();
    new Draft(me.name, ROUTE_DRAFT).drop();
    new Draft(me.name, TESTS_DRAFT).drop();
    toLogin();
  } catch (error) {
    connection.lost(error);
  }
});
window.addEventListener("pagehide", () => poll?.stop());
window.addEventListener("pageshow", (event) => event.persisted && poll?.start());

poll = new Poll(enter, pollListener);
poll.start();
