// Sending a form with the script: files with their progress, answers of every
// kind, a connection that breaks, and never twice by mistake.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { answers, fill, letter, settled, submit } from '../lib/hiring.mjs'
import { at, languages } from '../lib/pages.mjs'
import { focused, windows } from '../lib/window.mjs'

const visit = windows()
const form = '/forms/hiring-request/'
const words = {
  zh: { uploading: /^正在上传：\d0?%$/, checking: '上传完成，正在核对……', stopped: /已停止提交/, failed: /连接中断/, error: /^错误：/ },
  en: { uploading: /^Uploading: \d0?%$/, checking: 'Upload finished. Checking your form…', stopped: /Sending was stopped/, failed: /connection was lost/, error: /^Error: / },
}

const state = (page) => page.locator('.sending [role=status]')
const cancel = (page) => page.locator('.sending button')
const bar = (page) => page.locator('.sending progress')

/** A letter of some megabytes: a PDF may go on after its end. */
function heavy() {
  const file = letter()
  return { ...file, buffer: Buffer.concat([file.buffer, Buffer.alloc(2 << 20, '\n'), file.buffer]) }
}

/** Makes the window's connection slow, in bytes a second; 0 for as it was. */
async function slow(page, bytes) {
  const session = await page.context().newCDPSession(page)
  await session.send('Network.enable')
  await session.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: bytes || -1 })
}

async function ready(page, lang, changes = {}, file = letter()) {
  await page.goto(at(lang, form))
  await fill(page, answers(changes))
  if (file) await page.locator('[name=letter]').setInputFiles(file)
  await settled(page)
}

/** The POSTs that the page begins from now on. */
function posts(page) {
  const list = []
  page.on('request', (r) => { if (r.method() === 'POST') list.push(r) })
  return list
}

for (const lang of languages) {
  const w = words[lang]
  test(`${lang}: an upload shows how far it is, and ends at the receipt`, () => visit({}, async (page, site) => {
    await ready(page, lang, {}, heavy())
    const before = (await site.mails(0)).length
    await slow(page, 512 << 10)
    const seen = await page.evaluateHandle(() => {
      const list = []
      new MutationObserver(() => list.push(document.querySelector('.sending [role=status]').textContent))
        .observe(document.querySelector('.sending'), { subtree: true, childList: true, characterData: true })
      addEventListener('pagehide', () => sessionStorage.setItem('seen', JSON.stringify(list)))
      return list
    })
    await submit(page).click()
    await bar(page).waitFor()
    await cancel(page).waitFor()
    assert.equal(await submit(page).getAttribute('aria-disabled'), 'true')
    assert.match(await state(page).innerText(), w.uploading)
    await page.waitForFunction(() => document.querySelector('.sending progress').value > 30)
    await page.locator('.reference').waitFor()
    await seen.dispose().catch(() => {})
    const said = JSON.parse(await page.evaluate(() => sessionStorage.getItem('seen')))
    assert.ok(said.length <= 13, `it is said in few steps: ${said}`)
    assert.ok(said.filter((text) => w.uploading.test(text)).length >= 3, said.join())
    assert.equal(said.at(-1), w.checking)
    assert.match(page.url(), /\/forms\/receipt\//)
    assert.ok((await site.mails(before + 2)).some((mail) => mail.length > 2 << 20), 'the file is in the mail')
    // Back leads to the form, as after any sending.
    await page.goBack()
    assert.ok(page.url().endsWith(form))
    assert.equal(await submit(page).getAttribute('aria-disabled'), null)
  }))

  test(`${lang}: faults come back into the page, with the file kept`, () => visit({}, async (page) => {
    await ready(page, lang, { email: 'clerk@', consent_processing: false })
    const length = await page.evaluate(() => history.length)
    await page.evaluate(() => { window.stays = true })
    await submit(page).click()
    await page.locator('.error-summary').waitFor()
    assert.equal(await page.evaluate(() => window.stays), true, 'without a new page')
    assert.equal(await page.evaluate(() => history.length), length)
    assert.equal(await focused(page), 'error-summary')
    assert.match(await page.title(), w.error)
    assert.ok(page.url().endsWith(at(lang, form)))
    assert.match(await page.locator('#field-letter .kept').innerText(), /示例小学公函\.pdf/)
    assert.equal(await page.locator('main form').count(), 1)

    // The page that came lives as the first did.
    await page.locator('#f-email').fill('clerk@example.org')
    assert.equal(await page.locator('#field-email .error').count(), 0)
    await page.locator('[name=consent_processing]').check()
    await settled(page)
    await submit(page).click()
    await page.locator('.reference').waitFor()
  }))

  test(`${lang}: a connection that breaks loses nothing`, () => visit({}, async (page, site, context) => {
    await ready(page, lang)
    await context.setOffline(true)
    await submit(page).click()
    await state(page).filter({ hasText: w.failed }).waitFor()
    assert.equal(await submit(page).getAttribute('aria-disabled'), null)
    assert.ok(await submit(page).evaluate((e) => e === document.activeElement))
    assert.ok(!await bar(page).isVisible() && !await cancel(page).isVisible())
    assert.equal(await page.locator('#f-school_name').inputValue(), '示例小学 01')
    assert.equal(await page.locator('[name=letter]').evaluate((e) => e.files[0].name), '示例小学公函.pdf')
    await context.setOffline(false)
    await submit(page).click()
    await page.locator('.reference').waitFor()
  }))

  test(`${lang}: sending can be stopped, and begun again`, () => visit({}, async (page, site) => {
    await ready(page, lang, {}, heavy())
    const before = (await site.mails(0)).length
    await slow(page, 256 << 10)
    await submit(page).click()
    await page.waitForFunction(() => document.querySelector('.sending progress').value > 5)
    await cancel(page).click()
    await state(page).filter({ hasText: w.stopped }).waitFor()
    assert.ok(!await bar(page).isVisible() && !await cancel(page).isVisible())
    await slow(page, 0)
    await submit(page).click()
    await page.locator('.reference').waitFor()
    assert.equal((await site.mails(before + 2)).length, before + 2)
  }))
}

describe('once at a time', () => {
  for (const file of [null, letter()]) {
    test(`two presses send one form, ${file ? 'with' : 'without'} a file`, () => visit({}, async (page, site) => {
      await ready(page, 'en', {}, file)
      const before = (await site.mails(0)).length
      const sent = posts(page)
      await submit(page).dblclick()
      await page.locator('.reference').waitFor()
      assert.equal(sent.length, 1)
      assert.equal(sent[0].resourceType(), file ? 'xhr' : 'document')
      assert.equal((await site.mails(before + 2)).length, before + 2)
    }))
  }

  test('a page to which one comes back can be sent', () => visit({}, async (page) => {
    await ready(page, 'en', { email: 'clerk@' }, null)
    await submit(page).click()
    await page.locator('.error-summary').waitFor()
    await page.goBack()
    assert.equal(await submit(page).getAttribute('aria-disabled'), null)
    await Promise.all([page.waitForResponse((r) => r.request().method() === 'POST'), submit(page).click()])
  }))

  test('whoever stopped the browser itself can press again', () => visit({}, async (page) => {
    await ready(page, 'en', {}, null)
    await page.clock.install()
    await page.route('**' + form, (route) => (route.request().method() === 'POST' ? route.abort('aborted') : route.continue()))
    await Promise.all([page.waitForEvent('requestfailed'), submit(page).click({ noWaitAfter: true })])
    assert.equal(await submit(page).getAttribute('aria-disabled'), 'true')
    await page.clock.fastForward(10_000)
    assert.equal(await submit(page).getAttribute('aria-disabled'), null)
  }))
})

test('an answer that is no form is told in its own words', () => visit({}, async (page) => {
  await ready(page, 'en')
  const page429 = '<!doctype html><title>x</title><main><p class="lead">Please wait a minute.</p></main>'
  const closed = '<!doctype html><title>x</title><main><p class="lead">For schools.</p><div class="form-closed"><p>This form has closed.</p></div></main>'
  for (const [status, contentType, body, want] of [
    [429, 'text/html; charset=utf-8', page429, 'Please wait a minute.'],
    [410, 'text/html; charset=utf-8', closed, 'This form has closed.'],
    [502, 'text/plain', 'Bad gateway', words.en.failed],
  ]) {
    await page.route('**' + form, (route) => (route.request().method() === 'POST' ? route.fulfill({ status, contentType, body }) : route.continue()))
    await submit(page).click()
    await state(page).filter({ hasText: want }).waitFor()
    assert.equal(await page.locator('[name=letter]').evaluate((e) => e.files.length), 1)
    await page.unroute('**' + form)
  }
  await submit(page).click()
  await page.locator('.reference').waitFor()
}))
