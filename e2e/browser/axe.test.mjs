// axe looks at every kind of page, in both languages, light and dark.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import axe from 'axe-core'
import { launch } from '../lib/browser.mjs'
import { languages } from '../lib/pages.mjs'
import { rare, serve } from '../lib/site.mjs'
import { everyKind, everyRareKind } from '../lib/visit.mjs'

let site
let rareSite
let browser
before(async () => {
  site = await serve()
  rareSite = await serve(rare)
  browser = await launch()
})
after(async () => { await browser?.close(); await site?.stop(); await rareSite?.stop() })

// The page's own policy would stop axe, which is put into it from outside.
function open(where = site) {
  return browser.newContext({ baseURL: where.base, bypassCSP: true, reducedMotion: 'reduce', viewport: { width: 1280, height: 900 } })
}

/** What axe finds on the page as it is shown, one line each. */
async function violations(page) {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate(() => window.axe.run(document, {
    resultTypes: ['violations'],
    rules: { 'target-size': { enabled: true } },
  }))
  return violations.flatMap((v) => v.nodes.map((n) => `${v.id} (${v.impact}): ${n.target.join(' ')}: ${n.failureSummary.replace(/\s+/g, ' ')}`))
}

test('axe finds planted faults', async () => {
  const context = await open()
  const page = await context.newPage()
  await page.goto('/about/')
  assert.deepEqual(await violations(page), [], 'before')
  await page.evaluate(() => {
    const main = document.querySelector('main')
    main.insertAdjacentHTML('beforeend', '<img src="/assets/none.png"><p style="color:#ccc;background:#fff">pale</p><input type="text"><a href="/" style="display:block;height:9px;line-height:9px;overflow:hidden">x</a><a href="/en/" style="display:block;height:9px;line-height:9px;overflow:hidden">y</a>')
  })
  const found = (await violations(page)).join('\n')
  for (const rule of ['image-alt', 'color-contrast', 'label', 'target-size']) assert.match(found, new RegExp(`^${rule} `, 'm'))
  await context.close()
})

describe('no violation on any kind of page, light or dark', { concurrency: true }, () => {
  const tours = { every: [() => site, everyKind], rare: [() => rareSite, everyRareKind] }
  for (const [name, [where, tour]] of Object.entries(tours)) for (const lang of languages) test(`${name}, ${lang}`, async () => {
    const context = await open(where())
    const page = await context.newPage()
    const found = []
    await tour(page, lang, async (kind) => {
      for (const colorScheme of ['light', 'dark']) {
        await page.emulateMedia({ colorScheme })
        for (const v of await violations(page)) found.push(`${kind}, ${colorScheme}: ${v}`)
      }
    }, where())
    await context.close()
    assert.equal(found.length, 0, '\n' + found.slice(0, 40).join('\n'))
  })
})
