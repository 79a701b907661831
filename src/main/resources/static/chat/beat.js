// A worker that says when it is time for a heart-beat: the timers of workers are not slowed down when the page is hidden.
// It is told how many milliseconds there are between two.
let timer = 0;

onmessage = (event) => {
  clearInterval(timer);
  timer = setInterval(() => postMessage(null), event.data);
};
