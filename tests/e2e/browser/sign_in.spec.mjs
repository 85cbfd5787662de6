import { expect, signIn, test } from './fixtures.mjs'

test('a wrong password is refused and says so; the right one opens the console; signing out closes it', async ({ visitor: page, watch }) => {
  watch.expected.push({ path: 'AuthService/SignIn', status: 401 })
  await page.goto('/leads/')
  await expect(page.getByRole('heading', { name: '登录' })).toBeVisible()
  await signIn(page, 'operator', 'not-the-password-1')
  await expect(page.getByRole('alert')).toContainText('账号或密码不正确')
  await expect(page.getByLabel('密码')).toHaveValue('')

  await signIn(page, 'operator')
  await expect(page.getByRole('heading', { name: '线索' })).toBeVisible() // the page that was asked for
  await page.reload()
  await expect(page.getByText('省级操作员')).toBeVisible()
  await page.getByRole('button', { name: '退出' }).click()
  await expect(page.getByRole('heading', { name: '登录' })).toBeVisible()
  await page.reload()
  await expect(page.getByRole('heading', { name: '登录' })).toBeVisible()
})

test('the language switches, and stays', async ({ signedIn }) => {
  const page = await signedIn('county', '/leads/')
  const html = page.locator('html')
  await expect(html).toHaveAttribute('lang', 'zh-CN')
  await expect(page.getByRole('navigation')).toContainText('一张图')
  await page.getByRole('button', { name: 'English' }).click()
  await expect(html).toHaveAttribute('lang', 'en')
  await expect(page.getByRole('navigation')).toContainText('Overview')
  await expect(page.getByRole('columnheader', { name: 'Why' })).toBeVisible()
  await page.reload()
  await expect(page.getByRole('navigation')).toContainText('Overview')
  await expect(page.locator('main')).not.toContainText(/[线办户]/)
  await page.getByRole('button', { name: '中文' }).click()
  await expect(page.getByRole('navigation')).toContainText('一张图')
})
