import { expect, families, test } from './fixtures.mjs'
import { as, call, tokenOf, whoIs } from './product.mjs'

// Chooses values in one of the filters.
async function choose(page, filter, values) {
  await page.getByRole('combobox', { name: filter, exact: true }).press('Enter')
  for (const value of values) await page.getByRole('option', { name: value, exact: true }).click()
  await page.keyboard.press('Escape')
}
const rows = (page) => page.locator('tr[data-lead]')
const names = (page) => rows(page).evaluateAll((all) => all.map((row) => row.dataset.lead))

// Other tests may bring leads meanwhile: page and API are read again until they agree.
async function agree(page, compare) {
  await expect(async () => {
    await page.reload()
    await expect(rows(page).first()).toBeVisible()
    await compare()
  }).toPass({ timeout: 40_000 })
}

test('filters narrow the list to what the API gives for them, and stay in the address', async ({ signedIn }) => {
  const page = await signedIn('operator', '/leads/')
  await expect(rows(page).first()).toBeVisible()
  await choose(page, '颜色', ['绿色'])
  await choose(page, '状态', ['已分级'])
  await expect(page).toHaveURL(/grade=green/)
  await expect(page).toHaveURL(/state=graded/)
  const colours = () => rows(page).locator('td:first-child').allInnerTexts()
  await expect.poll(async () => new Set((await colours()).map((text) => text.trim()))).toEqual(new Set(['绿色']))
  await agree(page, async () => {
    const { leads } = await as('operator', 'LeadService/ListLeads', { grades: ['GRADE_GREEN'], states: ['LEAD_STATE_GRADED'] })
    expect(await names(page)).toEqual(leads.map((lead) => lead.name))
  })

  await page.goto('/leads/?view=all&region=360681&grade=red,green&risk=schooling,disability&overdue=1')
  await expect(page.getByText('没有符合条件的线索')).toBeVisible()
  await page.goto('/leads/?view=all&grade=purple')
  await expect(page.getByRole('alert')).toContainText('purple')
  await expect(rows(page)).toHaveCount(0)
})

test('the worklist holds what waits for the account, by due time', async ({ signedIn }) => {
  const { regionPrefix } = await whoIs('county')
  const page = await signedIn('county', '/leads/')
  await agree(page, async () => {
    const { leads } = await as('county', 'LeadService/ListLeads', { pageSize: 1000, states: ['LEAD_STATE_GRADED', 'LEAD_STATE_DISPATCHED', 'LEAD_STATE_ACCEPTED', 'LEAD_STATE_VISITED'] })
    const mine = leads.filter((lead) => lead.nextCommands?.length && lead.assignedRegion === regionPrefix)
    const shown = await names(page)
    expect([...shown].sort()).toEqual(mine.map((lead) => lead.name).sort())
    const due = new Map(mine.map((lead) => [lead.name, Math.floor(Date.parse(lead.dueAt) / 1000)]))
    const times = shown.map((name) => due.get(name))
    expect(times).toEqual([...times].sort((a, b) => a - b))
  })
})

test('a lead opens and closes by keyboard', async ({ signedIn }) => {
  const page = await signedIn('county', '/leads/')
  await rows(page).first().locator('.why a').focus()
  await page.keyboard.press('Enter')
  const drawer = page.getByRole('dialog')
  await expect(drawer).toContainText('政策依据')
  await page.keyboard.press('Escape')
  await expect(drawer).toBeHidden()
  await expect(page).toHaveURL(/\/leads\/\?/)
})

test('accounts without the right see no command; the auditor and the province only read', async ({ signedIn }) => {
  const { lead } = families()[1]
  for (const account of ['auditor', 'operator', 'city', 'village']) {
    const page = await signedIn(account, `/leads/${lead}?view=all`)
    await expect(page.getByRole('dialog'), account).toContainText('政策依据')
    await expect(page.getByRole('button', { name: '派发' }), account).toHaveCount(0)
    await expect(page.getByRole('link', { name: '派发', exact: true }), account).toHaveCount(0)
  }
  const page = await signedIn('county', `/leads/${lead}?view=all`)
  await expect(page.getByRole('dialog').getByRole('button', { name: '派发' })).toBeVisible()
})

test('who comes second is told, reads the lead again and goes on', async ({ signedIn, watch }) => {
  watch.expected.push({ path: 'LeadService/DispatchLead', status: 409 })
  const { lead, village } = families()[1]
  const page = await signedIn('county', `/leads/${lead}?do=dispatch`)
  const drawer = page.getByRole('dialog')
  await expect(drawer.getByRole('radio').first()).toBeChecked() // the township comes first
  await call('monitoring.v1.LeadService/DispatchLead', { name: lead, toRegion: village.slice(0, 9) }, await tokenOf('county'))
  await drawer.locator('form').getByRole('button', { name: '派发' }).click()
  await expect(drawer.getByRole('alert')).toContainText('刚被他人办理过')
  await drawer.getByRole('button', { name: '重新读取线索' }).click()
  await expect(drawer).toContainText('已派发')
  await drawer.getByText(village, { exact: false }).click()
  await drawer.locator('form').getByRole('button', { name: '派发' }).click()
  await expect(drawer.getByRole('status')).toContainText('已完成：派发')
  const read = await as('county', 'LeadService/GetLead', { name: lead })
  expect(read.assignedRegion).toBe(village)
  expect(read.steps.filter((step) => step.command === 'dispatch')).toHaveLength(2)
})
