// What the server demands of an answer, as far as a browser can tell. A rule
// says true to whatever the server might take.

const digits = "0123456789ABCDEFGHJKLMNPQRTUWXY"; // of GB 32100

/** Writes an answer as the server reads it. */
export function clean(text) {
  return text.normalize("NFC").replace(/\p{Cf}/gu, "")
    .replace(/[\uff01-\uff5e]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0))
    .replace(/[‐‑–—−]/g, "-").trim();
}

function uscc(text) {
  const code = text.toUpperCase().replace(/[\s-]/g, "");
  if (code.length !== 18 || [...code].some((c) => !digits.includes(c))) return false;
  let sum = 0;
  let weight = 1;
  for (const c of code.slice(0, 17)) {
    sum += digits.indexOf(c) * weight;
    weight = (weight * 3) % 31;
  }
  return digits[(31 - (sum % 31)) % 31] === code[17];
}

const number = (text) => text.replace(/[\s,]/g, "");
const fraction = (text) => (number(text).split(".")[1] ?? "").replace(/0+$/, "").length;

/** The day that a text names, YYYY-MM-DD, or "". */
function day(text) {
  const m = /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$/.exec(text.replace(/\s/g, ""));
  const date = m && new Date(Date.UTC(m[1], m[2] - 1, m[3]));
  return date && date.getUTCMonth() === m[2] - 1 ? date.toISOString().slice(0, 10) : "";
}

/** The day in Beijing so many months from now. */
function inMonths(months) {
  const date = new Date(Date.now() + 8 * 60 * 60 * 1000);
  date.setUTCMonth(date.getUTCMonth() + months);
  return date.toISOString().slice(0, 10);
}

const calls = (text) => text.replace(/(转|分机|ext|x|#).*$/is, "").replace(/[\s().-]/g, "");
const phone = (text) => /^\+?\d{7,15}$/.test(calls(text));

/** Rules of a single text: (text, parameter) => whether it holds. */
export const ofText = {
  "email-local": (text) => !/[^\x00-\x7f].*@/s.test(text),
  email: (text) => /^[^\s@<>"(),;:\\[\]]+@[^\s@<>"(),;:\\[\]]+\.[^\s@.]+$/.test(text),
  number: (text) => /^[+-]?\d{1,15}(\.\d+)?$/.test(number(text)),
  whole: (text) => fraction(text) === 0,
  decimals: (text, most) => fraction(text) <= most,
  gt: (text, n) => !(Number(number(text)) <= n),
  lt: (text, n) => !(Number(number(text)) >= n),
  date: (text) => day(text) !== "",
  notpast: (text) => !day(text) || day(text) >= inMonths(0),
  notfuture: (text) => !day(text) || day(text) <= inMonths(0),
  within: (text, months) => !day(text) || day(text) <= inMonths(Number(months)),
  uscc,
  phone,
  cnlandline: phone,
  cnmobile: (text) => /^(\+86|0086)?1[3-9]\d{9}$/.test(calls(text)),
  name: (text) => /\p{L}/u.test(text) && /^[\p{L}\p{M}\p{Nd}\s·•・‧.,'’‘ʼ\-()（）]+$/u.test(text),
};

/** Rules of an amount: the length of a text, a number, how many are chosen. */
export const ofAmount = {
  min: (amount, n) => !(amount < n),
  max: (amount, n) => !(amount > n),
  len: (amount, n) => amount === n,
};

/** The amount that a number field holds; NaN for none. */
export const amount = (text) => Number(number(text));

/** Rules of one file. */
export const ofFile = {
  "file-size": (file, most) => file.size <= most,
  "file-type": (file, ends) => ends.split(",").some((end) => file.name.toLowerCase().endsWith(end)),
};
