// The whole life of one lead by clicks: each level with its own account in its own browser context.
import { expect, families, signIn, test } from './fixtures.mjs'
import { as, whoIs } from './product.mjs'

const REPLY = '已入户核实：住院费用负担较重，镇里为您申报临时救助，十五日内答复。'
const LOOKS = {
  一看基本情况: '夫妻二人，户主 1970 年生，普通劳动力，在家务农。',
  二看家庭收入: '年纯收入约 1.2 万元，主要靠种植，不稳定。',
  三看刚性支出: '今年住院自付 9.1 万元，还需复查。',
  '四看“三保障”和饮水': '住房 B 级，已参加医保，饮水安全，无在校生。',
  五看政策享受: '享受农业保险保费补贴。',
}

async function desk(browser, watch, account) {
  const context = await browser.newContext()
  const page = await context.newPage()
  watch.add(page)
  await page.goto('/leads/')
  await signIn(page, account)
  return page
}

// Opens the lead from the account's own worklist by the command's link.
async function take(page, lead, command) {
  await page.locator(`tr[data-lead="${lead}"]`).getByRole('link', { name: command, exact: true }).click()
  return page.getByRole('dialog')
}
async function send(drawer, command) {
  await drawer.locator('form').getByRole('button', { name: command }).click()
  await expect(drawer.getByRole('status')).toContainText(`已完成：${command}`)
}

test('county dispatches → township dispatches → village accepts, visits and closes; the family has its reply', async ({ browser, watch }) => {
  test.setTimeout(120_000)
  watch.expected.push({ path: 'LeadService/VisitLead', status: 400 }, { path: 'LeadService/CloseLead', status: 400 })
  const { lead, village } = families()[0]
  const township = village.slice(0, 9)

  const county = await desk(browser, watch, 'county')
  let drawer = await take(county, lead, '派发')
  await expect(drawer.getByRole('radio')).toHaveCount(2)
  await drawer.locator('label').filter({ hasText: new RegExp(`${township}$`) }).click()
  await send(drawer, '派发')
  await county.keyboard.press('Escape')
  await expect(county.locator(`tr[data-lead="${lead}"]`)).toContainText('已派发') // the row, without reading the list again

  const office = await desk(browser, watch, 'township')
  drawer = await take(office, lead, '派发')
  await expect(drawer.getByRole('radio')).toHaveCount(1)
  await send(drawer, '派发')

  const cadre = await desk(browser, watch, 'village')
  drawer = await take(cadre, lead, '接收')
  await send(drawer, '接收')

  await drawer.getByRole('button', { name: '入户核查' }).click()
  const visit = drawer.locator('form')
  await visit.getByRole('button', { name: '入户核查' }).click()
  await expect(visit).toContainText('请选择一项') // risk or none: asked before anything is sent
  await visit.getByText('发现风险', { exact: true }).click()
  await visit.getByLabel('第 1 名人员姓名').fill('李测试')
  await visit.getByLabel('第 2 名人员姓名').fill('李测试')
  await visit.getByRole('button', { name: '入户核查' }).click()
  await expect(visit.getByRole('group', { name: '入户人员' })).toContainText('须填写至少两名不同的入户人员') // the API's error at its field
  await visit.getByLabel('第 2 名人员姓名').fill('王测试')
  await visit.getByLabel('一看基本情况').fill(LOOKS.一看基本情况)
  await visit.getByRole('button', { name: '入户核查' }).click()
  await expect(visit.getByLabel('一看基本情况')).not.toHaveAttribute('aria-invalid')
  for (const look of Object.keys(LOOKS).slice(1)) {
    await expect(visit.getByLabel(look)).toHaveAttribute('aria-invalid', 'true')
    await visit.getByLabel(look).fill(LOOKS[look])
  }
  await send(drawer, '入户核查')

  await drawer.getByRole('button', { name: '办结' }).click()
  const close = drawer.locator('form')
  await expect(close.getByRole('radio')).toHaveCount(2) // a risk was found: confirmed or solved, nothing else
  await close.getByText('确认有风险', { exact: true }).click()
  await close.getByLabel('给农户的答复').fill('长'.repeat(501))
  await close.getByRole('button', { name: '办结' }).click()
  await expect(close).toContainText('最多 500 个字')
  await close.getByLabel('给农户的答复').fill(REPLY)
  await send(drawer, '办结')

  await expect(drawer).toContainText('已办结: 确认有风险')
  await expect(drawer).toContainText(REPLY)
  await expect(drawer.locator('.steps > li strong')).toHaveText(['派发', '派发', '接收', '入户核查', '办结'])
  for (const look of Object.values(LOOKS)) await expect(drawer).toContainText(look)
  await expect(drawer.getByRole('button', { name: /派发|接收|入户核查|办结/ })).toHaveCount(0)

  const read = await as('operator', 'LeadService/GetLead', { name: lead })
  const actors = await Promise.all(['county', 'township', 'village'].map(async (account) => (await whoIs(account)).name))
  expect(read.state).toBe('LEAD_STATE_CLOSED')
  expect(read.end).toBe('LEAD_END_CONFIRMED')
  expect(read.steps.map((step) => [step.command, step.actor])).toEqual([
    ['dispatch', actors[0]], ['dispatch', actors[1]], ['accept', actors[2]], ['visit', actors[2]], ['close', actors[2]],
  ])
  expect(read.steps.at(-1).note).toBe(REPLY)
  expect(read.steps[3].visit).toMatchObject({ visitors: ['李测试', '王测试'], riskFound: true, income: LOOKS.二看家庭收入 })
})
