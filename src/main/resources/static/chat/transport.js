// Opens sockets to the server: WebSockets, or SockJS where no WebSocket gets through, as behind some proxies. SockJS is
// loaded when it is needed, and what has worked once is kept to.
const ENDPOINT = new URL("../ws/chat", import.meta.url);
const SOCKJS = new URL("../webjars/sockjs-client/dist/sockjs.min.js", import.meta.url);

let bySockJs = false;
let settled = false;

/** To be awaited before open. */
export async function ready() {
  if (!bySockJs || "SockJS" in window) {
    return;
  }
  try {
    await load(SOCKJS);
  } catch {
    bySockJs = false;
  }
}

function load(url) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = url.href;
    script.onload = resolve;
    script.onerror = () => {
      script.remove();
      reject(new Error(`${url} cannot be loaded`));
    };
    document.head.append(script);
  });
}

/** A socket that is about to open. */
export function open() {
  const socket = bySockJs ? sockJs() : webSocket();
  socket.addEventListener("open", () => {
    settled = true;
  });
  socket.addEventListener("close", () => {
    // It may as well be the server that is away: then the two take turns until one opens.
    if (!settled) {
      bySockJs = !bySockJs;
    }
  });
  return socket;
}

function webSocket() {
  const url = new URL(ENDPOINT);
  url.protocol = url.protocol.replace("http", "ws");
  return new WebSocket(url, "v12.stomp");
}

function sockJs() {
  return new window.SockJS(ENDPOINT.href, null, { transports: ["xhr-streaming", "eventsource", "xhr-polling"] });
}
