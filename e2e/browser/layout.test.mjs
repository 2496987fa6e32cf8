// How the pages stand in the window: nothing runs out of it, what is to be hit
// is large enough; and that they fetch nothing from anywhere else.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch } from '../lib/browser.mjs'
import { languages } from '../lib/pages.mjs'
import { rare, serve } from '../lib/site.mjs'
import { everyKind, everyRareKind } from '../lib/visit.mjs'
import { watch } from '../lib/watch.mjs'

let site
let rareSite
let browser
before(async () => {
  site = await serve()
  rareSite = await serve(rare)
  browser = await launch()
})
after(async () => { await browser?.close(); await site?.stop(); await rareSite?.stop() })

const narrow = { width: 320, height: 640 }
const wide = { width: 1280, height: 900 }

function open(viewport, options = {}) {
  return browser.newContext({ baseURL: site.base, viewport, reducedMotion: 'reduce', ...options })
}

/** What stands farther to the right than the window is wide. */
function overflowing(page) {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth
    const root = document.scrollingElement
    if (root.scrollWidth <= width) return []
    const guilty = [...document.querySelectorAll('body *')]
      .filter((e) => e.getBoundingClientRect().right > width + 0.5 && !e.closest('.table-scroll'))
      .map((e) => `${e.tagName.toLowerCase()}.${e.className} to ${Math.round(e.getBoundingClientRect().right)}`)
    return [`${root.scrollWidth} px wide in ${width}: ${guilty.slice(0, 4).join(', ')}`]
  })
}

/**
 * Targets that stand by themselves (navigation, buttons, fields, choices with
 * their labels) and are less than 44 px high. For links in running text axe's
 * rule target-size asks for 24 px or room around them.
 */
function tooSmall(page) {
  return page.evaluate(() => {
    const alone = [
      'header.site-head a', 'header.site-head button', 'header.site-head summary', 'footer.site-foot li a',
      'nav.pager a', 'nav.years a', 'a.button', 'button', 'summary', 'select', 'textarea',
      'input:not([type=checkbox]):not([type=radio]):not([type=hidden])', '.door li a', '.facet a', '.choice', '.error-summary a',
    ].join(',')
    const found = []
    for (const e of document.querySelectorAll(alone)) {
      if (!e.checkVisibility({ visibilityProperty: true }) || e.closest('[aria-hidden=true]')) continue
      const { height } = e.getBoundingClientRect()
      if (Math.round(height) < 44) {
        found.push(`${e.tagName.toLowerCase()}${[...e.classList].map((c) => '.' + c).join('')} in ${e.parentElement.tagName.toLowerCase()}${[...e.parentElement.classList].map((c) => '.' + c).join('')} is ${Math.round(height)} px high, want 44`)
      }
    }
    return [...new Set(found)]
  })
}

/** One line for a fault that many pages share. */
function together(found) {
  const pages = new Map()
  for (const { kind, what } of found) pages.set(what, [...(pages.get(what) ?? []), kind])
  return [...pages].map(([what, on]) => `${what} (on ${on.length}: ${on.slice(0, 4).join(', ')}${on.length > 4 ? ' …' : ''})`)
}

/** Puts markup into a page, as a fault that the looks above must find. */
async function planted(page, html) {
  await page.goto('/about/')
  await page.evaluate((h) => document.querySelector('main').insertAdjacentHTML('beforeend', h), html)
}

test('the looks find planted faults', async () => {
  const context = await open(narrow, { bypassCSP: true })
  const page = await context.newPage()
  await planted(page, '<div style="width:400px" class="too-wide">x</div>')
  assert.match((await overflowing(page)).join(), /too-wide/)
  await planted(page, '<button style="all:unset;height:30px" class="too-low">x</button>')
  assert.match((await tooSmall(page)).join(), /too-low.*30 px/)
  await context.close()
})

test('the watch finds what another origin is asked for, and what the policy stops', async () => {
  const context = await open(wide)
  const page = await context.newPage()
  const faults = watch(page, site.base)
  await page.goto('/about/')
  assert.deepEqual(faults, [])
  await page.evaluate(() => {
    document.body.insertAdjacentHTML('beforeend', '<p style="color:red">x</p>')
    document.body.append(Object.assign(document.createElement('script'), { textContent: '1' }))
    return new Promise((resolve) => {
      const image = Object.assign(new Image(), { onerror: resolve, src: 'http://127.0.0.1:9/x.png' })
      document.body.append(image)
    })
  })
  const all = faults.join('\n')
  for (const want of [/console: .*style/i, /console: .*script/i, /127\.0\.0\.1:9/]) assert.match(all, want)
  await context.close()
})

for (const lang of languages) {
  for (const [viewport, larger] of [[narrow, false], [narrow, true], [wide, false]]) {
    const tours = [['every kind', () => site, everyKind], ['rare kinds', () => rareSite, everyRareKind]]
    for (const [name, where, tour] of tours) test(`${name}, ${lang}, ${viewport.width} px${larger ? ', larger text' : ''}: nothing runs out of the window, targets are large, nothing else is fetched`, async () => {
      const { base } = where()
      const context = await open(viewport, { baseURL: base })
      const page = await context.newPage()
      if (larger) {
        await page.goto('/')
        await page.locator('button.larger').click()
      }
      const faults = watch(page, base)
      const found = []
      await tour(page, lang, async (kind) => {
        for (const f of [...await overflowing(page), ...await tooSmall(page)]) found.push({ kind, what: f })
      }, where())
      await context.close()
      const all = [...faults, ...together(found)]
      assert.equal(all.length, 0, '\n' + all.slice(0, 60).join('\n'))
    })
  }
}
