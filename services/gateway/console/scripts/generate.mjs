// Makes the typed client in src/gen from the model in proto/, with protoc and the plugin of this package.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const proto = resolve(here, '../../../proto')
const out = join(here, 'src/gen')

const files = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? files(join(folder, entry.name)) : entry.name.endsWith('.proto') ? [join(folder, entry.name)] : [],
  )
const wanted = files(join(proto, 'shouwang')).map((file) => relative(proto, file)).filter((file) => !file.includes('/feed/v1/'))

rmSync(out, { recursive: true, force: true })
mkdirSync(out, { recursive: true })
execFileSync('protoc', ['-I', proto, `--plugin=protoc-gen-es=${join(here, 'node_modules/.bin/protoc-gen-es')}`, `--es_out=${out}`, '--es_opt=target=ts', ...wanted], {
  stdio: 'inherit',
})
