// Debian's Chromium against the product that tests/product.sh started. One worker: the tests share a small machine with that product.
import { defineConfig } from '@playwright/test'

export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.mjs',
  globalSetup: './families.mjs',
  workers: 1,
  retries: 0,
  forbidOnly: true,
  timeout: 60_000, // of a machine that does other things besides; a quiet one needs a few seconds a test
  globalTimeout: 380_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  outputDir: `${process.env.PRODUCT_STATE}/browser`,
  use: {
    baseURL: process.env.PRODUCT_HTTP,
    locale: 'zh-CN',
    timezoneId: 'America/Lima', // the console shows the country's time wherever the workstation believes to be
    viewport: { width: 1366, height: 768 },
    reducedMotion: 'reduce',
    screenshot: 'only-on-failure',
    launchOptions: { executablePath: process.env.BROWSER_CHROMIUM, args: ['--no-sandbox', '--disable-dev-shm-usage'] },
  },
})
