const key = "larger-text";

// Storage may be forbidden; the switch then lasts for one page.
function stored(win) {
  try {
    return win.localStorage.getItem(key) === "on";
  } catch {
    return false;
  }
}

function store(win, on) {
  try {
    if (on) win.localStorage.setItem(key, "on");
    else win.localStorage.removeItem(key);
  } catch {
    // The page has changed all the same.
  }
}

export function rememberLargerText(doc, win) {
  const root = doc.documentElement;
  root.classList.toggle("larger", stored(win));

  const start = () => {
    for (const button of doc.querySelectorAll("button.larger")) {
      const show = () => button.setAttribute("aria-pressed", String(root.classList.contains("larger")));
      show();
      button.hidden = false;
      button.addEventListener("click", () => {
        store(win, root.classList.toggle("larger"));
        show();
      });
    }
  };
  if (doc.readyState === "loading") doc.addEventListener("DOMContentLoaded", start);
  else start();
}
