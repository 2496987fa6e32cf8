// Shows every kind of page, those among them that only a form leads to.
import { least, member } from './answers.mjs'
import { answers, fill, letter, settled, submit } from './hiring.mjs'
import { officePage } from './office.mjs'
import { at, kinds, rareKinds } from './pages.mjs'

/**
 * Opens every kind of page in the language, one after the other, and calls
 * look(kind) on each. The site is asked for the mails that lead to pages.
 */
export async function everyKind(page, lang, look, site) {
  for (const [kind, address] of Object.entries(kinds)) {
    const answer = await page.goto(at(lang, address))
    const want = kind === '404' ? 404 : 200
    if (answer.status() !== want) throw new Error(`${at(lang, address)}: ${answer.status()}, want ${want}`)
    await look(kind)
  }
  await formsInUse(page, lang, look)
  await page.goto(at(lang, kinds.form))
  await submit(page).click()
  await page.locator('.error-summary').waitFor()
  await look('form with errors')
  await fill(page, answers({ post_type: 'zone', zone_name: '示例片区 1', sharing_schools: '示例小学 02', hours: '6' }))
  await settled(page)
  await submit(page).click()
  await page.locator('.reference').waitFor()
  await look('receipt')
  await progressOf((await page.locator('.reference').innerText()).trim(), page, lang, look, site)
}

/** Shows what the person and the office see of a form afterwards. */
async function progressOf(reference, page, lang, look, site) {
  await page.goto(at(lang, kinds.progress))
  await submit(page).click()
  await page.locator('.error-summary').waitFor()
  await look('progress with errors')
  await page.locator('#f-reference').fill(reference)
  await page.locator('#f-email').fill('clerk@example.org')
  await submit(page).click()
  await page.locator('#found').waitFor()
  await look('progress found')

  await page.goto(at(lang, await officePage(site, reference)))
  await look('office')
  await submit(page).click()
  await page.locator('.error-summary').waitFor()
  await look('office with errors')
  await page.locator('#f-status-3').check()
  await submit(page).click()
  await page.locator('.form-stored').waitFor()
  await look('office, closed')

  await page.goto(at(lang, '/forms/enquiry/'))
  await fill(page, least.enquiry)
  await settled(page)
  await submit(page).click()
  await page.locator('.receipt-link').waitFor()
  await look('receipt without an address')
  await page.goto(at(lang, await officePage(site, (await page.locator('.reference').innerText()).trim())))
  await look('office without an address')
  await page.goto(at(lang, '/forms/receipt/HZ-3333-3333-3.x/'))
  await look('dead link')
}

/** Shows what scripts put into forms while they are filled in and sent. */
async function formsInUse(page, lang, look) {
  const zone = at(lang, '/forms/zone-request/')
  await page.goto(zone)
  await look('form with rows')
  await fill(page, { email: 'clerk@', ...member(1, '示') })
  await page.locator('[name=_add]').click()
  await page.locator('.draft input').check()
  await page.locator('.draft [role=status]:not(:empty)').waitFor()
  await look('form with rows, faults and a draft')
  await page.goto(zone)
  await page.locator('.draft .button-quiet:visible').waitFor()
  await look('draft on offer')
  await page.locator('.draft .button-quiet:visible').click()

  await page.goto(at(lang, kinds.form))
  await fill(page, answers({ post_type: 'zone' }))
  await page.locator('[name=letter]').setInputFiles(letter())
  const held = []
  await page.route('**' + at(lang, kinds.form), (route) => { held.push(route) })
  await submit(page).click()
  await page.locator('.sending progress').waitFor()
  await look('upload on its way')
  await page.locator('.sending button').click()
  await page.locator('.sending progress').waitFor({ state: 'hidden' })
  await look('upload stopped')
  await page.unroute('**' + at(lang, kinds.form))
  for (const route of held) await route.abort().catch(() => {})
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
