import { drop, read, tried, write } from "./drafts.js";
import { answers, asked, formID, part, ticked, words } from "./kit.js";

// This tab keeps a draft of the form; it has sent one. Both outlive the page,
// since an ordinary answer of the server is a new one.
const keeping = "form-draft-keeping";
const sending = "form-draft-sending";

const noted = (key) => tried(() => sessionStorage.getItem(key));
const note = (key, value) => tried(() => sessionStorage.setItem(key, value));

/** On a receipt: the draft of the form that was sent is no longer needed. */
export function forgetSent() {
  const id = noted(sending);
  if (!id) return;
  if (document.querySelector(".receipt .reference")) {
    drop(id);
    note(keeping, "");
  }
  note(sending, "");
}

// No uploads, no consents (boxes that stand by themselves), nothing hidden.
function kept(form) {
  return answers(form).filter((e) => !/^(hidden|file|password)$/.test(e.type) && (e.type !== "checkbox" || e.closest(".choices")));
}

/** Offers to keep a draft of the form in this browser, and one that is there. */
export function keepDraft(form, kit, rows, look) {
  const id = formID(form);
  const version = form.elements._version?.value ?? "";
  const box = part(kit, "draft");
  const find = (name) => box.querySelector(`[data-do="${name}"]`);
  const [offer, choice, keep, remove, state] = ["offer", "choice", "keep", "remove", "state"].map(find);
  const say = (name, places) => { state.textContent = name ? words(kit, name, places) : ""; };
  const at = (time) => new Date(time).toLocaleString(words(kit, "locale"), { dateStyle: "long", timeStyle: "short" });
  let timer;

  if (!write(`${id}:test`, {})) return { sent() {} };
  drop(`${id}:test`);

  function save() {
    clearTimeout(timer);
    timer = 0;
    if (!keep.checked) return;
    const values = kept(form).filter((e) => asked(e) && (ticked(e) ? e.checked : e.value)).map((e) => [e.name, e.value]);
    const draft = { time: Date.now(), version, values };
    if (write(id, draft)) say("draft-saved", { time: at(draft.time) });
    else show(false, "draft-failed");
  }

  // Whoever unticks the box takes the draft away.
  function show(on, said) {
    keep.checked = on;
    remove.hidden = !on;
    offer.hidden = true;
    choice.hidden = false;
    note(keeping, on ? id : "");
    if (on) save();
    else {
      clearTimeout(timer);
      drop(id);
      say(said);
    }
  }

  function use(draft) {
    rows.fit(draft.values.map(([name]) => name));
    const given = new Map();
    for (const [name, value] of draft.values) given.set(name, [...(given.get(name) ?? []), value]);
    for (const e of kept(form)) {
      const values = given.get(e.name);
      if (!values) continue;
      if (ticked(e)) e.checked = values.includes(e.value);
      else if (!e.options || [...e.options].some((o) => o.value === values[0])) e.value = values[0];
    }
    look();
    show(true);
    say("draft-used");
    keep.focus();
  }

  keep.addEventListener("change", () => show(keep.checked, "draft-deleted"));
  remove.addEventListener("click", () => {
    show(false, "draft-deleted");
    keep.focus();
  });
  const later = () => {
    if (!keep.checked) return;
    clearTimeout(timer);
    timer = setTimeout(save, 400);
  };
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  addEventListener("pagehide", () => { if (timer) save(); });

  const draft = read(id);
  if (draft && noted(keeping) === id && document.querySelector(".error-summary, .form-alert")) {
    show(true); // the answer to what this tab has sent
  } else if (draft) {
    choice.hidden = true;
    find("offered").textContent = words(kit, "draft-offer", { time: at(draft.time) });
    find("changed").hidden = draft.version === version;
    find("use").addEventListener("click", () => use(draft));
    find("refuse").addEventListener("click", () => {
      show(false, "draft-deleted");
      keep.focus();
    });
    offer.hidden = false;
  }
  form.before(box);
  return {
    sent() {
      if (timer) save();
      note(sending, keep.checked ? id : "");
    },
  };
}
