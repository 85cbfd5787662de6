// The product from outside: accounts, calls of its API as JSON, rows pushed as departments push them.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export const http = process.env.PRODUCT_HTTP
export const today = process.env.PRODUCT_TODAY
const secret = (name) => readFileSync(join(process.env.PRODUCT_SECRETS, name), 'utf8').trim()
export const password = (account) => secret(`account-${account}`)

export async function call(method, request, token) {
  const answer = await fetch(`${http}/shouwang.${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(request),
  })
  assert.equal(answer.status, 200, `${method}: ${await answer.clone().text()}`)
  return answer.json()
}

const tokens = new Map()
export async function tokenOf(account) {
  if (!tokens.has(account)) tokens.set(account, (await call('gateway.v1.AuthService/SignIn', { account, password: password(account) })).token)
  return tokens.get(account)
}
export const as = async (account, method, request) => call(`monitoring.v1.${method}`, request, await tokenOf(account))
export const whoIs = async (account) => call('gateway.v1.AuthService/WhoAmI', {}, await tokenOf(account))

// Pushes a CSV file as its department and waits until every row has its outcome.
export async function push(department, dataset, batch, csv) {
  const { token } = await call('gateway.v1.AuthService/IssueToken', { clientId: department, clientSecret: secret(`clients/${department}`) })
  const answer = await fetch(`${http}/feeds/${dataset}/${batch}?period=${today.slice(0, 7)}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'text/csv; charset=utf-8' },
    body: csv,
  })
  assert.equal(answer.status, 200, `${dataset}: ${await answer.clone().text()}`)
  const ledger = await until(`${dataset} applied`, async () => {
    const read = await call('monitoring.v1.FeedService/GetBatch', { name: `batches/${department}/${batch}` }, token)
    return read.state === 'BATCH_STATE_APPLIED' && read
  })
  const errors = await fetch(`${http}/feeds/batches/${department}/${batch}/errors.csv`, { headers: { authorization: `Bearer ${token}` } })
  assert.equal(ledger.rejected ?? '0', '0', await errors.text())
}

export async function until(what, condition) {
  const end = Date.now() + 60_000
  for (;;) {
    const value = await condition()
    if (value) return value
    assert.ok(Date.now() < end, `${what}: not within 60 s`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

export function dayBefore(day, days) {
  return new Date(Date.parse(day) - days * 86_400_000).toISOString().slice(0, 10)
}
