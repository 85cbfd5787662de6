import { expect, test } from './fixtures.mjs'
import { as } from './product.mjs'

const FIGURES = ['households', 'persons', 'liftedHouseholds', 'liftedPersons', 'monitoredHouseholds', 'monitoredPersons', 'newMonitoredHouseholds', 'eliminatedHouseholds', 'measures', 'publicPosts']
const shown = (value) => Number(value ?? 0).toLocaleString('zh-CN')

test('the overview shows the figures of the API, and the map those of its counties', async ({ signedIn }) => {
  const page = await signedIn('operator')
  // Feeds may come in meanwhile: page and API are read until they agree.
  await expect(async () => {
    const { total } = await as('operator', 'OverviewService/GetOverview', {})
    for (const figure of FIGURES) expect(await page.locator(`[data-figure=${figure}] .value`).innerText(), figure).toBe(shown(total[figure]))
    expect(Number(total.households)).toBeGreaterThan(100)
  }).toPass({ timeout: 25_000 })

  const byCounty = async () => Object.fromEntries((await as('operator', 'OverviewService/GetOverview', { partLevel: 3 })).parts.map((part) => [part.regionCode, shown(part.leadsRed)]))
  const onMap = () => page.locator('[data-county]').evaluateAll((rows) => Object.fromEntries(rows.map((row) => [row.dataset.county, row.cells[1].textContent])))
  await expect(async () => {
    const counties = await onMap()
    expect(Object.keys(counties).length).toBe(100) // every county of the boundaries
    const figures = await byCounty()
    for (const [code, value] of Object.entries(counties)) expect(value, code).toBe(figures[code] ?? '0')
  }).toPass({ timeout: 25_000 })
})

test('the map is drawn, and names a county and its figure under the pointer', async ({ signedIn }) => {
  const page = await signedIn('operator')
  const canvas = page.locator('.map canvas')
  await expect(canvas).toBeVisible()
  const colours = () => canvas.evaluate((element) => {
    const pixels = element.getContext('2d').getImageData(0, 0, element.width, element.height).data
    const seen = new Set()
    for (let i = 0; i < pixels.length; i += 4 * 97) if (pixels[i + 3] === 255) seen.add((pixels[i] << 16) | (pixels[i + 1] << 8) | pixels[i + 2])
    return seen.size
  })
  await expect.poll(colours).toBeGreaterThan(5)
  await expect(async () => {
    const box = await canvas.boundingBox()
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2 - 20)
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
    const tip = (await page.locator('.map').innerText()).trim().split('\n')
    const rows = await page.locator('[data-county]').evaluateAll((all) => all.map((row) => [row.cells[0].textContent, row.cells[1].textContent]))
    const county = rows.find(([name]) => name === tip[0])
    expect(county, tip.join(' ')).toBeTruthy()
    expect(tip[1]).toBe(`红色线索: ${county[1]}`)
  }).toPass({ timeout: 10_000 })
})
