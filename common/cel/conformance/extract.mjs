// The simple tests of the CEL specification as lines of tab-separated text, for conformance_test.cc:
//   path  expectation  type  expression
// expectation: "bool true", "int 3", "string a", "error", "unknown", or "other <what>" where the test needs what no
// program of ours can have: variables, or a value that is no bool, int or string. Backslash, tab, line feed and
// carriage return are written \\ \t \n \r.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const folder = new URL('./node_modules/@bufbuild/cel-spec/', import.meta.url);
const { tests: conformance } = await import(new URL('dist/esm/testdata/conformance.js', folder));
const { version, upstreamCelSpecRef } = JSON.parse(await readFile(fileURLToPath(new URL('package.json', folder)), 'utf8'));

const escaped = (text) => text.replace(/[\\\t\n\r]/g, (c) => ({ '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' })[c]);

const kinds = { boolValue: 'bool', int64Value: 'int', stringValue: 'string' };

function expectation(test) {
    if (test.bindings || test.typeEnv) return 'other variables';
    if (test.evalError || test.anyEvalErrors) return 'error';
    if (test.unknown || test.anyUnknowns) return 'unknown';
    const value = test.value ?? test.typedResult?.result;
    if (value === undefined) return test.typedResult ? 'other deduced type' : 'bool true';  // without a value: true
    const [kind] = Object.keys(value);
    if (!(kind in kinds)) return `other value ${kind.replace(/Value$/, '')}`;
    return `${kinds[kind]} ${escaped(String(value[kind]))}`;
}

function* lines(suite, path) {
    for (const { original, type } of suite.tests ?? []) {
        yield [[...path, original.name ?? ''].join('/'), expectation(original), type ?? '', escaped(original.expr)].join('\t');
    }
    for (const inner of suite.suites ?? []) yield* lines(inner, [...path, inner.name]);
}

console.log(`# CEL conformance tests ${upstreamCelSpecRef} from npm @bufbuild/cel-spec ${version}, Apache-2.0 (SOURCE.md)`);
for (const line of lines(conformance, [])) console.log(line);
