// The identity of the user: a login known to the server, or, for most people in the chat, none.
const SECRET = "caravan.chat.secret";
const SECRET_BYTES = 16;

/** The name of the login, or null without one or without an answer. */
export async function name() {
  try {
    const answer = await fetch("/me", { headers: { Accept: "application/json" } });
    return answer.ok ? (await answer.json()).name : null;
  } catch {
    return null;
  }
}

/** The headers of CONNECT that prove to the server that this page belongs to the session. */
export async function headers() {
  const known = (await name()) !== null;
  const pair = document.cookie.split("; ").find((one) => one.startsWith("XSRF-TOKEN="));
  return known && pair ? { "X-XSRF-TOKEN": decodeURIComponent(pair.slice("XSRF-TOKEN=".length)) } : {};
}

/** Lets the server recognise an anonymous user in each tab of this browser and after each reconnect. */
export const secret = remembered() ?? made();

function remembered() {
  try {
    return localStorage.getItem(SECRET);
  } catch {
    return null; // the browser stores nothing for this page
  }
}

function made() {
  const bytes = crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
  const it = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  try {
    localStorage.setItem(SECRET, it);
  } catch {
    // The secret then lasts until the page is closed.
  }
  return it;
}
