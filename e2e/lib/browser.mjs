// Starts the Chromium of the system, headless and quiet: it may ask nobody but
// the page's own server for anything.
import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** The path of the browser: $CHROMIUM, else where Debian puts it. */
export function executable() {
  const found = [process.env.CHROMIUM, ...places].find((p) => p && existsSync(p))
  if (!found) throw new Error('no Chromium: apt-get install chromium, or set CHROMIUM to its path')
  return found
}

/** A new browser. Root gets no sandbox, since Chromium refuses one to root. */
export function launch() {
  const args = [
    '--disable-gpu',
    '--disable-quic',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-first-run',
  ]
  if (process.getuid?.() === 0) args.push('--no-sandbox')
  return chromium.launch({ executablePath: executable(), headless: true, args })
}
