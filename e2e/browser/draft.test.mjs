// A draft is kept in the browser only for whoever asks for it, and ends.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { member, zone } from '../lib/answers.mjs'
import { answers, fill, letter, settled, submit } from '../lib/hiring.mjs'
import { at, languages } from '../lib/pages.mjs'
import { until } from '../lib/site.mjs'
import { windows } from '../lib/window.mjs'

const visit = windows()
const form = '/forms/hiring-request/'
const day = 24 * 60 * 60 * 1000
const words = {
  zh: { keep: '在这台设备上保存草稿', saved: /^\d{4}年\d+月\d+日.*\d+:\d\d已保存草稿。$/, offer: /^这台设备上有一份草稿，保存于\d{4}年/, use: '继续填写草稿', remove: '删除草稿', used: /草稿已填回/, gone: '草稿已删除。', changed: /表单有了更新/ },
  en: { keep: 'Keep a draft on this device', saved: /^Draft saved on \d+ \w+ \d{4}.* \d\d:\d\d\.$/, offer: /^There is a draft on this device, saved on \d+ \w+ \d{4}/, use: 'Continue with the draft', remove: 'Delete the draft', used: /draft has been filled in/, gone: 'The draft has been deleted.', changed: /form has changed/ },
}

const box = (page) => page.locator('.draft')
const keep = (page, lang = 'en') => box(page).getByRole('checkbox', { name: words[lang].keep })
const button = (page, name) => box(page).getByRole('button', { name, exact: true })
const state = (page) => box(page).locator('[role=status]')

/** The drafts in the browser's storage. */
function drafts(page) {
  return page.evaluate(() => Object.fromEntries(Object.entries(localStorage).filter(([key]) => key.startsWith('form-draft:'))))
}

/** Waits until the draft of the form has been stored with this text in it. */
async function stored(page, text) {
  await until(async () => JSON.stringify(await drafts(page)).includes(text), () => `no draft with ${text}`)
  return JSON.parse(Object.values(await drafts(page))[0])
}

for (const lang of languages) {
  const w = words[lang]
  test(`${lang}: kept when asked for, offered, continued, and gone once sent`, () => visit({}, async (page) => {
    await page.goto(at(lang, form))
    assert.ok(!await keep(page, lang).isChecked())
    await fill(page, answers())
    await page.locator('[name=letter]').setInputFiles(letter())
    assert.deepEqual(await drafts(page), {}, 'nothing is kept unless it is asked for')
    await keep(page, lang).check()
    await state(page).filter({ hasText: w.saved }).waitFor()
    await page.locator('#f-requirements').fill('示例要求')
    const draft = await stored(page, '示例要求')
    const names = draft.values.map(([name]) => name)
    assert.ok(names.includes('school_name') && names.includes('subjects'))
    for (const never of ['letter', 'consent_processing', '_key', '_stamp', '_version', '_homepage', 'zone_name', 'consent_zone']) assert.ok(!names.includes(never), never)

    // It is offered, also in the other language, and fills nothing by itself.
    const other = lang === 'en' ? 'zh' : 'en'
    await page.goto(at(other, form))
    await button(page, words[other].use).waitFor()
    await page.goto(at(lang, form))
    assert.match(await box(page).locator('strong').innerText(), w.offer)
    assert.equal(await page.locator('#f-school_name').inputValue(), '')
    assert.ok(!await keep(page, lang).isVisible())
    await button(page, w.use).click()
    await state(page).filter({ hasText: w.used }).waitFor()
    assert.ok(await keep(page, lang).evaluate((e) => e === document.activeElement && e.checked))
    for (const [name, value] of Object.entries(answers())) {
      if (name === 'consent_processing' || name === 'requirements') continue
      const field = page.locator(`[name="${name}"]`)
      if (Array.isArray(value)) assert.deepEqual(await page.locator(`[name="${name}"]:checked`).evaluateAll((all) => all.map((e) => e.value)), value)
      else if (await field.count() > 1) assert.ok(await page.locator(`[name="${name}"][value="${value}"]`).isChecked(), name)
      else assert.equal(await field.inputValue(), value, name)
    }
    assert.ok(!await page.locator('[name=consent_processing]').isChecked())

    // With faults it stays, without another offer; with the receipt it goes.
    await settled(page)
    await submit(page).click()
    await page.locator('.error-summary').waitFor()
    assert.ok(await keep(page, lang).isChecked())
    assert.equal(Object.keys(await drafts(page)).length, 1)
    await page.locator('[name=consent_processing]').check()
    await submit(page).click()
    await page.locator('.reference').waitFor()
    assert.deepEqual(await drafts(page), {})
  }))

  test(`${lang}: deleted by its button, by the tick, and instead of being continued`, () => visit({}, async (page) => {
    await page.goto(at(lang, form))
    await page.locator('#f-contact_name').fill('示例联系人')
    await keep(page, lang).check()
    await stored(page, '示例联系人')
    await button(page, w.remove).click()
    await state(page).filter({ hasText: w.gone }).waitFor()
    assert.deepEqual(await drafts(page), {})
    assert.ok(await keep(page, lang).evaluate((e) => e === document.activeElement && !e.checked))
    await page.locator('#f-contact_post').fill('主任')
    await keep(page, lang).check()
    await stored(page, '主任')
    await keep(page, lang).uncheck()
    assert.deepEqual(await drafts(page), {})
    await keep(page, lang).check()
    await page.goto(at(lang, form))
    await button(page, w.remove).click()
    assert.deepEqual(await drafts(page), {})
    assert.ok(await keep(page, lang).isVisible())
    await page.reload()
    assert.ok(!await button(page, w.use).isVisible())
  }))

  test(`${lang}: a form that has changed since says so and fills what it still asks`, () => visit({}, async (page) => {
    await page.goto(at(lang, form))
    await page.locator('#f-contact_name').fill('示例联系人')
    await keep(page, lang).check()
    await stored(page, '示例联系人')
    await page.evaluate(() => {
      const draft = JSON.parse(localStorage['form-draft:hiring-request'])
      draft.version = 'older'
      draft.values.push(['asked_no_more', 'x'], ['district', '999999'], ['post_type', 'retired'], ['contact_post', '主任'])
      localStorage['form-draft:hiring-request'] = JSON.stringify(draft)
    })
    await page.reload()
    assert.match(await box(page).innerText(), w.changed)
    await button(page, w.use).click()
    assert.equal(await page.locator('#f-contact_post').inputValue(), '主任')
    assert.equal(await page.locator('#f-district').inputValue(), '')
    assert.equal(await page.locator('[name=post_type]:checked').count(), 0)
  }))
}

describe('how a draft ends', () => {
  async function aged(page, days) {
    await page.goto('/en' + form)
    await page.locator('#f-contact_name').fill('示例联系人')
    await keep(page).check()
    await stored(page, '示例联系人')
    await page.evaluate((time) => {
      const draft = JSON.parse(localStorage['form-draft:hiring-request'])
      localStorage['form-draft:hiring-request'] = JSON.stringify({ ...draft, time })
    }, Date.now() - days * day)
  }

  test('after a week it is gone, whatever page is opened', () => visit({}, async (page) => {
    await aged(page, 7.01)
    await page.evaluate(() => { localStorage['another-program'] = 'x' })
    await page.goto('about:blank')
    await page.goto('/about/')
    assert.deepEqual(await drafts(page), {})
    assert.equal(await page.evaluate(() => localStorage['another-program']), 'x')
  }))

  test('within the week it is there', () => visit({}, async (page) => {
    await aged(page, 6.9)
    await page.goto('about:blank')
    await page.goto('/en' + form)
    await button(page, words.en.use).waitFor()
  }))

  test('one that was offered and left alone is not written over, nor taken for the new one', () => visit({}, async (page, site, context) => {
    await page.goto('/en' + form)
    await page.locator('#f-contact_name').fill('示例联系人')
    await keep(page).check()
    await stored(page, '示例联系人')
    const before = await drafts(page)
    const second = await context.newPage()
    await second.goto('/en' + form)
    await fill(second, answers())
    await settled(second)
    await submit(second).click()
    await second.locator('.reference').waitFor()
    assert.deepEqual(await drafts(second), before)
  }))
})

test('rows and fields that come with an answer are filled too', () => visit({}, async (page) => {
  await page.goto('/forms/zone-request/')
  await fill(page, zone)
  await fill(page, member(1, '示例小学 02'))
  await page.locator('[name=_add]').click()
  await fill(page, member(2, '示例小学 03'))
  await keep(page, 'zh').check()
  await stored(page, '示例小学 03')
  await page.reload()
  await button(page, words.zh.use).click()
  assert.equal(await page.locator('#f-members-2-school_name').inputValue(), '示例小学 03')
  assert.ok(await page.locator('[name="members.2.stages"][value=primary]').isChecked())

  await page.goto(form)
  await fill(page, { post_type: 'zone', zone_name: '示例片区 1' })
  await keep(page, 'zh').check()
  await stored(page, '示例片区 1')
  await page.reload()
  await button(page, words.zh.use).click()
  assert.ok(await page.locator('#f-zone_name').isVisible())
  assert.equal(await page.locator('#f-zone_name').inputValue(), '示例片区 1')
}))

test('where nothing can be stored nothing is offered, and the form works', () => visit({}, async (page) => {
  const faults = []
  page.on('pageerror', (error) => faults.push(error.message))
  await page.addInitScript(() => {
    for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(window, name, { get() { throw new DOMException('no', 'SecurityError') } })
  })
  await page.goto('/en' + form)
  assert.equal(await box(page).count(), 0)
  await fill(page, answers())
  await settled(page)
  await submit(page).click()
  await page.locator('.reference').waitFor()
  assert.deepEqual(faults, [])
}))

test('a full storage is told, and the rest goes on', () => visit({}, async (page) => {
  await page.goto('/en' + form)
  await page.evaluate(() => {
    let room = 'x'.repeat(1 << 20)
    while (room.length) {
      try { localStorage[`filler${Math.random()}`] = room } catch { room = room.slice(room.length / 2 + 1) }
    }
  })
  await page.locator('#f-contact_name').fill('示例联系人'.repeat(6))
  await keep(page).click()
  await state(page).filter({ hasText: 'could not keep the draft' }).waitFor()
  assert.ok(!await keep(page).isChecked())
}))

test('it is not printed, and without a script not shown', () => visit({}, async (page, site, context) => {
  await page.goto(form)
  await page.emulateMedia({ media: 'print' })
  assert.ok(!await box(page).isVisible())
  const plain = await (await context.browser().newContext({ baseURL: site.base, javaScriptEnabled: false })).newPage()
  await plain.goto(form)
  assert.equal(await plain.locator('.draft').count(), 0)
  await plain.context().close()
}))
