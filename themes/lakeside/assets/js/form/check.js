import { announce, answers, asked, attribute, describe, part, ticked } from "./kit.js";
import { amount, clean, ofAmount, ofFile, ofText } from "./rules.js";

const checksOf = (field) => JSON.parse(field.dataset.checks || "[]");

/** The controls of a field that carry its answer. */
const controlsOf = (field) => answers(field).filter((e) => e.closest(".field") === field);

const given = (e) => (ticked(e) ? e.checked : e.files ? e.files.length > 0 : clean(e.value) !== "" || e.validity.badInput);

// A row of a group that is wholly empty is not sent, so nothing is missing.
function blankRow(field) {
  const row = field.closest(".group-row");
  return row && !answers(row).some(given);
}

function breaks(field, controls, [code, param], codes) {
  const [first] = controls;
  if (code === "missing") {
    const kept = field.querySelectorAll(".kept [type=hidden]").length > field.querySelectorAll("[name=_remove]:checked").length;
    return !controls.some(given) && !kept && !blankRow(field);
  }
  if (!controls.some(given)) return false;
  if (first.files) {
    return code === "too-many-files" ? first.files.length > Number(param) : ofFile[code] && [...first.files].find((file) => !ofFile[code](file, param));
  }
  if (ofAmount[code]) {
    const n = ticked(first) ? controls.filter((e) => e.checked).length : codes.includes("number") ? amount(clean(first.value)) : [...clean(first.value)].length;
    return !ofAmount[code](n, Number(param));
  }
  if (ticked(first) || !ofText[code]) return false;
  return first.validity.badInput ? code === "date" : !ofText[code](clean(first.value), param);
}

/** What is wrong with the field, in the server's words; "" for nothing. */
function fault(field) {
  const controls = controlsOf(field);
  if (!controls.length || !asked(field)) return "";
  const checks = checksOf(field);
  for (const check of checks) {
    const found = breaks(field, controls, check, checks.map(([code]) => code));
    if (found) return check[2].replace("{file}", () => found.name ?? "");
  }
  return "";
}

// The same as the server draws.
function show(kit, field, message) {
  const id = `f-${field.id.slice("field-".length)}-error`;
  const about = field.querySelector(":scope > .choices") ?? controlsOf(field)[0];
  field.querySelector(`[id="${id}"]`)?.remove();
  field.classList.toggle("field-error", message !== "");
  describe(about, id, message);
  if (message) {
    const error = part(kit, "error");
    error.id = id;
    error.append(message);
    const around = about.matches(".choices") ? about : field;
    const before = [...around.querySelectorAll(":scope > :is(label, legend, .when, .hint)")].pop();
    if (before) before.after(error);
    else around.prepend(error);
  }
  if (about.matches(".input:not([type=file])")) attribute(about, "aria-invalid", message && "true");
}

/** Checks a field when it is left after a change, never while one types. */
export function checkOnLeaving(form, kit) {
  const changed = new Set();
  const left = new Set();
  let pressed = false;

  const judge = (field) => {
    const message = fault(field);
    if (message === "" && !field.matches(".field-error")) return;
    show(kit, field, message);
    if (message) announce(form, message);
  };
  // An error moves what stands below it. While a button is being pressed it
  // would move away from the finger.
  const settle = () => {
    if (pressed) return;
    for (const field of left) judge(field);
    left.clear();
  };
  const press = (on) => () => {
    pressed = on;
    if (!on) setTimeout(settle);
  };
  addEventListener("pointerdown", press(true), true);
  for (const type of ["pointerup", "pointercancel", "keydown"]) addEventListener(type, press(false), true);

  const change = (event) => {
    const field = event.target.closest(".field");
    if (!field || !event.target.name) return;
    changed.add(field);
    if (event.target.files) judge(field); // nobody types here
    else if (field.matches(".field-error") && !fault(field)) show(kit, field, "");
  };
  form.addEventListener("input", change);
  form.addEventListener("change", change);
  form.addEventListener("focusout", (event) => {
    const field = event.target.closest(".field");
    // The focus also leaves when another window comes to the front.
    if (!changed.has(field) || field.contains(event.relatedTarget) || field.contains(document.activeElement)) return;
    changed.delete(field);
    left.add(field);
    setTimeout(settle);
  });

  return {
    /** Whether a chosen file is too large to be worth sending; says so. */
    tooLarge() {
      const input = answers(form).find((e) => e.files && asked(e)
        && checksOf(e.closest(".field")).some(([code, most]) => code === "file-size" && [...e.files].some((file) => file.size > most)));
      if (input) {
        judge(input.closest(".field"));
        input.focus();
      }
      return input;
    },
  };
}
