// A form from the clerk's window to the officer's mail and back, with
// JavaScript off.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answers, fill, settled, submit } from '../lib/hiring.mjs'
import { headers, texts } from '../lib/mail.mjs'
import { officePage } from '../lib/office.mjs'
import { at, languages } from '../lib/pages.mjs'
import { until } from '../lib/site.mjs'
import { focused, windows } from '../lib/window.mjs'

const visit = windows()
const off = { javaScriptEnabled: false }
const progress = '/forms/status/'

const words = {
  zh: { sent: '已转交', handling: '正在办理', note: '请补一份盖章的公函。', other: 'English', switched: 'Being handled', error: /^错误：/ },
  en: { sent: 'Passed on', handling: 'Being handled', note: 'Please send the letter with its seal.', other: '中文', switched: '正在办理', error: /^Error: / },
}

const facts = (page) => page.locator('dl.record').innerText()

async function ask(page, reference, email) {
  await page.locator('#f-reference').fill(reference)
  await page.locator('#f-email').fill(email)
  await submit(page).click()
}

for (const lang of languages) {
  const w = words[lang]
  const email = `clerk-${lang}@example.org`

  test(`${lang}: sent, marked with a note, seen by the person, and told by mail`, () => visit(off, async (page, site) => {
    await page.goto(at(lang, '/forms/hiring-request/'))
    await fill(page, answers({ email }))
    await settled(page)
    await submit(page).click()
    const reference = (await page.locator('.reference').innerText()).trim()
    const receipt = page.url()

    // The officer opens the link in the mail. Looking changes nothing.
    const office = at(lang, await officePage(site, reference))
    await until(async () => { await page.goto(receipt); return (await facts(page)).includes(w.sent) }, () => 'it is never passed on')
    for (let i = 0; i < 2; i++) await page.goto(office)
    assert.ok((await facts(page)).includes(w.sent))
    assert.equal((await page.request.head(office)).status(), 200)
    assert.match((await page.request.get(office)).headers()['cache-control'], /no-store/)

    // Nothing chosen: said at the field, and the note is kept.
    await page.locator('#f-note').fill(w.note)
    await submit(page).click()
    assert.match(await page.title(), w.error)
    await page.locator('.error-summary a').click()
    assert.equal(await focused(page), 'f-status-1')
    assert.equal(await page.locator('#f-note').inputValue(), w.note)

    const asked = await page.content()
    await page.locator('#f-status-1').check()
    const before = (await site.mails(0)).length
    await submit(page).click()
    await page.locator('.form-stored').waitFor()
    assert.ok((await facts(page)).includes(w.handling))
    assert.equal(await page.locator('#f-note').inputValue(), '')

    // The same page sent once more changes nothing, and no note goes out twice.
    const seen = /name="seen" value="([^"]*)"/.exec(asked)[1]
    const again = await page.request.post(office, { form: { status: 'handling', note: w.note, seen }, headers: { 'sec-fetch-site': 'same-origin' } })
    assert.equal(again.status(), 409)

    const mails = await site.mails(before + 1)
    const notes = mails.filter((mail) => texts(mail).includes(w.note))
    assert.equal(notes.length, 1)
    assert.match(headers(notes[0]).to, new RegExp(email))
    assert.ok(texts(notes[0]).includes(receipt), 'the note leads to the receipt')
    assert.ok(texts(notes[0]).includes(site.base + at(lang, '/contact/')), 'the note says how to reach the office')
    assert.ok(!texts(notes[0]).includes('/forms/office/'), 'the note keeps the office’s link')

    // The person: by the link, and by number and address, however typed.
    await page.goto(receipt)
    assert.ok((await facts(page)).includes(w.handling))
    await page.getByRole('link', { name: w.other, exact: true }).click()
    assert.ok((await facts(page)).includes(w.switched), 'the receipt in the other language')
    await page.goto(at(lang, progress))
    await ask(page, reference.toLowerCase().replaceAll('-', ' '), email.toUpperCase())
    assert.equal(await focused(page), 'found')
    assert.ok((await facts(page)).includes(w.handling))
    await page.getByRole('link', { name: w.other, exact: true }).click()
    assert.equal(await page.locator('#f-reference').inputValue(), reference)
    assert.equal(await page.locator('#f-email').inputValue(), '')
  }))

  test(`${lang}: what cannot be found is said at the field, and what was typed is kept`, () => visit(off, async (page) => {
    await page.goto(at(lang, progress))
    await submit(page).click()
    assert.match(await page.title(), w.error)
    assert.equal(await page.locator('.error-summary').evaluate((e) => e === document.activeElement), true)
    assert.deepEqual(await page.locator('.error-summary a').evaluateAll((all) => all.map((a) => a.getAttribute('href'))), ['#f-reference', '#f-email'])
    await page.locator('.error-summary a').last().click()
    assert.equal(await focused(page), 'f-email')

    await ask(page, 'HZ-3333-3333-4', email) // the check character is wrong
    assert.deepEqual(await page.locator('.error-summary a').evaluateAll((all) => all.map((a) => a.getAttribute('href'))), ['#f-reference'])
    assert.equal(await page.locator('#f-reference').inputValue(), 'HZ-3333-3333-4')
    assert.equal(await page.locator('#f-email').inputValue(), email)
    assert.match(await page.locator('#f-reference').getAttribute('aria-describedby'), /f-reference-error/)
    assert.equal(await page.locator('#f-email').getAttribute('aria-invalid'), null)
  }))
}

test('a form without an address: the receipt has its own, and the office can add no note', () => visit(off, async (page, site) => {
  await page.goto('/forms/enquiry/')
  await fill(page, { topic: 'question', message: '示例问题：怎样查看政策？', reply: 'none', consent_processing: true })
  await settled(page)
  await submit(page).click()
  const own = (await page.locator('.receipt-link').innerText()).trim()
  assert.equal(own, page.url())
  const reference = (await page.locator('.reference').innerText()).trim()
  await page.goto(await officePage(site, reference))
  assert.equal(await page.locator('#f-note').count(), 0)
  await page.locator('#f-status-2').check()
  await submit(page).click()
  await page.locator('.form-stored').waitFor()
  await page.goto(own)
  assert.match(await facts(page), /已答复/)
  assert.equal((await site.mails(0)).filter((mail) => headers(mail).subject.includes(reference)).length, 1, 'the office’s and no other')
}))

test('whoever is stuck in a form asks with its address filled in', () => visit({}, async (page) => {
  await page.goto('/en/forms/hiring-request/')
  await page.locator('aside a[href*="enquiry"]').click()
  assert.equal(await page.locator('#f-page').inputValue(), '/en/forms/hiring-request/')
  await page.goto('/teachers/t001/')
  await page.locator('main a[href*="star-nomination"]').click()
  assert.equal(await page.locator('#f-teacher').inputValue(), 't001')
}))
