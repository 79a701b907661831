// Who somebody is: who has logged in, as far as the server knows; most people in the chat have not.
const SECRET = "caravan.chat.secret";
const SECRET_BYTES = 16;

/** The name, or null; null too if the server cannot be asked. */
export async function name() {
  try {
    const answer = await fetch("/me", { headers: { Accept: "application/json" } });
    return answer.ok ? (await answer.json()).name : null;
  } catch {
    return null;
  }
}

/** What CONNECT must show so that the server knows that it is this page that speaks for who has logged in. */
export async function headers() {
  const known = (await name()) !== null;
  const pair = document.cookie.split("; ").find((one) => one.startsWith("XSRF-TOKEN="));
  return known && pair ? { "X-XSRF-TOKEN": decodeURIComponent(pair.slice("XSRF-TOKEN=".length)) } : {};
}

/** By this the server knows the same stranger again, in each tab of this browser and after each loss of the connection. */
export const secret = remembered() ?? made();

function remembered() {
  try {
    return localStorage.getItem(SECRET);
  } catch {
    return null; // the browser keeps nothing for this page
  }
}

function made() {
  const bytes = crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
  const it = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  try {
    localStorage.setItem(SECRET, it);
  } catch {
    // Then it holds until the page is left.
  }
  return it;
}
