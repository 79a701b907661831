// Opens connections to the server: WebSocket, or SockJS where a proxy blocks WebSocket. It loads SockJS on
// demand, and keeps to the transport that worked.
const ENDPOINT = new URL("../ws/chat", import.meta.url);
const SOCKJS = new URL("../webjars/sockjs-client/dist/sockjs.min.js", import.meta.url);

let bySockJs = false;
let settled = false;

/** Resolves when open() can be called. */
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
    // The server itself may be down: then both transports are tried in turn until one opens.
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
