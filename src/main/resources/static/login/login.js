// Logs in, and leads to where somebody wanted to go; logs out whoever comes here to do that.
const WAIT_MILLIS = 15_000;

const $ = (id) => document.getElementById(id);
const form = $("login");
const query = new URLSearchParams(location.search);
let forget = 0;

/** An address of this server, with its fragment: never another site, whatever a link says. */
function target() {
  try {
    const to = new URL(query.get("to") ?? "/", location.origin);
    if (to.origin === location.origin && to.protocol === location.protocol && !to.pathname.startsWith("/login")) {
      // The server cannot see a fragment when it sends somebody here; the browser keeps it at this page's address.
      to.hash ||= location.hash;
      return to.href; // whole: its path alone may begin with two slashes, and would be another site's
    }
  } catch {
    // No address.
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
  await ask("/me"); // with it comes the cookie
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
    // No JSON: a proxy has answered.
  }
  return detail ?? `The server answers with ${response.status}. Try again in a moment.`;
}

function say(text) {
  clearTimeout(forget);
  $("error").textContent = text;
}

/** Says for how long, and when it is over. */
function sayLocked(text, seconds) {
  say(`${text} Try again in ${seconds} ${seconds === 1 ? "second" : "seconds"}.`);
  forget = setTimeout(() => say("You can try again now."), seconds * 1000);
}

/** Runs a request of somebody's; whatever goes wrong is said. */
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

form.username.focus(); // before anything that takes time: somebody may be typing by then
try {
  const { name, guest } = await (await ask("/me")).json();
  $("guest").hidden = guest !== true;
  $("already").hidden = name === null;
  $("who").textContent = `You are logged in as ${name}.`;
  $("on").href = target();
} catch {
  say("The server does not answer. Try again in a moment.");
}
