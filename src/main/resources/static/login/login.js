// Logs a user in and opens the page they came for; logs out a user who opens it for that.
const WAIT_MILLIS = 15_000;

const $ = (id) => document.getElementById(id);
const form = $("login");
const query = new URLSearchParams(location.search);
let forget = 0;

/** An address on this server, with its fragment; never another site, whatever the link says. */
function target() {
  try {
    const to = new URL(query.get("to") ?? "/", location.origin);
    if (to.origin === location.origin && to.protocol === location.protocol && !to.pathname.startsWith("/login")) {
      // The server does not see the fragment when it redirects here; the browser appends it to this page's address.
      to.hash ||= location.hash;
      return to.href; // absolute: a path that begins with two slashes would lead to another site
    }
  } catch {
    // Not an address.
  }
  return "/";
}

function token() {
  const pair = document.cookie.split("; ").find((one) => one.startsWith("XSRF-TOKEN="));
  return pair ? decodeURIComponent(pair.slice("XSRF-TOKEN=".length)) : "";
}

function ask(path, options = {}) {
  return fetch(path, { ...options, signal: AbortSignal.timeout(WAIT_MILLIS) });
}

async function post(path, body) {
  await ask("/me"); // the response sets the cookie
  return ask(path, { method: "POST", headers: { "X-XSRF-TOKEN": token() }, body });
}

async function reasonOf(response) {
  if (response.status === 403 && token() === "") {
    return "Your browser refuses this site's cookies. Allow them, and log in again.";
  }
  let detail;
  try {
    ({ detail } = await response.json());
  } catch {
    // Not JSON: a proxy has responded.
  }
  return detail ?? `The server answers with ${response.status}. Try again in a moment.`;
}

function say(text) {
  clearTimeout(forget);
  $("error").textContent = text;
}

/** Shows the remaining time, and when it is over. */
function sayLocked(text, seconds) {
  say(`${text} Try again in ${seconds} ${seconds === 1 ? "second" : "seconds"}.`);
  forget = setTimeout(() => say("You can try again now."), seconds * 1000);
}

/** Runs an action of the user and shows its error. */
async function attempt(request) {
  if (form.ariaBusy === "true") {
    return;
  }
  say("");
  form.ariaBusy = "true";
  try {
    const response = await request();
    if (response.ok) {
      return true;
    }
    const reason = await reasonOf(response);
    const seconds = Number(response.headers.get("Retry-After"));
    if (response.status === 429 && seconds > 0) {
      sayLocked(reason, seconds);
    } else {
      say(reason);
    }
    form.password.select();
  } catch {
    say("The server does not answer. Try again in a moment.");
  } finally {
    form.ariaBusy = null;
  }
  return false;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (await attempt(() => post("/login", new URLSearchParams(new FormData(form))))) {
    location.replace(target());
  }
});

$("logout").addEventListener("click", async () => {
  if (await attempt(() => post("/logout"))) {
    location.replace("/login");
  }
});

form.username.focus(); // before anything slow: the user may already be typing
try {
  const { name, guest } = await (await ask("/me")).json();
  $("guest").hidden = guest !== true;
  $("already").hidden = name === null;
  $("who").textContent = `You are logged in as ${name}.`;
  $("on").href = target();
} catch {
  say("The server does not answer. Try again in a moment.");
}
