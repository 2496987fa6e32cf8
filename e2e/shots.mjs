// Takes pictures of pages, so that a person can look at them.
//
//   node e2e/shots.mjs --base http://127.0.0.1:8080 --out DIR \
//     [--width 360,1280] [--scheme light,dark] [--lang zh,en] [--fold] [--no-script] PATH…
//
// PATH is the Chinese address (/guides/); the English one is derived from it.
// Each picture is DIR/<page>.<lang>.<width>.<scheme>.png and shows the whole
// page, with --fold only what stands on the first screen. Exit 1 if a page
// could not be had.
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { launch } from './lib/browser.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    base: { type: 'string', default: 'http://127.0.0.1:8080' },
    out: { type: 'string' },
    width: { type: 'string', default: '360,1280' },
    scheme: { type: 'string', default: 'light,dark' },
    lang: { type: 'string', default: 'zh,en' },
    fold: { type: 'boolean', default: false },
    'no-script': { type: 'boolean', default: false },
  },
})
if (!values.out || positionals.length === 0) {
  console.error('usage: node shots.mjs --base URL --out DIR [--width 360,1280] [--scheme light,dark] [--lang zh,en] [--fold] [--no-script] PATH…')
  process.exit(2)
}

mkdirSync(values.out, { recursive: true })
const browser = await launch()
let missing = 0
try {
  for (const width of values.width.split(',').map(Number)) {
    for (const scheme of values.scheme.split(',')) {
      const context = await browser.newContext({
        viewport: { width, height: width < 600 ? 780 : 900 },
        colorScheme: scheme,
        javaScriptEnabled: !values['no-script'],
        reducedMotion: 'reduce',
      })
      const page = await context.newPage()
      for (const lang of values.lang.split(',')) {
        for (const at of positionals) {
          const address = (lang === 'en' ? '/en' : '') + at
          const name = at.replace(/^\/|\/$/g, '').replace(/[^\p{L}\p{N}.-]+/gu, '_') || 'home'
          const file = path.join(values.out, `${name}.${lang}.${width}.${scheme}.png`)
          const answer = await page.goto(new URL(address, values.base).href, { waitUntil: 'load' })
          if (!answer.ok() && !/404/.test(at)) {
            console.error(`${address}: ${answer.status()}`)
            missing++
          }
          await page.screenshot({ path: file, fullPage: !values.fold })
          console.log(file)
        }
      }
      await context.close()
    }
  }
} finally {
  await browser.close()
}
process.exit(missing ? 1 : 0)
