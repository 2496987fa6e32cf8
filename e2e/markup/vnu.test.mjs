// Every page and stylesheet of the built site is given to the Nu Html Checker.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import vnu from 'vnu-jar'
import { build, temporary } from '../lib/site.mjs'

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
