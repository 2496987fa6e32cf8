// What the office does with a form: it opens the link in its mail.
import { texts } from './mail.mjs'
import { until } from './site.mjs'

/** The path of the office's page for the submission, as its mail gives it. */
export async function officePage(site, reference) {
  const link = new RegExp(`${site.base}(/forms/office/${reference}\\.[\\w-]+/)`)
  let found
  await until(async () => {
    for (const mail of await site.mails(1)) found ??= link.exec(texts(mail))?.[1]
    return found
  }, () => `no mail has a link to the office's page of ${reference}`)
  return found
}
