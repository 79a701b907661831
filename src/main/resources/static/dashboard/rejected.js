// The number of rejected route files, beside the link to the routes in every view.
import { get } from "./api.js";
import { el } from "./elements.js";

const PERIOD_MILLIS = 5_000;

export function countRejected(link) {
  const count = el("span", { class: "count" });
  const words = el("span", { class: "hidden" });

  async function look() {
    if (!document.hidden) {
      try {
        const { problems } = await get("/routes/files", AbortSignal.timeout(PERIOD_MILLIS));
        show(new Set(problems.map(({ file }) => file)).size);
      } catch {
        // The view reports that the server is unreachable.
      }
    }
    setTimeout(look, PERIOD_MILLIS);
  }

  function show(files) {
    if (files === 0) {
      count.remove();
      words.remove();
    } else if (count.textContent !== String(files) || !count.isConnected) {
      count.textContent = String(files);
      words.textContent = files === 1 ? " rejected file" : " rejected files";
      link.append(" ", count, words);
    }
  }

  look();
}
