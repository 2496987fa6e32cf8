// The kit is a template of the page with the parts and the words that scripts
// need, in the page's language.

/** A copy of the part of that name. */
export function part(kit, name) {
  const copy = kit.content.querySelector(`[data-part="${name}"]`).cloneNode(true);
  copy.removeAttribute("data-part");
  return copy;
}

/** The words of that name, with {places} filled in. */
export function words(kit, name, places = {}) {
  return kit.content.querySelector("[data-words]").getAttribute(`data-${name}`)
    .replace(/\{(\w+)\}/g, (_, place) => places[place] ?? "");
}

/** The form's id, the same in both languages. */
export function formID(form) {
  return form.getAttribute("action").split("/").filter(Boolean).pop();
}

/** Tells whether a control is asked for: nothing around it is hidden. */
export function asked(control) {
  return !control.closest("[hidden]");
}

/** Gives the attribute the value, or takes it away where there is none. */
export function attribute(element, name, value) {
  if (value) element.setAttribute(name, value);
  else element.removeAttribute(name);
}

/** Names or no longer names the element of that id as a description. */
export function describe(element, id, on) {
  const ids = (element.getAttribute("aria-describedby") ?? "").split(" ").filter((x) => x !== id);
  attribute(element, "aria-describedby", [...ids, on ? id : ""].join(" ").trim());
}

/** Radio buttons and boxes. */
export function ticked(control) {
  return /^(radio|checkbox)$/.test(control.type);
}

/** The controls under an element that carry answers. */
export function answers(element) {
  return [...element.querySelectorAll("input, select, textarea")].filter((e) => /^[^_]/.test(e.name));
}

/** Has a screen reader say something when it is next silent. */
export function announce(form, text) {
  const voice = form.querySelector(".voice");
  // The same words once more are not read out.
  voice.textContent = "";
  setTimeout(() => { voice.textContent = text; }, 100);
}
