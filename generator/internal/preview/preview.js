// Loads the page anew when there is a newer build than the one it came from.
const build = document.currentScript.dataset.build;
new EventSource("/_preview/events").onmessage = (event) => {
  if (event.data !== build) location.reload();
};
