// A browser window of its own for each test, on a site with its forms.
import { after, before } from 'node:test'
import { launch } from './browser.mjs'
import { serve } from './site.mjs'

/**
 * Starts a site and a browser for the tests of a file. visit(options, steps)
 * opens a window, runs steps(page, site, context) in it and closes it.
 */
export function windows() {
  let site
  let browser
  before(async () => {
    site = await serve()
    browser = await launch()
  })
  after(async () => { await browser?.close(); await site?.stop() })

  return async function visit(options, steps) {
    const context = await browser.newContext({ baseURL: site.base, viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce', ...options })
    try {
      await steps(await context.newPage(), site, context)
    } finally {
      await context.close()
    }
  }
}

/** What has the focus, by its id, else its class. */
export function focused(page) {
  return page.evaluate(() => document.activeElement.id || document.activeElement.className)
}

/** What a screen reader was told last. */
export function said(page) {
  return page.locator('form.form > .voice')
}
