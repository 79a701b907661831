// Who has logged in, as far as the server knows; most people in the chat have not.

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
