// Shows every kind of page, those among them that only a form leads to.
import { answers, fill, settled, submit } from './hiring.mjs'
import { at, kinds, rareKinds } from './pages.mjs'

/**
 * Opens every kind of page in the language, one after the other, and calls
 * look(kind) on each.
 */
export async function everyKind(page, lang, look) {
  for (const [kind, address] of Object.entries(kinds)) {
    const answer = await page.goto(at(lang, address))
    const want = kind === '404' ? 404 : 200
    if (answer.status() !== want) throw new Error(`${at(lang, address)}: ${answer.status()}, want ${want}`)
    await look(kind)
  }
  await page.goto(at(lang, kinds.form))
  await submit(page).click()
  await page.locator('.error-summary').waitFor()
  await look('form with errors')
  await fill(page, answers({ post_type: 'zone', zone_name: '示例片区 1', sharing_schools: '示例小学 02', hours: '6' }))
  await settled(page)
  await submit(page).click()
  await page.locator('.reference').waitFor()
  await look('receipt')
}

// By what a rare kind is known, so that it cannot silently become a common one.
const marks = {
  'only in Chinese': { en: '.banner' },
  'only in English': { zh: '.banner' },
  'outdated translation': { en: '.banner' },
  'expired page': { zh: '.banner', en: '.banner' },
  'page to be confirmed': { zh: '.banner', en: '.banner' },
  'first page of a list': { zh: '.pager [rel=next]', en: '.pager [rel=next]' },
  'second page of a list': { zh: '.pager [rel=prev]', en: '.pager [rel=prev]' },
}

function markOf(kind, lang) {
  return kind.startsWith('empty') ? '.empty' : marks[kind]?.[lang] ?? 'h1'
}

/**
 * Opens every rare kind of page in the language. A moved address is held where
 * it is: a browser would have left it before anybody could look.
 */
export async function everyRareKind(page, lang, look) {
  const moved = at(lang, rareKinds['moved address'])
  let held = 0
  await page.route('**' + moved, async (route) => {
    const response = await route.fetch()
    const body = await response.text()
    const still = body.replace(/<meta http-equiv="refresh"[^>]*>/, '')
    if (still !== body) held++
    await route.fulfill({ response, body: still })
  })
  for (const [kind, address] of Object.entries(rareKinds)) {
    const answer = await page.goto(at(lang, address))
    if (answer.status() !== 200) throw new Error(`${at(lang, address)}: ${answer.status()}`)
    const mark = markOf(kind, lang)
    if (await page.locator('main ' + mark).count() === 0) throw new Error(`${at(lang, address)} has no ${mark}: it is not “${kind}” any more`)
    await look(kind)
  }
  if (held !== 1) throw new Error(`${moved} leads nowhere`)
}
