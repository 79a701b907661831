// The dashboard: finds out who looks at it, shows the view that the address names, and keeps it as things are now.
import { Problem, get, send, toLogin } from "./api.js";
import { el, say } from "./elements.js";
import { Job } from "./job.js";
import { Jobs } from "./jobs.js";
import { Nodes } from "./nodes.js";
import { Poll } from "./poll.js";
import { countRefused } from "./refused.js";
import { Route } from "./route.js";
import { Routes } from "./routes.js";

const $ = (id) => document.getElementById(id);
const TITLE = document.title;

let view = null;
let poll = null;
let me = null;
let types = [];

async function start() {
  try {
    const { name, roles } = await get("/me");
    if (name === null) {
      toLogin();
      return;
    }
    me = { name, may: (role) => roles.includes(role) };
    ({ types } = await get("/jobs/types"));
  } catch (error) {
    outcome(error);
    setTimeout(start, 3_000);
    return;
  }
  say($("me"), me.name);
  $("logout").hidden = false;
  document.querySelectorAll("[data-role]").forEach((link) => {
    link.hidden = !me.may(link.dataset.role);
  });
  if (me.may("operator")) {
    countRefused(document.querySelector("nav a[href='#/routes']"));
  }
  window.addEventListener("hashchange", show);
  show();
}

function show() {
  poll?.stop();
  view?.stop?.();
  const [, name = "jobs", rest] = /^#\/([a-z]+)(?:\/(.+))?$/.exec(location.hash) ?? [];
  const one = rest === undefined ? null : decoded(rest);
  view = make(name, one);
  document.title = `${one ?? name[0].toUpperCase() + name.slice(1)} · ${TITLE}`;
  document.querySelectorAll("nav a").forEach((link) => {
    link.ariaCurrent = link.hash === `#/${name}` ? "page" : null;
  });
  $("view").replaceChildren(view.element);
  const shown = view;
  poll = new Poll((signal) => shown.update(signal), outcome);
  poll.start();
}

function make(name, one) {
  if (name === "routes" && me.may("operator")) {
    return one === null ? new Routes() : new Route(one);
  }
  if (name === "nodes" && me.may("operator")) {
    return new Nodes();
  }
  return one === null ? new Jobs(types, me, () => poll.now()) : new Job(one, me);
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function outcome(error) {
  const status = $("connection");
  status.dataset.state = error === null ? "good" : "bad";
  say(status, error === null ? "Live" : error instanceof Problem ? error.message : "Not connected");
  if (error instanceof Problem && error.status === 404 && view instanceof Job) {
    poll.stop();
    view.element.append(el("p", { class: "error", role: "alert" }, error.message));
  }
}

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && view?.focusSearch) {
    event.preventDefault();
    view.focusSearch();
  }
});
$("logout").addEventListener("click", async () => {
  await send("POST", "/logout");
  toLogin();
});

start();
