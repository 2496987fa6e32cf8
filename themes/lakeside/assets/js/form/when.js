import { asked, ticked } from "./kit.js";

// Shows a field only while the answer that it depends on is given. What was
// typed into a hidden field stays in the page, but is not sent.
export function showWhenAsked(form) {
  const given = (name, values) =>
    [...form.elements].some((e) => e.name === name && asked(e) && values.includes(e.value) && (e.checked || !ticked(e)));

  // Fields depend on earlier ones only, so one pass in their order is enough.
  const look = () => {
    for (const field of form.querySelectorAll("[data-when]")) {
      const [, name, values] = /^([^=]*)=(.*)$/s.exec(field.dataset.when);
      field.hidden = !given(name, values.split("|"));
    }
  };
  form.addEventListener("change", look);
  form.addEventListener("formdata", (event) => {
    const sent = new Set();
    for (const e of form.elements) if (asked(e)) sent.add(e.name);
    for (const e of form.elements) if (e.name && !sent.has(e.name)) event.formData.delete(e.name);
  });
  // Browsers put answers back after the page has been shown.
  addEventListener("pageshow", look);
  look();
  return look;
}
