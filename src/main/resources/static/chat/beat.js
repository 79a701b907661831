// A worker that says when it is time for a heart-beat: the timers of workers are not slowed down when the page is hidden.
onmessage = (event) => setInterval(() => postMessage(null), event.data);
