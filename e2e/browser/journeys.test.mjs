// What people come to do, done in a browser from beginning to end.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { launch } from '../lib/browser.mjs'
import { answers, fill, letter, settled, submit } from '../lib/hiring.mjs'
import { headers } from '../lib/mail.mjs'
import { at, languages } from '../lib/pages.mjs'
import { office, serve } from '../lib/site.mjs'

let site
let browser
before(async () => {
  site = await serve()
  browser = await launch()
})
after(async () => { await browser?.close(); await site?.stop() })

/** Runs a test in a browser window of its own. */
async function visit(options, steps) {
  const context = await browser.newContext({ baseURL: site.base, viewport: { width: 1280, height: 900 }, ...options })
  try {
    await steps(await context.newPage())
  } finally {
    await context.close()
  }
}

const path = (page) => new URL(page.url()).pathname

const words = {
  zh: { tag: 'zh-CN', other: 'English', policies: '政策法规', guides: '办事指南', error: /^错误[：:]/ },
  en: { tag: 'en', other: '中文', policies: 'Policies', guides: 'Service guides', error: /^Error:/ },
}

for (const lang of languages) {
  const w = words[lang]
  test(`${lang}: from home to a policy and to a guide, and over to the other language`, () => visit({}, async (page) => {
    await page.goto(at(lang, '/'))
    assert.equal(await page.locator('html').getAttribute('lang'), w.tag)

    const nav = page.locator('nav.site-nav')
    await nav.getByRole('link', { name: w.policies, exact: true }).click()
    await page.waitForURL(`**${at(lang, '/policies/')}`)
    await page.locator(`main a[href="${at(lang, '/policies/2017-resources/')}"]`).first().click()
    await page.waitForURL(`**${at(lang, '/policies/2017-resources/')}`)
    assert.match(await page.locator('dl.record').innerText(), /杭政办函〔2017〕6号/)

    await page.getByRole('link', { name: w.other, exact: true }).click()
    await page.waitForURL(`**${at(lang === 'en' ? 'zh' : 'en', '/policies/2017-resources/')}`)
    assert.match(await page.locator('dl.record').innerText(), /杭政办函〔2017〕6号/)
    await page.getByRole('link', { name: words[lang === 'en' ? 'zh' : 'en'].other, exact: true }).click()
    await page.waitForURL(`**${at(lang, '/policies/2017-resources/')}`)

    await nav.getByRole('link', { name: w.guides, exact: true }).click()
    await page.waitForURL(`**${at(lang, '/guides/')}`)
    await page.locator(`main a[href="${at(lang, '/guides/hire-a-teacher/')}"]`).first().click()
    await page.waitForURL(`**${at(lang, '/guides/hire-a-teacher/')}`)
    assert.ok(await page.locator('ol.steps > li').count() >= 3, 'steps')
    await page.locator(`main a.button[href="${at(lang, '/forms/hiring-request/')}"]`).first().click()
    await page.waitForURL(`**${at(lang, '/forms/hiring-request/')}`)
    assert.equal(await submit(page).count(), 1)
  }))
}

describe('the hiring request with JavaScript off', () => {
  for (const lang of languages) {
    test(`${lang}: faults, mended, accepted, mailed`, () => visit({ javaScriptEnabled: false }, async (page) => {
      const form = at(lang, '/forms/hiring-request/')
      const already = (await site.mails(0)).length
      await page.goto(form)
      const file = letter()
      await fill(page, answers({ email: 'clerk@', consent_processing: false }))
      await page.locator('[name=letter]').setInputFiles(file)
      const [refusal] = await Promise.all([
        page.waitForResponse((r) => r.request().method() === 'POST'),
        submit(page).click(),
      ])
      assert.equal(refusal.status(), 422)
      assert.equal(path(page), form)

      // The page says at once that something is wrong, and where.
      assert.match(await page.title(), words[lang].error)
      const summary = page.locator('.error-summary')
      await summary.waitFor()
      assert.ok(await summary.evaluate((e) => e === document.activeElement), 'the summary has the focus')
      const links = summary.locator('a')
      const targets = await links.evaluateAll((all) => all.map((a) => a.getAttribute('href')))
      assert.deepEqual(targets, ['#f-email', '#f-consent_processing'])
      await links.first().click()
      assert.equal(await page.evaluate(() => document.activeElement.id), 'f-email')
      assert.equal(await page.locator('#f-email').getAttribute('aria-invalid'), 'true')
      assert.match(await page.locator('#f-email').getAttribute('aria-describedby'), /f-email-error/)

      // Nothing has to be given twice.
      const given = answers()
      for (const name of ['school_name', 'uscc', 'district', 'contact_name', 'start_date', 'end_date', 'teachers', 'requirements']) {
        const kept = await page.locator(`[name="${name}"]`).inputValue()
        assert.equal(kept.replace(/\r\n/g, '\n'), given[name], name)
      }
      assert.equal(await page.locator('[name=email]').inputValue(), 'clerk@')
      assert.ok(await page.locator('[name=post_type][value=full-time]').isChecked())
      assert.ok(await page.locator('[name=subjects][value=music]').isChecked())
      assert.ok(!await page.locator('[name=consent_processing]').isChecked())
      assert.match(await page.locator('#field-letter').innerText(), new RegExp(file.name))

      await fill(page, { email: 'clerk@example.org', consent_processing: true })
      await settled(page)
      const [accepted] = await Promise.all([
        page.waitForResponse((r) => r.request().method() === 'POST'),
        submit(page).click(),
      ])
      assert.equal(accepted.status(), 303)
      await page.locator('.reference').waitFor()
      const reference = (await page.locator('.reference').innerText()).trim()
      assert.match(reference, /^HZ-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]$/)
      assert.equal(await page.locator('html').getAttribute('lang'), words[lang].tag)
      // Enough of the address to know it by; the page's own address may be passed on.
      assert.match(await page.locator('main').innerText(), /c\S*@example\.org/)
      assert.doesNotMatch(await page.locator('main').innerText(), /clerk@/)

      // Both mails carry the number; the office's has the letter and an answer goes to the clerk.
      const mails = (await site.mails(already + 2)).map((bytes) => ({ bytes, ...headers(bytes) }))
        .filter((mail) => mail.subject.includes(reference))
      assert.equal(mails.length, 2)
      const toOffice = mails.find((mail) => mail.to.includes(office))
      const toClerk = mails.find((mail) => mail.to.includes('clerk@example.org'))
      assert.match(toOffice.subject, /外教聘用需求申报/)
      assert.match(toOffice.subject, /示例小学 01/)
      assert.match(toOffice['reply-to'], /clerk@example\.org/)
      assert.ok(toOffice.bytes.includes(file.buffer.toString('base64').slice(0, 60)), 'the letter')
      assert.match(toClerk.subject, lang === 'en' ? /Foreign teacher hiring request/ : /外教聘用需求申报/)
      assert.ok(!toClerk.bytes.includes(Buffer.from('社团').toString('base64')) && !toClerk.bytes.includes('社团'), 'no free text in the receipt')
      for (const mail of mails) {
        assert.ok(mail.date && mail['message-id'] && mail.from.includes('@'), 'Date, Message-ID, From')
      }
    }))
  }

  test('an upload can be taken off again', () => visit({ javaScriptEnabled: false }, async (page) => {
    await page.goto('/en/forms/hiring-request/')
    await page.locator('[name=letter]').setInputFiles(letter())
    await submit(page).click()
    await page.locator('[name=_remove]').check()
    await submit(page).click()
    await page.locator('.error-summary').waitFor()
    assert.equal(await page.locator('[name=_remove]').count(), 0)
  }))

  test('a file of another kind than it says is refused with the reason', () => visit({ javaScriptEnabled: false }, async (page) => {
    await page.goto('/forms/hiring-request/')
    await fill(page, answers())
    await page.locator('[name=letter]').setInputFiles({ name: 'a.pdf', mimeType: 'application/pdf', buffer: Buffer.from('GIF89a no PDF at all') })
    await settled(page)
    await submit(page).click()
    await page.locator('.error-summary a[href="#f-letter"]').waitFor()
    assert.equal(await page.locator('.error-summary a').count(), 1)
  }))
})

test('larger text lasts from page to page until it is switched off', () => visit({}, async (page) => {
  const size = () => page.locator('main p').first().evaluate((e) => parseFloat(getComputedStyle(e).fontSize))
  await page.goto('/about/')
  const before = await size()
  const button = page.locator('button.larger')
  assert.equal(await button.getAttribute('aria-pressed'), 'false')
  await button.click()
  assert.equal(await button.getAttribute('aria-pressed'), 'true')
  const larger = await size()
  assert.ok(larger > before * 1.1, `${before} px became ${larger} px`)
  await page.goto('/en/about/')
  assert.equal(await button.getAttribute('aria-pressed'), 'true')
  assert.ok(await size() >= larger * 0.99)
  await button.click()
  await page.goto('/about/')
  assert.equal(await button.getAttribute('aria-pressed'), 'false')
  assert.equal(await size(), before)
}))

test('without JavaScript nothing is shown that does not work', () => visit({ javaScriptEnabled: false }, async (page) => {
  await page.goto('/')
  assert.ok(!await page.locator('button.larger').isVisible())
  await page.setViewportSize({ width: 360, height: 780 })
  const menu = page.locator('details.menu')
  assert.ok(!await menu.locator('a').first().isVisible())
  await menu.locator('summary').click()
  assert.ok(await menu.locator('a').first().isVisible())
}))

test('the first stop of the keyboard leads past the navigation', () => visit({}, async (page) => {
  await page.goto('/guides/')
  await page.keyboard.press('Tab')
  const skip = page.locator('a.skip')
  assert.ok(await skip.evaluate((e) => e === document.activeElement))
  const box = await skip.boundingBox()
  assert.ok(box.y >= 0 && box.x >= 0 && box.height >= 24, 'it is seen when it has the focus')
  await page.keyboard.press('Enter')
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main')
}))

for (const lang of languages) {
  test(`${lang}: what is not there is said in both languages`, () => visit({}, async (page) => {
    const answer = await page.goto(at(lang, '/nothing-is-here/'))
    assert.equal(answer.status(), 404)
    assert.equal(await page.locator('html').getAttribute('lang'), words[lang].tag)
    const text = await page.locator('main').innerText()
    assert.match(text, /没有/)
    assert.match(text, /[Tt]here is no|not here|cannot be found|no page/)
    assert.ok(await page.locator('main a[href="/"]').count() && await page.locator('main a[href="/en/"]').count(), 'ways on in both languages')
  }))
}

test('a policy printed keeps its record and leaves the navigation', () => visit({}, async (page) => {
  await page.goto('/policies/2017-resources/')
  await page.emulateMedia({ media: 'print' })
  assert.ok(await page.locator('dl.record').isVisible())
  assert.ok(!await page.locator('nav.site-nav').isVisible())
}))
