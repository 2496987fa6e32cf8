// Fills in the hiring request as a clerk of a school would. The people and the
// school are samples, and the telephone number is one that is kept for fiction.
import { until } from './site.mjs'

/** A date so many days from now, as a date field takes it. */
export function inDays(days) {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
}

export function answers(changes = {}) {
  return {
    school_name: '示例小学 01',
    uscc: '91350100M000100Y43',
    district: '330106',
    school_stages: ['primary'],
    ownership: 'public',
    contact_name: '示例联系人',
    contact_post: '教务处主任',
    office_phone: '+44 20 7946 0000',
    email: 'clerk@example.org',
    post_type: 'full-time',
    hours: '16',
    subjects: ['english', 'music'],
    teaching_stages: ['primary'],
    teachers: '2',
    start_date: inDays(120),
    end_date: inDays(420),
    housing: 'provided',
    requirements: '每周两次课后社团。\nOne club a week.',
    consent_processing: true,
    ...changes,
  }
}

/** The school's letter: a whole PDF file of one empty page. */
export function letter(name = '示例小学公函.pdf') {
  const objects = [
    '<</Type/Catalog/Pages 2 0 R>>',
    '<</Type/Pages/Kids[3 0 R]/Count 1>>',
    '<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>',
  ]
  let pdf = '%PDF-1.4\n'
  const places = objects.map((object, i) => {
    const place = pdf.length
    pdf += `${i + 1} 0 obj${object}endobj\n`
    return place
  })
  const xref = pdf.length
  pdf += `xref\n0 4\n0000000000 65535 f \n${places.map((p) => `${String(p).padStart(10, '0')} 00000 n \n`).join('')}`
  pdf += `trailer<</Size 4/Root 1 0 R>>\nstartxref\n${xref}\n%%EOF\n`
  return { name, mimeType: 'application/pdf', buffer: Buffer.from(pdf) }
}

/** Puts the answers into the form that the page shows. */
export async function fill(page, values) {
  for (const [name, value] of Object.entries(values)) {
    const field = page.locator(`[name="${name}"]`)
    const kind = await field.first().evaluate((e) => (e.tagName === 'SELECT' ? 'select' : e.type))
    if (kind === 'file') await field.setInputFiles(value)
    else if (kind === 'select') await field.selectOption(value)
    else if (kind === 'checkbox' && Array.isArray(value)) for (const v of value) await page.locator(`[name="${name}"][value="${v}"]`).check()
    else if (kind === 'checkbox') await field.setChecked(value)
    else if (kind === 'radio') await page.locator(`[name="${name}"][value="${value}"]`).check()
    else await field.fill(value)
  }
}

/** The button that sends the form; the page has others. */
export function submit(page) {
  return page.locator('form.form > button[type=submit]')
}

/**
 * Waits until the form has been open so long that a person may have filled it
 * in: intake doubts what comes within two seconds. The page's stamp begins with
 * the time, in milliseconds, at which it was drawn.
 */
export async function settled(page) {
  const stamp = await page.locator('[name=_stamp]').inputValue()
  const drawn = Number(Buffer.from(stamp, 'base64url').readBigUInt64BE(0))
  await until(() => Date.now() > drawn + 2000, () => 'the clock stands still')
}
