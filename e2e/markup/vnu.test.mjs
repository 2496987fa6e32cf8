// Every page and stylesheet of the built site is given to the Nu Html Checker.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import vnu from 'vnu-jar'
import { answers } from '../lib/hiring.mjs'
import { officePage } from '../lib/office.mjs'
import { at, languages, rareKinds } from '../lib/pages.mjs'
import { build, rare, serve, temporary } from '../lib/site.mjs'

let folder
before(async () => { folder = await temporary() })
after(() => rm(folder, { recursive: true, force: true }))

/** What the checker says of every page and stylesheet below the folder. */
async function messages(dir) {
  const jar = String(vnu)
  const java = spawn('java', ['-Xss2m', '-jar', jar, '--skip-non-html', '--also-check-css', '--format', 'json', '--stdout', '--exit-zero-always', dir])
  let out = ''
  let err = ''
  java.stdout.on('data', (chunk) => { out += chunk })
  java.stderr.on('data', (chunk) => { err += chunk })
  const code = await new Promise((resolve, reject) => java.once('error', reject).once('close', resolve))
  assert.equal(code, 0, err)
  return JSON.parse(out).messages
}

function line(message) {
  return `${message.url.replace(/^file:/, '')}:${message.lastLine ?? 0}:${message.firstColumn ?? 0}: ${message.type}: ${message.message}  ${message.extract ?? ''}`
}

test('the checker finds planted faults in a page and in a stylesheet', async () => {
  const dir = path.join(folder, 'planted')
  await mkdir(dir)
  await writeFile(path.join(dir, 'index.html'), '<!doctype html><html lang="en"><title>x</title><p><ul></ul></p><p id="a"><p id="a">')
  await writeFile(path.join(dir, 'x.css'), 'body { colr: red }')
  const found = (await messages(dir)).map((m) => m.message)
  for (const want of [/“p” end tag/, /Duplicate ID/, /“colr”/]) {
    assert.ok(found.some((m) => want.test(m)), `${want} in ${found.join('\n')}`)
  }
})

test('no page and no stylesheet of the site has an error or a warning', async () => {
  const dir = path.join(folder, 'public')
  await build(dir)
  const pages = (await readdir(dir, { recursive: true })).filter((name) => name.endsWith('.html'))
  assert.ok(pages.length >= 240, `${pages.length} pages`)
  const found = await messages(dir)
  assert.equal(found.length, 0, '\n' + found.slice(0, 30).map(line).join('\n'))
})

test('no rare kind of page has an error or a warning', async () => {
  const dir = path.join(folder, 'rare')
  await build(dir, undefined, rare)
  const pages = await readdir(dir, { recursive: true })
  for (const lang of languages) {
    for (const address of Object.values(rareKinds)) assert.ok(pages.includes(at(lang, address).slice(1) + 'index.html'), at(lang, address))
  }
  const found = await messages(dir)
  assert.equal(found.length, 0, '\n' + found.slice(0, 30).map(line).join('\n'))
})

test('no page that intake draws has an error or a warning', async () => {
  const dir = path.join(folder, 'drawn')
  await mkdir(dir)
  const site = await serve()
  try {
    for (const lang of languages) {
      const form = site.base + at(lang, '/forms/hiring-request/')
      const faulty = new FormData()
      faulty.set('school_name', '<b>"示例小学"</b>')
      faulty.set('post_type', 'zone')
      const pages = {
        open: [await fetch(form), 200],
        faults: [await fetch(form, { method: 'POST', body: faulty }), 422],
        missing: [await fetch(site.base + at(lang, '/nothing-is-here/')), 404],
        receipt: [await fetch(form, { method: 'POST', body: formData(answers()) }), 200],
      }
      const reference = /HZ-\w{4}-\w{4}-\w/.exec(pages.receipt[0].url)[0]
      const progress = site.base + at(lang, '/forms/status/')
      const office = site.base + at(lang, await officePage(site, reference))
      const post = (values) => ({ method: 'POST', body: new URLSearchParams(values) })
      Object.assign(pages, {
        closed: [await fetch(site.base + at(lang, '/forms/closed-sample/')), 200],
        progress: [await fetch(progress), 200],
        'progress-empty': [await fetch(progress, post({})), 422],
        'progress-wrong': [await fetch(progress, post({ reference, email: '"><b>@example.org' })), 422],
        'progress-found': [await fetch(progress, post({ reference, email: answers().email })), 200],
        office: [await fetch(office), 200],
        'office-faults': [await fetch(office, post({ note: '</textarea>' + 'x'.repeat(2001) })), 422],
        'office-changed': [await fetch(office, post({ status: 'handling', seen: 'before' })), 409],
        'dead-link': [await fetch(site.base + at(lang, '/forms/office/HZ-3333-3333-3.x/')), 404],
      })
      const marked = await fetch(office)
      const page = await marked.text()
      Object.assign(pages, { 'office-stored': [await fetch(office, post({ status: 'closed', note: '示例', seen: /name="seen" value="([^"]*)"/.exec(page)[1] })), 200] })
      Object.assign(pages, { 'receipt-closed': [await fetch(pages.receipt[0].url), 200] })
      for (const [name, [answer, status]] of Object.entries(pages)) {
        assert.equal(answer.status, status, name)
        await writeFile(path.join(dir, `${name}.${lang}.html`), await answer.text())
      }
    }
  } finally {
    await site.stop()
  }
  const found = await messages(dir)
  assert.equal(found.length, 0, '\n' + found.slice(0, 30).map(line).join('\n'))
})

/** The answers as a browser sends them, but without a page's key and stamp. */
function formData(values) {
  const data = new FormData()
  for (const [name, value] of Object.entries(values)) {
    for (const v of [value].flat()) data.append(name, v === true ? 'yes' : v)
  }
  return data
}
