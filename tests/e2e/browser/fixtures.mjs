// Pages of signed-in accounts, each in a context of its own, watched while a test runs: no error in the console, no answer that failed
// and was not expected, no personal number in the page or in any answer.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, test as base } from '@playwright/test'

import { password } from './product.mjs'

export { expect }
export const families = () => JSON.parse(readFileSync(join(process.env.PRODUCT_STATE, 'families.json'), 'utf8'))

const IDENTITY = /(?<![0-9A-Za-z])[1-9][0-9]{16}[0-9Xx](?![0-9A-Za-z])/
const MOBILE = /(?<![0-9A-Za-z])1[3-9][0-9]{9}(?![0-9A-Za-z])/

class Watch {
  problems = []
  expected = [{ path: 'AuthService/WhoAmI', status: 401 }] // the page asks whether somebody is signed in
  pages = []
  answers = []

  add(page) {
    this.pages.push(page)
    page.on('pageerror', (error) => this.problems.push(`page error: ${error.message}`))
    page.on('console', (message) => {
      // An answer that failed has its own line below.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) this.problems.push(`console: ${message.text()}`)
    })
    page.on('response', (response) => {
      const path = new URL(response.url()).pathname
      if (response.status() >= 400 && !this.expected.some((e) => path.endsWith(e.path) && e.status === response.status())) {
        this.problems.push(`${response.status()} ${path}`)
      }
      if (path.startsWith('/shouwang.') && !path.includes('LiveService')) this.answers.push(response.text().then((text) => ({ path, text }), () => undefined))
    })
  }

  async check() {
    const personal = families().flatMap((f) => f.members.flatMap((m) => [m.identity, m.phone])).filter(Boolean)
    const look = (where, text) => {
      for (const number of personal) if (text.includes(number)) this.problems.push(`a personal number stands in ${where}`)
      for (const form of [IDENTITY, MOBILE]) if (form.test(text)) this.problems.push(`what looks like a personal number stands in ${where}: ${form.exec(text)[0]}`)
    }
    for (const page of this.pages) if (!page.isClosed()) look('the page', await page.content())
    for (const answer of await Promise.all(this.answers)) if (answer) look(answer.path, answer.text)
    expect(this.problems).toEqual([])
  }
}

export const test = base.extend({
  watch: async ({}, use) => {
    const watch = new Watch()
    await use(watch)
    await watch.check()
  },
  // Somebody before the sign-in page.
  visitor: async ({ page, watch }, use) => {
    watch.add(page)
    await use(page)
  },
  // signedIn(account): a page of that account, in a context of its own.
  signedIn: async ({ browser, watch }, use) => {
    const contexts = []
    await use(async (account, path = '/') => {
      const context = await browser.newContext()
      contexts.push(context)
      const answer = await context.request.post('/shouwang.gateway.v1.AuthService/SignIn', { data: { account, password: password(account) } })
      expect(answer.ok(), await answer.text()).toBe(true)
      const page = await context.newPage()
      watch.add(page)
      await page.goto(path)
      return page
    })
    await watch.check()
    for (const context of contexts) await context.close()
  },
})

export async function signIn(page, account, secret = password(account)) {
  await page.getByLabel('账号').fill(account)
  await page.getByLabel('密码').fill(secret)
  await page.getByRole('button', { name: '登录' }).click()
}
