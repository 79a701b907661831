// A worker that signals when a heart-beat is due: browsers do not throttle the timers of workers in hidden pages.
// The page posts the interval in milliseconds.
let timer = 0;

onmessage = (event) => {
  clearInterval(timer);
  timer = setInterval(() => postMessage(null), event.data);
};
