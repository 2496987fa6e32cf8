// The form's script says as a field is left what the server would say, in the
// same words, and never more than the server.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { answers, fill, letter, settled, submit } from '../lib/hiring.mjs'
import { at, languages } from '../lib/pages.mjs'
import { focused, said, windows } from '../lib/window.mjs'

const visit = windows()
const form = '/forms/hiring-request/'

/** How a field stands in the page: its error, where that is, how it is tied. */
function state(page, name) {
  return page.locator(`#field-${name}`).evaluate((field) => {
    const error = field.querySelector('p.error')
    const about = field.querySelector('fieldset.choices') ?? field.querySelector('.input')
    return {
      wrong: field.classList.contains('field-error'),
      error: error?.outerHTML,
      after: error?.previousElementSibling?.outerHTML.replace(/<p class="hint".*/s, 'hint'),
      before: error?.nextElementSibling?.id || error?.nextElementSibling?.className,
      described: about.getAttribute('aria-describedby'),
      invalid: about.getAttribute('aria-invalid'),
    }
  })
}

const wrong = { school_name: '示', uscc: '91350100M000100Y44', mobile: '123', email: 'clerk@', hours: '99', teachers: '1.5', start_date: '2020-01-01' }

for (const lang of languages) {
  test(`${lang}: what is said on leaving a field is what the server says`, () => visit({}, async (page, site, context) => {
    const plain = await (await context.browser().newContext({ baseURL: site.base, javaScriptEnabled: false })).newPage()
    await plain.goto(at(lang, form))
    await fill(plain, answers(wrong))
    await settled(plain)
    await submit(plain).click()
    await plain.locator('.error-summary').waitFor()

    await page.goto(at(lang, form))
    for (const [name, value] of Object.entries(wrong)) {
      const field = page.locator(`#f-${name}`)
      await field.fill(value)
      assert.equal(await page.locator(`#field-${name} .error`).count(), 0, `${name}: nothing is said while one types`)
      await field.blur()
      await page.locator(`#f-${name}-error`).waitFor()
      assert.deepEqual(await state(page, name), await state(plain, name), name)
    }
    await plain.context().close()
  }))

  test(`${lang}: an empty required field is told of once something was typed and cleared`, () => visit({}, async (page) => {
    await page.goto(at(lang, form))
    await page.locator('#f-contact_name').focus()
    await page.locator('#f-contact_post').focus()
    await page.locator('#f-email').focus()
    await page.locator('#f-school_name').focus()
    assert.equal(await page.locator('.error').count(), 0, 'untouched fields stay quiet')
    const name = page.locator('#f-contact_name')
    await name.fill('示例联系人')
    await name.fill('')
    await name.blur()
    await page.locator('#f-contact_name-error').waitFor()
    assert.match(await page.locator('#f-contact_name-error').innerText(), lang === 'en' ? /Enter the contact person's name/ : /请填写联系人的姓名/)
    await said(page).filter({ hasText: lang === 'en' ? 'Enter the contact' : '请填写联系人' }).waitFor({ state: 'attached' })
    assert.equal(await page.locator('.error').count(), 1)
  }))
}

test('an error goes as soon as the field is right, its own or the server\'s', () => visit({}, async (page) => {
  await page.goto('/en' + form)
  const email = page.locator('#f-email')
  await email.fill('clerk@')
  await email.blur()
  await page.locator('#f-email-error').waitFor()
  await email.focus()
  await email.press('End')
  await email.pressSequentially('example.or')
  assert.equal(await page.locator('#f-email-error').count(), 0, 'before the field is left')
  assert.equal(await email.getAttribute('aria-invalid'), null)
  assert.equal(await email.getAttribute('aria-describedby'), 'f-email-hint')

  await fill(page, answers({ ...wrong, email: 'clerk@' }))
  await settled(page)
  await submit(page).click()
  await page.locator('.error-summary').waitFor()
  await page.locator('#f-hours').fill('9')
  assert.equal(await page.locator('#field-hours .error').count(), 0)
  assert.equal(await page.locator('#field-hours.field-error').count(), 0)
  assert.equal(await page.locator('#field-teachers .error').count(), 1, 'others keep theirs')
}))

test('ticked boxes that are cleared again are told of on leaving them', () => visit({}, async (page) => {
  await page.goto('/en' + form)
  const box = page.locator('[name=subjects][value=art]')
  await box.check()
  await box.uncheck()
  await page.locator('[name=subjects][value=pe]').focus()
  assert.equal(await page.locator('#field-subjects .error').count(), 0, 'still within the question')
  await page.locator('#f-teachers').focus()
  await page.locator('#f-subjects-error').waitFor()
  assert.match(await page.locator('#field-subjects fieldset').getAttribute('aria-describedby'), /f-subjects-error/)
  await box.check()
  assert.equal(await page.locator('#field-subjects .error').count(), 0)
}))

test('the button does not run away from the finger', () => visit({ viewport: { width: 360, height: 780 } }, async (page) => {
  await page.goto(form)
  // The last field before the button, so that its error moves the button.
  await page.locator('#field-consent_processing input').check()
  await page.locator('#field-consent_processing input').uncheck()
  const box = await submit(page).boundingBox()
  await settled(page)
  const sent = page.waitForRequest((r) => r.method() === 'POST')
  await page.mouse.move(box.x + box.width / 2, box.y + 3)
  await page.mouse.down()
  await page.mouse.up()
  await sent
  await page.locator('.error-summary').waitFor()
}))

for (const lang of languages) {
  test(`${lang}: a file that cannot be taken is told of at once`, () => visit({}, async (page) => {
    await page.goto(at(lang, form))
    const input = page.locator('[name=letter]')
    const error = page.locator('#f-letter-error')
    await input.setInputFiles({ name: '示例.gif', mimeType: 'image/gif', buffer: Buffer.from('GIF89a') })
    await error.waitFor()
    assert.match(await error.innerText(), /示例\.gif/)
    await input.setInputFiles({ name: '示例.pdf', mimeType: 'application/pdf', buffer: Buffer.alloc(6 << 20, 'x') })
    await error.filter({ hasText: /5(\.0)? MB/ }).waitFor()

    // It is not carried to the server in vain.
    let posts = 0
    page.on('request', (r) => { if (r.method() === 'POST') posts++ })
    await submit(page).click()
    assert.equal(await focused(page), 'f-letter')
    assert.equal(posts, 0)
    await input.setInputFiles(letter())
    assert.equal(await error.count(), 0)
    await submit(page).click()
    await page.locator('.error-summary').waitFor()
    assert.equal(posts, 1)
  }))
}

// Values as people write them; which are right is for the server to say.
const rounds = [
  { school_name: '示例 Ａ校', uscc: '91350100m000100y43', office_phone: '0571-8888 0000转801', mobile: '＋86 138 0000 0000', email: 'clerk@例子.测试', hours: '４０', teachers: '1', pay_min: '12,000', pay_max: '１２０００' },
  { school_name: '　示例学校　', uscc: '9135 0100-M000100Y43', office_phone: '+44 (0)20 7946 0000', mobile: '13800000000', email: ' clerk@example.org ', hours: '1.0', teachers: '+2', pay_min: '1 000', pay_max: '999' },
  { school_name: '示例学校', uscc: '91350100M000100Y4', office_phone: '20 7946 0000', mobile: '0086-13800000000', email: '职员@example.org', hours: '0', teachers: '五', pay_min: '1.50', pay_max: '-5' },
  { school_name: 'ab', uscc: 'IOSVZ', office_phone: '110', mobile: '23800000000', email: 'a b@example.org', hours: '41', teachers: '2 0', pay_min: '200001', pay_max: '1e3' },
  { school_name: '👩‍🏫👩‍🏫', uscc: '91350100Ｍ000100Ｙ43', office_phone: '(020) 7946–0000 ext 5', mobile: '138.0000.0000', email: 'clerk@sub.example.org', hours: '12.', teachers: '02', pay_min: '¥100', pay_max: '100元' },
  { school_name: '示'.repeat(61), uscc: '', office_phone: '12345678901234567', mobile: '', email: 'clerk@localhost', hours: '-1', teachers: '51', pay_min: '', pay_max: '' },
]

/** What the script says of the values, field by field, as each is left. */
async function ofScript(page, values) {
  await page.goto('/en' + form)
  // The limit of the field would cut what the server is asked about.
  for (const [name, value] of Object.entries(values)) {
    const field = page.locator(`#f-${name}`)
    await field.evaluate((e) => e.removeAttribute('maxlength'))
    await field.fill('x')
    await field.fill(value)
    await field.blur()
  }
  await page.evaluate(() => new Promise((resolve) => { setTimeout(() => setTimeout(resolve)) }))
  return page.locator('p.error').evaluateAll((all) => Object.fromEntries(all.map((p) => [p.id.slice(2, -6), p.lastChild.textContent])))
}

async function ofServer(page, values) {
  const answer = await page.request.post('/en' + form, { form: values })
  assert.equal(answer.status(), 422)
  const html = await answer.text()
  return page.evaluate((text) => {
    const found = new DOMParser().parseFromString(text, 'text/html').querySelectorAll('p.error')
    return Object.fromEntries([...found].map((p) => [p.id.slice(2, -6), p.lastChild.textContent]))
  }, html)
}

/** Where the script says something that the server does not. */
async function disagreements(page, values) {
  const server = await ofServer(page, values)
  const script = await ofScript(page, values)
  return Object.entries(script).filter(([name, message]) => server[name] !== message)
    .map(([name, message]) => `${name} = ${JSON.stringify(values[name])}: the script says “${message}”, the server ${server[name] ? `“${server[name]}”` : 'takes it'}`)
}

describe('the script refuses nothing that the server takes', () => {
  rounds.forEach((values, i) => test(`round ${i + 1}`, () => visit({}, async (page) => {
    assert.deepEqual(await disagreements(page, values), [])
  })))

  test('a stricter script would be found out', () => visit({}, async (page) => {
    await page.route('**' + form, async (route) => {
      const response = await route.fetch()
      const body = (await response.text()).replace(/(&#34;max&#34;,&#34;)60(&#34;)/, '$13$2')
      await route.fulfill({ response, body })
    })
    assert.match((await disagreements(page, rounds[2])).join(), /^school_name = "示例学校": .* takes it$/)
  }))

  test('it finds most of what the server finds', () => visit({}, async (page) => {
    await page.goto('/en' + form)
    const found = [await ofServer(page, rounds[3]), await ofScript(page, rounds[3])]
    const [server, script] = found.map((x) => Object.keys(rounds[3]).filter((name) => x[name]))
    assert.ok(server.length >= 7 && script.length >= server.length - 1, `server: ${server}; script: ${script}`)
  }))
})
