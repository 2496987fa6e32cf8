// The forms' own script: it spares people round trips and says sooner what the
// server would say. Without it every form can be filled in and sent.
import { checkOnLeaving } from "./form/check.js";
import { keepDraft, forgetSent } from "./form/draft.js";
import { part } from "./form/kit.js";
import { addAndRemove } from "./form/rows.js";
import { sendWithProgress } from "./form/send.js";
import { showWhenAsked } from "./form/when.js";

function start(region) {
  const kit = document.getElementById("form-kit");
  const form = region.querySelector("form.form");
  if (!form || !kit) return;
  form.classList.add("form-live");
  form.append(part(kit, "voice"));
  const look = showWhenAsked(form);
  const check = checkOnLeaving(form, kit);
  const rows = addAndRemove(form, kit, look);
  const draft = keepDraft(form, kit, rows, look);
  sendWithProgress(form, kit, { check, draft, start });
}

forgetSent();
start(document);
