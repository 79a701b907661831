// What a new route file begins with.
import { getText } from "./api.js";
import { ROUTES, TESTS } from "./files.js";

/** Of each: its id, which is the name of its text, what it is for, and where such files lie; the last one has a place of its own. */
export const TEMPLATES = [
  { id: "job", title: "Handler of a type of job", folder: "jobs" },
  { id: "subscriber", title: "Subscriber to events", folder: "events" },
  { id: "schedule", title: "Schedule that submits jobs", folder: "schedules" },
  { id: "webhook", title: "Handler of what another server's webhook sends", folder: "jobs" },
  { id: "chat", title: "Filter of the chat's messages", file: "chat/publish.camel.yaml" },
];
/** That of the tests of a route file. */
export const TESTS_TEMPLATE = "tests";
/** What stands in a text for the name of its file. */
const NAME = /NAME/g;

/** The text of a template for this file; empty if there is no such template. */
export async function textOf(id, file) {
  const isOfTests = id === TESTS_TEMPLATE;
  if (!isOfTests && !TEMPLATES.some((template) => template.id === id)) {
    return "";
  }
  const name = /([^/]+)\.(?:camel|test)\.yaml$/.exec(file)?.[1] ?? "";
  return (await getText(`/dashboard/templates/${id}${isOfTests ? TESTS : ROUTES}`)).replace(NAME, () => name);
}
