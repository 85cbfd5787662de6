import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

import { expect, families, test } from './fixtures.mjs'
import { as } from './product.mjs'

test('a household is found by number and by identity number, and shows members, facts, blind rules and leads', async ({ signedIn, watch }) => {
  watch.expected.push({ path: 'HouseholdService/ListHouseholds', status: 400 })
  const family = families()[2]
  const wanted = await as('county', 'HouseholdService/GetHousehold', { name: family.name })
  const page = await signedIn('county', '/households')
  await page.getByLabel('身份证号').fill(family.members[1].identity.replace(/.$/, (last) => (last === '1' ? '2' : '1')))
  await page.getByRole('button', { name: '查找' }).click()
  await expect(page.locator('#identity-no-error')).toContainText('校验位不对')
  await page.getByLabel('身份证号').fill(family.members[1].identity)
  await page.getByRole('button', { name: '查找' }).click()
  await expect(page.getByLabel('身份证号')).toHaveValue('')
  await page.getByRole('link', { name: family.number }).click()

  await expect(page.getByRole('heading', { name: `农户 ${family.number}` })).toBeVisible()
  const members = page.getByRole('region', { name: '家庭成员' })
  await expect(members.locator('tbody tr').filter({ hasText: '户主' }).first()).toContainText('试*主')
  await expect(members).toContainText('360681')
  await expect(members).toContainText('****')
  const facts = page.getByRole('region', { name: '家庭和村的情况' })
  await expect(facts.locator('tr[data-fact]')).toHaveCount(wanted.facts.length)
  await expect(facts.locator('tr[data-fact="household.lifted"]')).toContainText('已知')
  await expect(facts.locator('tr[data-fact="household.net_income_fen"]')).toContainText('未知')
  const blind = page.getByRole('region', { name: '暂时无法判断的规则' })
  await expect(blind.locator('tr[data-rule]')).toHaveCount(wanted.blindRules.length)
  expect(wanted.blindRules.length).toBeGreaterThan(0)
  await expect(blind.locator(`tr[data-rule="${wanted.blindRules[0].rule}"]`)).not.toContainText(wanted.blindRules[0].missingFacts[0])
  await page.locator('tr[data-lead]').first().locator('.why a').click()
  await expect(page.getByRole('dialog')).toContainText(family.number)

  await page.goto(`/households?no=${family.number}`)
  await expect(page.getByRole('link', { name: family.number })).toBeVisible()
  await page.goto('/households?no=NOWHERE-1')
  await expect(page.getByText('辖区内没有找到这户')).toBeVisible()
})

test('the pages of daily work pass axe (WCAG 2.1 AA)', async ({ signedIn }) => {
  const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  const family = families()[2]
  const page = await signedIn('county', '/leads/')
  for (const path of ['/leads/', `/leads/${family.lead}?do=dispatch`, '/households', `/${family.name}`]) {
    await page.goto(path)
    await expect(page.locator('main table.list, main form').first()).toBeVisible()
    await page.evaluate(axe)
    const violations = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] }).then((result) =>
      result.violations.map((v) => `${v.id}: ${v.nodes.map((node) => node.target.join(' ')).slice(0, 3).join(' | ')}`)))
    expect(violations, path).toEqual([])
  }
})
