// The links and buttons to log in and out, on the entrance form and in a room.
import * as me from "./me.js";

/** @param login the user's name, or null without a login */
export function showAccount(login) {
  document.querySelectorAll(".login").forEach((link) => {
    link.hidden = login !== null;
    // The room is part of the address, which changes.
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
