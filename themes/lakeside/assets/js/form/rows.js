import { announce, answers, attribute, describe, ticked, words } from "./kit.js";

const rowsOf = (group) => [...group.querySelectorAll(":scope > .group-row")];
const nameOf = (row) => row.querySelector("legend").textContent.trim();

const needed = (e) => e.closest(".field").dataset.checks?.includes('["missing"');

// members.1.name and f-members-1-name become members.2.name and f-members-2-name.
function renumber(group, row, to) {
  const name = group.dataset.group;
  const own = new RegExp(`\\b${name}([.-])${row.dataset.row}(?!\\w)`, "g");
  for (const e of [row, ...row.querySelectorAll("*")]) {
    for (const key of e.getAttributeNames()) {
      if (/^(id|name|for|href|data-when|aria-.*)$/.test(key) || (key === "value" && e.matches("button"))) {
        e.setAttribute(key, e.getAttribute(key).replace(own, `${name}$1${to}`));
      }
    }
    if (e.matches("[data-row-number]")) e.textContent = to;
  }
  row.dataset.row = to;
}

function empty(row) {
  for (const error of row.querySelectorAll("p.error")) {
    for (const e of row.querySelectorAll(`[aria-describedby~="${error.id}"]`)) describe(e, error.id, false);
    error.remove();
  }
  for (const e of row.querySelectorAll(".field-error")) e.classList.remove("field-error");
  for (const e of answers(row)) {
    e.removeAttribute("aria-invalid");
    e.removeAttribute("autofocus");
    if (ticked(e)) e.checked = e.defaultChecked = false;
    else if (e.matches("select")) e.selectedIndex = 0;
    else e.value = e.defaultValue = "";
  }
}

/** Adds and removes the rows of groups in the page, as the server would. */
export function addAndRemove(form, kit, look) {
  function settle(group) {
    const rows = rowsOf(group);
    rows.forEach((row, i) => {
      renumber(group, row, i + 1);
      row.querySelector(".group-drop").hidden = rows.length <= Math.max(1, group.dataset.least);
      // Rows that nobody has to fill in may be left blank.
      for (const e of row.querySelectorAll(".field:not([data-when]) > .input")) {
        attribute(e, "aria-required", i < group.dataset.least && needed(e) && needed(group) && "true");
      }
    });
    group.querySelector("[name=_add]").hidden = rows.length >= group.dataset.most;
    look();
    form.dispatchEvent(new Event("change"));
  }

  function add(group) {
    const last = rowsOf(group).pop();
    const row = last.cloneNode(true);
    empty(row);
    // Before it joins the form, lest radio buttons of one name push each other out.
    renumber(group, row, Number(last.dataset.row) + 1);
    last.after(row);
    settle(group);
    return row;
  }

  function drop(group, row) {
    const at = rowsOf(group).indexOf(row);
    const name = nameOf(row);
    row.remove();
    settle(group);
    const rows = rowsOf(group);
    const next = rows[Math.min(at, rows.length - 1)];
    next.tabIndex = -1;
    next.focus();
    announce(form, words(kit, "row-removed", { row: name }));
  }

  form.addEventListener("click", (event) => {
    const button = event.target.closest("button[name=_add], button[name=_drop]");
    const group = button?.closest("[data-group]");
    if (!group) return;
    event.preventDefault();
    if (button.name === "_drop") return drop(group, button.closest(".group-row"));
    const row = add(group);
    answers(row)[0].focus();
    announce(form, words(kit, "row-added", { row: nameOf(row) }));
  });

  return {
    /** Makes rows enough for the names of answers. */
    fit(names) {
      for (const group of form.querySelectorAll("[data-group]")) {
        const numbers = names.filter((name) => name.startsWith(`${group.dataset.group}.`)).map((name) => Number(name.split(".")[1]));
        const want = Math.min(group.dataset.most, Math.max(0, ...numbers));
        while (rowsOf(group).length < want) add(group);
      }
    },
  };
}
