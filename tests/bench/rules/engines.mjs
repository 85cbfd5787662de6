// The same rules in three JavaScript engines, over the sample that rules_bench has written (rules.json, sample.ndjson): first the
// verdicts must be equal household by household, then each engine is timed on one thread.
//   node engines.mjs FOLDER [RUNS]
import { readFileSync } from 'node:fs';
import { LogicEngine } from 'json-logic-engine';
import { parse } from '@marcbachmann/cel-js';
import zen from '@gorules/zen-engine';

const [folder, runs = '5'] = process.argv.slice(2);
const rules = JSON.parse(readFileSync(`${folder}/rules.json`, 'utf8'));
const households = readFileSync(`${folder}/sample.ndjson`, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
const contexts = households.map(({ household, members, village }) => ({ household, members, village }));

// Every field that a number reads must be there: an engine without "unknown" would compare with nothing.
function fieldsOf(number) {
    if (number.field) return [number.field];
    return Object.values(number).flatMap((sides) => (Array.isArray(sides) ? sides.flatMap(fieldsOf) : []));
}
const onlyKey = (node) => Object.keys(node)[0];

class NotExpressible extends Error {}

// ---- json-logic ---------------------------------------------------------------------------------------------------------------

function jsonLogic(node, inMember = false) {
    const path = ([variable, name]) => {
        if (variable === 'members') return { var: name };
        if (inMember) throw new NotExpressible('a household fact inside a macro over members');
        return { var: `${variable}.${name}` };
    };
    const number = (n) => {
        const key = onlyKey(n);
        if (key === 'number') return n.number;
        if (key === 'field') return path(n.field);
        return { [key]: n[key].map(number) };
    };
    const guarded = (parts, test) => ({ and: [...parts.flatMap(fieldsOf).map((f) => ({ '!==': [path(f), null] })), test] });
    const key = onlyKey(node);
    const value = node[key];
    switch (key) {
        case 'constant': return value;
        case 'and': case 'or': return { [key]: value.map((part) => jsonLogic(part, inMember)) };
        case 'is': return { '===': [path(value[0]), value[1]] };
        case 'compare': return guarded(value.slice(1), { [{ '==': '===', '!=': '!==' }[value[0]] ?? value[0]]: value.slice(1).map(number) });
        case 'in': return guarded([value[0]], { in: [number(value[0]), value[1]] });
        case 'outside': return guarded([value[0]], { '!': { in: [number(value[0]), value[1]] } });
        case 'some': return { some: [{ var: 'members' }, jsonLogic(value, true)] };
        // Of no members `all` is false there.
        case 'every': return { '!': { some: [{ var: 'members' }, { '!': jsonLogic(value, true) }] } };
    }
    throw new NotExpressible(key);
}

// ---- CEL and zen: text ----------------------------------------------------------------------------------------------------------

const celDialect = {
    field: ([variable, name]) => (variable === 'members' ? `m.${name}` : `${variable}.${name}`),
    present: (field) => `has(${celDialect.field(field)})`,
    and: ' && ', or: ' || ',
    not: (text) => `!(${text})`,
    some: (body) => `members.exists(m, ${body})`,
    every: (body) => `members.all(m, ${body})`,
};
const zenDialect = {
    field: ([variable, name]) => (variable === 'members' ? `#.${name}` : `${variable}.${name}`),
    present: (field) => `${zenDialect.field(field)} != null`,
    and: ' and ', or: ' or ',
    not: (text) => `not (${text})`,
    some: (body) => `some(members, ${body})`,
    every: (body) => `all(members, ${body})`,
};

function text(node, dialect) {
    const number = (n) => {
        const key = onlyKey(n);
        if (key === 'number') return n.number < 0 ? `(${n.number})` : `${n.number}`;
        if (key === 'field') return dialect.field(n.field);
        return `(${n[key].map(number).join(` ${key} `)})`;
    };
    const guarded = (parts, test) => `(${[...parts.flatMap(fieldsOf).map(dialect.present), test].join(dialect.and)})`;
    const key = onlyKey(node);
    const value = node[key];
    switch (key) {
        case 'constant': return String(value);
        case 'and': case 'or': return `(${value.map((part) => text(part, dialect)).join(dialect[key])})`;
        case 'is': return `(${dialect.present(value[0])}${dialect.and}${dialect.field(value[0])} == ${value[1]})`;
        case 'compare': return guarded(value.slice(1), `${number(value[1])} ${value[0]} ${number(value[2])}`);
        case 'in': return guarded([value[0]], `(${number(value[0])} in [${value[1].join(', ')}])`);
        case 'outside': return guarded([value[0]], dialect.not(`${number(value[0])} in [${value[1].join(', ')}]`));
        case 'some': case 'every': return dialect[key](text(value, dialect));
    }
    throw new NotExpressible(key);
}

// Numbers are doubles in all three; every fact of the sample is far below 2^53.
// ---- the engines: compile(expressions) answers evaluate(context) → array of booleans, perhaps a promise ----------------------------

const engines = [
    {
        name: 'json-logic-engine 5.0.7, compiled',
        express: (node) => jsonLogic(node),
        compile(expressions) {
            const engine = new LogicEngine();
            const programs = expressions.map((e) => engine.build(e));
            return (context) => programs.map((program) => program(context) === true);
        },
    },
    {
        name: '@marcbachmann/cel-js 8.0.0, parsed once',
        express: (node) => text(node, celDialect),
        compile(expressions) {
            const programs = expressions.map((e) => parse(e));
            return (context) => programs.map((program) => program(context) === true);
        },
    },
    ...[false, true].map((trace) => ({
        name: `@gorules/zen-engine 0.54.0, one decision${trace ? ', with trace' : ''}`,
        express: (node) => text(node, zenDialect),
        part: trace ? 0.1 : 0.25,  // slower by orders: a part of the sample is enough
        compile(expressions) {
            const decision = new zen.ZenEngine().createDecision({
                nodes: [
                    { id: 'in', name: 'in', type: 'inputNode', position: { x: 0, y: 0 } },
                    { id: 'rules', name: 'rules', type: 'expressionNode', position: { x: 1, y: 0 },
                      content: { expressions: expressions.map((value, i) => ({ id: `${i}`, key: `r${i}`, value })) } },
                    { id: 'out', name: 'out', type: 'outputNode', position: { x: 2, y: 0 } },
                ],
                edges: [{ id: 'a', sourceId: 'in', targetId: 'rules', type: 'edge' }, { id: 'b', sourceId: 'rules', targetId: 'out', type: 'edge' }],
            });
            return async (context) => {
                const { result } = await decision.evaluate(context, { trace });
                return expressions.map((_, i) => result[`r${i}`] === true);
            };
        },
    })),
];

// Rules that the engine takes: [index, expression], and the names of the others.
function expressible(engine) {
    const taken = [];
    const refused = [];
    rules.forEach((rule, index) => {
        try {
            if (rule.expression === null) throw new NotExpressible(rule.why_not);
            taken.push([index, engine.express(rule.expression)]);
        } catch (error) {
            if (!(error instanceof NotExpressible)) throw error;
            refused.push(`${rule.id} (${error.message})`);
        }
    });
    return { taken, refused };
}

async function check(engine, evaluate, taken, count) {
    for (let i = 0; i < count; ++i) {
        const verdicts = await evaluate(contexts[i]);
        const hits = new Set(households[i].hits);
        taken.forEach(([index], at) => {
            if (verdicts[at] !== hits.has(index)) {
                throw new Error(`${engine.name}: ${rules[index].id} is ${verdicts[at]} for ${JSON.stringify(contexts[i])}`);
            }
        });
    }
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

for (const engine of engines) {
    const { taken, refused } = expressible(engine);
    const evaluate = engine.compile(taken.map(([, expression]) => expression));
    const count = Math.floor(contexts.length * (engine.part ?? 1));
    await check(engine, evaluate, taken, count);
    const asynchronous = evaluate(contexts[0]) instanceof Promise;
    const seconds = [];
    let hits = 0;
    for (let run = -1; run < Number(runs); ++run) {
        const cpu = process.cpuUsage();
        for (let i = 0; i < count; ++i) {
            const verdicts = asynchronous ? await evaluate(contexts[i]) : evaluate(contexts[i]);
            for (const verdict of verdicts) hits += verdict ? 1 : 0;
        }
        const used = process.cpuUsage(cpu);
        if (run >= 0) seconds.push((used.user + used.system) / 1e6);
    }
    const rate = count / median(seconds);
    console.log(`${engine.name.padEnd(58)} ${Math.round(rate).toString().padStart(9)} households/s a core ` +
        `(${Math.round(count / Math.max(...seconds))} - ${Math.round(count / Math.min(...seconds))}), ${taken.length} of ${rules.length} rules equal on ${count} households` +
        `${refused.length > 0 ? `; not expressible: ${refused.join(', ')}` : ''}; ${hits / (Number(runs) + 1)} hits`);
}
console.log(`node ${process.version}, ${Math.round(process.memoryUsage().rss / 1e6)} MB resident`);
