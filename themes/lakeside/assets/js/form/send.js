import { asked, attribute, part, words } from "./kit.js";

const patience = 8000; // ms after which an ordinary sending may be repeated

/** Sends the form: once at a time, and files with their progress. */
export function sendWithProgress(form, kit, { check, draft, start }) {
  const button = form.querySelector(":scope > button[type=submit], .form-send");
  const panel = part(kit, "sending");
  const [bar, state, cancel] = ["progress", "[role=status]", "button"].map((x) => panel.querySelector(x));
  let request = null;
  let held;

  const hold = (on) => {
    clearTimeout(held);
    form.toggleAttribute("data-busy", on);
    attribute(button, "aria-disabled", on && "true");
  };
  const say = (text, wrong) => {
    if (state.textContent !== text) state.textContent = text;
    panel.classList.toggle("sending-wrong", !!wrong);
  };

  function ended(text, wrong = true) {
    request = null;
    hold(false);
    bar.hidden = true;
    cancel.hidden = true;
    say(text, wrong);
    button.focus();
  }

  // Ten announcements are enough to know that it goes on.
  function progress(event) {
    if (!event.lengthComputable) return;
    const percent = Math.floor((100 * event.loaded) / event.total);
    bar.value = percent;
    if (percent < 100) say(words(kit, "uploading", { n: percent - (percent % 10) }));
  }

  function answered(xhr) {
    const fresh = xhr.response;
    const page = fresh?.querySelector("form.form")?.parentNode;
    if (xhr.status < 400 && new URL(xhr.responseURL).pathname !== form.getAttribute("action")) {
      location.assign(xhr.responseURL);
    } else if (page) {
      const region = form.parentNode;
      region.replaceChildren(...page.childNodes);
      document.title = fresh.title;
      start(region);
      region.querySelector(".error-summary, .form-alert")?.focus();
    } else {
      const told = fresh?.querySelector(".form-closed") ?? fresh?.querySelector("main .lead");
      ended(told?.textContent || words(kit, "failed"));
    }
  }

  function upload() {
    const xhr = new XMLHttpRequest();
    request = xhr;
    xhr.open("POST", form.getAttribute("action"));
    xhr.responseType = "document";
    xhr.upload.onprogress = progress;
    xhr.upload.onload = () => {
      bar.removeAttribute("value");
      say(words(kit, "checking"));
    };
    xhr.onload = () => answered(xhr);
    xhr.onerror = () => ended(words(kit, "failed"));
    xhr.onabort = () => ended(words(kit, "stopped"), false);
    bar.value = 0;
    bar.hidden = false;
    cancel.hidden = false;
    say(words(kit, "uploading", { n: 0 }));
    xhr.send(new FormData(form));
  }

  cancel.addEventListener("click", () => request?.abort());

  form.addEventListener("submit", (event) => {
    if (form.hasAttribute("data-busy")) return event.preventDefault();
    if (check.tooLarge()) return event.preventDefault();
    draft.sent();
    hold(true);
    if ([...form.elements].some((e) => e.files?.length && asked(e))) {
      event.preventDefault();
      upload();
    } else {
      held = setTimeout(() => hold(false), patience);
    }
  });
  addEventListener("pageshow", () => { if (!request) hold(false); });
  button.after(panel);
}
