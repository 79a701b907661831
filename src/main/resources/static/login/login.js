// Logs in, and leads to where somebody wanted to go; logs out whoever comes here to do that.
const form = document.getElementById("login");
const error = document.getElementById("error");
const said = document.getElementById("said");
const logout = document.getElementById("logout");

const query = new URLSearchParams(location.search);

/** A path of this server: never another site, whatever a link says. */
function target() {
  const to = new URL(query.get("to") ?? "/", location.origin);
  return to.origin === location.origin ? to.href : "/";
}

function token() {
  const pair = document.cookie.split("; ").find((one) => one.startsWith("XSRF-TOKEN="));
  return pair ? decodeURIComponent(pair.slice("XSRF-TOKEN=".length)) : "";
}

async function post(path, body) {
  await fetch("/me"); // with it comes the cookie
  return fetch(path, { method: "POST", headers: { "X-XSRF-TOKEN": token() }, body });
}

async function reasonOf(response) {
  try {
    return (await response.json()).detail;
  } catch {
    return `The server answered ${response.status}.`;
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  error.textContent = "";
  form.ariaBusy = "true";
  try {
    const response = await post("/login", new URLSearchParams(new FormData(form)));
    if (response.ok) {
      location.replace(target());
      return;
    }
    error.textContent = await reasonOf(response);
    form.password.select();
  } catch {
    error.textContent = "The server cannot be reached.";
  } finally {
    form.ariaBusy = null;
  }
});

logout.addEventListener("click", async () => {
  await post("/logout");
  location.replace("/login");
});

form.username.focus(); // before anything that takes time: somebody may be typing by then
const { name } = await (await fetch("/me")).json();
if (name !== null) {
  said.textContent = `You are logged in as ${name}.`;
  logout.hidden = false;
}
