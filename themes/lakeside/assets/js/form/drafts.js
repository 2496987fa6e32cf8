// Drafts in the browser's storage, one for each form. Storage may be
// forbidden, full or hold anything: then there is no draft, and nobody is
// bothered with it.
const prefix = "form-draft:";
const week = 7 * 24 * 60 * 60 * 1000;

/** What f returns, or null where the browser does not let it. */
export function tried(f) {
  try {
    return f();
  } catch {
    return null;
  }
}

/** The draft {time, version, values} of the form, or null. */
export function read(id) {
  return tried(() => {
    const draft = JSON.parse(localStorage.getItem(prefix + id));
    return Array.isArray(draft.values) && Math.abs(Date.now() - draft.time) < week ? draft : null;
  });
}

/** Tells whether the draft could be kept. */
export function write(id, draft) {
  return tried(() => {
    localStorage.setItem(prefix + id, JSON.stringify(draft));
    return true;
  });
}

export function drop(id) {
  tried(() => localStorage.removeItem(prefix + id));
}

/** Removes the drafts that are older than a week. */
export function dropOld() {
  tried(() => {
    for (const key of Object.keys(localStorage)) {
      const id = key.slice(prefix.length);
      if (key.startsWith(prefix) && !read(id)) drop(id);
    }
  });
}
