// The way to log in and out, at the entrance and in a room alike.
import * as me from "./me.js";

/** @param login the name of who has logged in, or null */
export function showAccount(login) {
  document.querySelectorAll(".login").forEach((link) => {
    link.hidden = login !== null;
    // The room is part of the address, and changes.
    link.addEventListener("click", () => {
      link.href = `/login?to=${encodeURIComponent(location.pathname + location.hash)}`;
    });
  });
  document.querySelectorAll(".logout").forEach((button) => {
    button.hidden = login === null;
    button.addEventListener("click", async () => {
      await fetch("/logout", { method: "POST", headers: await me.headers() }).catch(() => {});
      location.reload();
    });
  });
}
