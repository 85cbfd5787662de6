// Makes the typed client in src/gen from the model in proto/, with protoc and the plugin of this package: of the files that the sources
// import, and of what these import in turn.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const proto = resolve(here, '../../../proto')
const out = join(here, 'src/gen')

const files = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? files(join(folder, entry.name)) : [join(folder, entry.name)]))
const matches = (file, pattern) => [...readFileSync(file, 'utf8').matchAll(pattern)].map((match) => match[1])

const wanted = new Set()
function want(file) {
  if (wanted.has(file) || file.startsWith('google/protobuf/')) return // the runtime brings those
  wanted.add(file)
  matches(join(proto, file), /^import (?:public )?"([^"]+)"/gm).forEach(want)
}

rmSync(out, { recursive: true, force: true })
for (const source of files(join(here, 'src'))) matches(source, /\/gen\/([\w/]+)_pb'/g).forEach((name) => want(`${name}.proto`))
mkdirSync(out, { recursive: true })
execFileSync('protoc', ['-I', proto, `--plugin=protoc-gen-es=${join(here, 'node_modules/.bin/protoc-gen-es')}`, `--es_out=${out}`, '--es_opt=target=ts', ...wanted], {
  stdio: 'inherit',
})
