// Every form that the site publishes can be filled in and sent, in both
// languages, with and without a script.
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { least } from '../lib/answers.mjs'
import { fill, settled, submit } from '../lib/hiring.mjs'
import { at, languages } from '../lib/pages.mjs'
import { root } from '../lib/site.mjs'
import { watch } from '../lib/watch.mjs'
import { windows } from '../lib/window.mjs'

const visit = windows()
const forms = readdirSync(path.join(root, 'content/forms')).filter((name) => name.endsWith('.yaml')).map((name) => name.slice(0, -5))

/** Fills in the form and sends it; what the page then complains of. */
async function send(page, address, answers) {
  await page.goto(address)
  await fill(page, answers)
  await settled(page)
  await submit(page).click()
  await page.locator('.reference, .error-summary, .form-alert').first().waitFor()
  return page.locator('.error-summary li, .form-alert').allInnerTexts()
}

test('every published form has its answers here', () => {
  assert.deepEqual(Object.keys(least).sort(), forms.sort())
})

for (const id of forms) for (const lang of languages) for (const javaScriptEnabled of [true, false]) {
  test(`${id}, ${lang}, script ${javaScriptEnabled ? 'on' : 'off'}: sent, and a receipt comes`, () => visit({ javaScriptEnabled }, async (page, site) => {
    const faults = watch(page, site.base)
    const before = (await site.mails(0)).length
    assert.deepEqual(await send(page, at(lang, `/forms/${id}/`), least[id]), [])
    assert.match((await page.locator('.reference').innerText()).trim(), /^HZ-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]$/)
    assert.equal(await page.locator('html').getAttribute('lang'), lang === 'en' ? 'en' : 'zh-CN')
    // The office's, and a receipt for whoever gave an address.
    const mails = await site.mails(before + (least[id].email ? 2 : 1))
    assert.ok(mails.length > before)
    assert.deepEqual(faults, [])
  }))
}

test('a form with an answer too few is not taken for sent', () => visit({}, async (page) => {
  const { message, ...rest } = least.enquiry
  assert.ok(message)
  assert.equal((await send(page, '/en/forms/enquiry/', rest)).length, 1)
}))
