// Shows every kind of page, those among them that only a form leads to.
import { answers, fill, settled, submit } from './hiring.mjs'
import { at, kinds } from './pages.mjs'

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
