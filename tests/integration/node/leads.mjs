// A third party in Node with the public Connect library: signs in, reads an explained lead, watches the live stream, pushes one row as
// the medical insurance and sees the lead it raises. Prints one line a check; exit code 1 with the reason where one fails.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createClient, Code, ConnectError } from '@connectrpc/connect'
import { createConnectTransport, createGrpcTransport } from '@connectrpc/connect-node'
import { AuthService, FeedDoorService, LiveService } from './gen/shouwang/gateway/v1/gateway_pb.js'
import { FeedService, BatchState } from './gen/shouwang/monitoring/v1/feed_pb.js'
import { Grade, LeadService } from './gen/shouwang/monitoring/v1/lead_pb.js'

const baseUrl = process.env.PRODUCT_HTTP
const secret = (name) => readFileSync(`${process.env.PRODUCT_SECRETS}/${name}`, 'utf8').trim()
const [identity, day, visit] = process.argv.slice(2)
const ok = (what) => console.log(`ok: ${what}`)

let token = ''
const bearer = (next) => (request) => {
  if (token) request.header.set('authorization', `Bearer ${token}`)
  return next(request)
}
const transports = {
  'Connect JSON': createConnectTransport({ baseUrl, httpVersion: '1.1', interceptors: [bearer] }),
  'Connect binary': createConnectTransport({ baseUrl, httpVersion: '1.1', useBinaryFormat: true, interceptors: [bearer] }),
  gRPC: createGrpcTransport({ baseUrl: `http://${process.env.PRODUCT_GRPC}`, interceptors: [bearer] }),
}
const connect = transports['Connect JSON']

await assert.rejects(createClient(LeadService, connect).listLeads({}), (error) => error instanceof ConnectError && error.code === Code.Unauthenticated)
ok('without a session a call is refused as unauthenticated')

const { token: operator } = await createClient(AuthService, connect).signIn({ account: 'operator', password: secret('account-operator') })
const { token: department } = await createClient(AuthService, connect).issueToken({ clientId: 'medical_insurance', clientSecret: secret('clients/medical_insurance') })
token = operator

for (const [name, transport] of Object.entries(transports)) {
  const leads = createClient(LeadService, transport)
  const { leads: found } = await leads.listLeads({ pageSize: 3, grades: [Grade.RED] })
  assert.equal(found.length, 3)
  const lead = await leads.getLead({ name: found[0].name })
  assert.match(lead.household, /^households\/[0-9]+$/)
  assert.ok(lead.explanations[0].sentenceZh && lead.explanations[0].sentenceEn)
  assert.ok(lead.explanations.flatMap((e) => e.operands).flatMap((o) => o.sources).length > 0)
  ok(`${name}: reads ${lead.name}: ${lead.explanations[0].sentenceZh}`)
}

const watching = new AbortController()
let opened
const open = new Promise((resolve) => (opened = resolve))
const live = createClient(LiveService, connect).watchLeads({}, { signal: watching.signal, onHeader: opened })[Symbol.asyncIterator]()
const first = live.next()
await open

const sent = Date.now()
const header = '身份证号,就诊号,结算日期,就诊类别,总费用(元),个人自付(元)'
const answer = await fetch(`${baseUrl}/feeds/medical_settlement/${visit}?period=${day.slice(0, 7)}`, {
  method: 'POST',
  headers: { authorization: `Bearer ${department}`, 'content-type': 'text/csv; charset=utf-8' },
  body: `${header}\n${identity},${visit},${day},住院,98000,91000\n`,
})
assert.equal(answer.status, 200, await answer.clone().text())
const receipt = await answer.json()
assert.equal(receipt.content.rows, '1')
assert.equal(receipt.content.rejected, '0')
ok('a row pushed over HTTP gets its receipt')

const limit = setTimeout(() => watching.abort(new Error('no lead within 60 s')), 60000)
let event = await first
const leads = createClient(LeadService, connect)
for (;;) {
  assert.equal(event.done, false, 'the live stream ended')
  const lead = await leads.getLead({ name: event.value.lead.name })
  const row = lead.explanations.flatMap((e) => e.operands).flatMap((o) => o.sources).find((s) => s.batch === `batches/medical_insurance/${visit}`)
  if (row) {
    assert.equal(row.sequence, 1)
    ok(`the live stream showed ${lead.name} (${event.value.event}) ${Date.now() - sent} ms after the push, resting on row 1 of ${row.batch}`)
    break
  }
  event = await live.next()
}
clearTimeout(limit)
watching.abort()

token = department
const batch = await createClient(FeedService, connect).getBatch({ name: `batches/medical_insurance/${visit}` })
assert.equal(batch.state, BatchState.APPLIED)
assert.equal(batch.accepted, batch.applied + batch.rejected + batch.duplicate + batch.unmatched)
const stored = await createClient(FeedDoorService, connect).getReceipt({ batch: batch.name })
assert.equal(Buffer.from(stored.signature).toString('base64'), receipt.signature)
ok(`the department reads its ledger: ${batch.applied} applied of ${batch.accepted} accepted, and the same receipt again`)
process.exit(0)
