// The client in gen/, made from the model with protoc and the plugin of this package, as any third party would.
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const proto = resolve(here, '../../../proto')
const out = join(here, 'gen')
const wanted = [
  'shouwang/gateway/v1/gateway.proto',
  'shouwang/monitoring/event/v1/lead_event.proto',
  'shouwang/monitoring/v1/feed.proto',
  'shouwang/monitoring/v1/lead.proto',
  'shouwang/options/v1/options.proto',
]
mkdirSync(out, { recursive: true })
execFileSync('protoc', ['-I', proto, `--plugin=protoc-gen-es=${join(here, 'node_modules/.bin/protoc-gen-es')}`, `--es_out=${out}`, '--es_opt=target=js,import_extension=js', ...wanted], { stdio: 'inherit' })
