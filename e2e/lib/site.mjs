// Builds a site and runs intake over it, each in a folder of its own under the
// system's temporary one: the site of content/, or the small one of testdata/.
import { spawn, execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export const root = fileURLToPath(new URL('../../', import.meta.url))
/** The content of the small site of rare kinds of page. */
export const rare = 'e2e/testdata/content'

export const office = 'office@example.org'

// The site is built as of a day on which the sample vacancies are open.
const builtAs = '2026-11-23T09:00:00+08:00'

const execute = promisify(execFile)

export async function temporary() {
  return mkdtemp(path.join(os.tmpdir(), 'waijiao-'))
}

/** Builds the site into the folder. `make build` must have run. */
export async function build(out, baseURL = 'https://site.example.org', content = 'content') {
  await execute(path.join(root, 'bin/generator'), [
    'build', '--content', content, '--out', out, '--base-url', baseURL, '--now', builtAs,
  ], { cwd: root })
}

/** A copy of the content with a form that has closed, which the site lacks. */
async function withClosedForm(content, folder) {
  const copy = path.join(folder, 'content')
  await cp(path.join(root, content), copy, { recursive: true })
  const form = await readFile(path.join(copy, 'forms/enquiry.yaml'), 'utf8')
  await writeFile(path.join(copy, 'forms/closed-sample.yaml'), form + '\ncloses: 2026-01-01\n')
  return copy
}

/** A port that was free a moment ago. */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

/**
 * Builds the site and serves it with its forms until stop() is called. mails()
 * gives the messages in the Maildir as bytes, waiting until there are as many
 * as expected.
 */
export async function serve(content = 'content') {
  const folder = await temporary()
  const base = `http://127.0.0.1:${await freePort()}`
  const site = path.join(folder, 'public')
  const maildir = path.join(folder, 'mail')
  await build(site, base, content === 'content' ? await withClosedForm(content, folder) : content)
  const { SMTP_URL: _, ...env } = process.env // mail stays here, whatever is set outside
  const intake = spawn(path.join(root, 'bin/intake'), [
    'serve', '--site', site, '--data', path.join(folder, 'var'), '--maildir', maildir,
    '--addr', new URL(base).host, '--base-url', base, '--to', `*=${office}`,
  ], { stdio: ['ignore', 'pipe', 'pipe'], env })
  let log = ''
  intake.stdout.on('data', (chunk) => { log += chunk })
  intake.stderr.on('data', (chunk) => { log += chunk })
  const ended = new Promise((resolve) => intake.once('exit', resolve))
  const stop = async () => {
    intake.kill('SIGTERM')
    await ended
    await rm(folder, { recursive: true, force: true })
  }
  // A test that dies must not leave the server behind.
  process.once('exit', () => intake.kill('SIGKILL'))

  try {
    await until(async () => {
      if (intake.exitCode !== null) throw new Error(`intake ended:\n${log}`)
      return fetch(base + '/').then((r) => r.ok, () => false)
    }, () => `intake does not answer:\n${log}`)
  } catch (error) {
    await stop()
    throw error
  }

  return {
    base,
    log: () => log,
    async mails(count) {
      let found = []
      await until(async () => {
        const fresh = path.join(maildir, 'new')
        const names = await readdir(fresh).catch(() => [])
        found = await Promise.all(names.map((name) => readFile(path.join(fresh, name))))
        return found.length >= count
      }, () => `${found.length} mails, want ${count}:\n${log}`)
      return found
    },
    stop,
  }
}

/** Waits for a state, not for a time: asks again until the test holds. */
export async function until(test, complaint, limit = 30_000) {
  const end = Date.now() + limit
  for (;;) {
    if (await test()) return
    if (Date.now() > end) throw new Error(complaint())
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
