// The rows of a group: added and removed in the page by the script, and by the
// server without it; and fields that are asked only with a certain answer.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { member, zone } from '../lib/answers.mjs'
import { answers, fill, letter, settled, submit } from '../lib/hiring.mjs'
import { headers, texts } from '../lib/mail.mjs'
import { at, languages } from '../lib/pages.mjs'
import { office } from '../lib/site.mjs'
import { focused, said, windows } from '../lib/window.mjs'

const visit = windows()
const form = '/forms/zone-request/'

const add = (page) => page.locator('[name=_add][value=members]')
const drop = (page, n) => page.locator(`[name=_drop][value="members.${n}"]`)
const schools = (page) => page.locator('.group-row [name$=".school_name"]')

/** The group as it stands in the page, without what only one of the two has. */
function drawn(page) {
  return page.locator('#field-members').evaluate((group) => {
    const copy = group.cloneNode(true)
    const typed = [...group.querySelectorAll('input, select, textarea')]
    copy.querySelectorAll('input, select, textarea').forEach((e, i) => {
      for (const name of ['value', 'checked', 'autofocus']) if (name !== 'value' || !/radio|checkbox/.test(e.type)) e.removeAttribute(name)
      e.setAttribute('data-typed', /radio|checkbox/.test(e.type) ? typed[i].checked : typed[i].value)
      e.querySelectorAll('option').forEach((o) => o.removeAttribute('selected'))
    })
    copy.querySelectorAll('[tabindex]').forEach((e) => e.removeAttribute('tabindex'))
    return copy.outerHTML.replace(/>\s+</g, '><').replace(/<([^ >]+)([^>]*)>/g, (_, tag, attributes) => `\n<${tag} ${attributes.trim().split(/ (?=[\w-]+(?:=|$| ))/).sort().join(' ')}>`)
  })
}

/** Types two schools, adds a row for each, and takes the first out again. */
async function useRows(page, settle = async () => {}) {
  await fill(page, member(1, '示例小学 02'))
  await add(page).click()
  await settle(2)
  await fill(page, member(2, '示例小学 03'))
  await add(page).click()
  await settle(3)
  const three = await drawn(page)
  await fill(page, member(3, '示例小学 04'))
  await drop(page, 1).click()
  await settle(2)
  return [three, await drawn(page)]
}

for (const lang of languages) {
  test(`${lang}: the script makes the rows that the server makes`, () => visit({}, async (page, site, context) => {
    const plain = await (await context.browser().newContext({ baseURL: site.base, javaScriptEnabled: false })).newPage()
    await plain.goto(at(lang, form))
    const byServer = await useRows(plain, (rows) => plain.locator(`.group-row:nth-of-type(${rows})`).waitFor())
    await page.goto(at(lang, form))
    await page.evaluate(() => { window.stays = true })
    const byScript = await useRows(page)
    assert.equal(await page.evaluate(() => window.stays), true, 'without a round trip')
    assert.deepEqual(byScript, byServer)
    assert.match(byScript[1], /示例小学 04/)

    // Each is sent as it stands, and the office reads both schools.
    for (const window of [plain, page]) {
      const before = (await site.mails(0)).length
      await fill(window, zone)
      await settled(window)
      await submit(window).click()
      await window.locator('.reference').waitFor()
      const reference = (await window.locator('.reference').innerText()).trim()
      const mail = (await site.mails(before + 2)).find((m) => headers(m).to.includes(office) && headers(m).subject.includes(reference))
      for (const school of ['示例小学 03', '示例小学 04']) assert.ok(texts(mail).includes(school), school)
      assert.ok(!texts(mail).includes('示例小学 02'), 'the row that was taken out')
    }
    await plain.context().close()
  }))

  test(`${lang}: the focus goes along, and it is said`, () => visit({}, async (page) => {
    await page.goto(at(lang, form))
    assert.ok(!await drop(page, 1).isVisible(), 'the only row stays')
    await add(page).focus()
    await page.keyboard.press('Enter')
    assert.equal(await focused(page), 'f-members-2-school_name')
    await said(page).filter({ hasText: lang === 'en' ? 'School 2 added.' : '已添加“学校2”。' }).waitFor({ state: 'attached' })
    assert.equal(await page.locator('#row-members-2 legend').first().innerText(), lang === 'en' ? 'School 2' : '学校2')
    await drop(page, 1).focus()
    await page.keyboard.press('Enter')
    assert.equal(await focused(page), 'row-members-1')
    await said(page).filter({ hasText: lang === 'en' ? 'School 1 removed.' : '已移除“学校1”。' }).waitFor({ state: 'attached' })
    assert.ok(!await drop(page, 1).isVisible())
  }))
}

test('there are no more rows than the form takes, and none is filled beforehand', () => visit({}, async (page) => {
  await page.goto('/en' + form)
  await fill(page, member(1, '示'))
  await page.locator('#f-members-1-lessons').focus()
  await page.locator('#f-members-1-school_name-error').waitFor()
  for (let rows = 1; rows < 11; rows++) await add(page).click()
  assert.equal(await schools(page).count(), 11)
  assert.ok(!await add(page).isVisible())
  assert.deepEqual((await schools(page).evaluateAll((all) => all.map((e) => e.value))).slice(1), Array(10).fill(''))
  assert.equal(await page.locator('[name^="members."]:checked').count(), 1)
  assert.equal(await page.locator('.group-row .error, .group-row .field-error').count(), 2, 'the error of the first row is not copied')
  const ids = await page.locator('form [id]').evaluateAll((all) => all.map((e) => e.id))
  assert.equal(new Set(ids).size, ids.length, 'no id stands twice')
  await drop(page, 11).click()
  assert.ok(await add(page).isVisible())

  // A row without any answer lacks nothing; one with an answer does.
  const name = page.locator('#f-members-2-school_name')
  await name.fill('示例小学')
  await name.fill('')
  await name.blur()
  await page.locator('#f-members-3-lessons').fill('4')
  await page.locator('#f-members-3-school_name').fill('示例小学')
  await page.locator('#f-members-3-school_name').fill('')
  await page.locator('#f-members-3-lessons').focus()
  await page.locator('#f-members-3-school_name-error').waitFor()
  assert.equal(await page.locator('#field-members-2-school_name .error').count(), 0)
}))

for (const javaScriptEnabled of [true, false]) {
  test(`Enter sends the form and adds no row, script ${javaScriptEnabled ? 'on' : 'off'}`, () => visit({ javaScriptEnabled }, async (page) => {
    await page.goto(form)
    await page.locator('#f-members-1-school_name').focus()
    await page.keyboard.press('Enter')
    await page.locator('.error-summary').waitFor()
    assert.equal(await schools(page).count(), 1)
  }))
}

describe('fields that depend on an answer', () => {
  const hiring = '/forms/hiring-request/'

  test('they come and go, keep what was typed, and are not sent while away', () => visit({}, async (page) => {
    await page.goto('/en' + hiring)
    const name = page.locator('#f-zone_name')
    const type = (value) => page.locator(`[name=post_type][value=${value}]`)
    assert.ok(!await name.isVisible())
    assert.ok(!await page.locator('[name=consent_zone]').isVisible())
    await type('zone').check()
    assert.ok(await name.isVisible())
    await name.fill('示例片区 1')
    await type('part-time').focus()
    await page.keyboard.press('Space')
    assert.ok(!await name.isVisible())
    assert.equal(await page.evaluate(() => document.activeElement.value), 'part-time', 'the focus stays')
    await type('zone').check()
    assert.equal(await name.inputValue(), '示例片区 1')

    await type('full-time').check()
    const [request] = await Promise.all([page.waitForRequest((r) => r.method() === 'POST'), submit(page).click()])
    assert.doesNotMatch(request.postDataBuffer().toString(), /zone_name|sharing_schools|consent_zone/)
    assert.match(request.postDataBuffer().toString(), /name="post_type"[^]*full-time/)
  }))

  test('the answer of a page that came back counts', () => visit({}, async (page) => {
    await page.goto(hiring)
    await page.locator('[name=post_type][value=zone]').check()
    await submit(page).click()
    await page.locator('.error-summary').waitFor()
    assert.ok(await page.locator('#f-zone_name').isVisible())
    await page.locator('.error-summary a[href="#f-zone_name"]').click()
    assert.equal(await focused(page), 'f-zone_name')
  }))

  test('without a script they are always there, with their condition in words', () => visit({ javaScriptEnabled: false }, async (page) => {
    await page.goto('/en' + hiring)
    assert.ok(await page.locator('#f-zone_name').isVisible())
    assert.match(await page.locator('#f-zone_name-when').innerText(), /Only if “Type of post” is “Shared in a zone”/)
    await fill(page, answers())
    await page.locator('[name=letter]').setInputFiles(letter())
    await settled(page)
    await submit(page).click()
    await page.locator('.reference').waitFor()
  }))
})
