// What the household page needs beside the household: names of rules and facts, and the day the platform's clock stands on.
import { getOption } from '@bufbuild/protobuf'

import { guarded, overviews, rules, session } from './api'
import { HouseholdFactsSchema, PersonFactsSchema, VillageFactsSchema } from './gen/shouwang/monitoring/v1/facts_pb'
import type { Rule } from './gen/shouwang/monitoring/v1/rule_pb'
import { fact_definition } from './gen/shouwang/options/v1/options_pb'
import { isChinese } from './i18n'

const owners = { person: PersonFactsSchema, household: HouseholdFactsSchema, village: VillageFactsSchema }

// "person.medical_insured" → 参加医保; what is no fact (a parameter) keeps its name.
export function factLabel(name: string): string {
  const [owner, field] = name.split('.')
  const declared = owners[owner as keyof typeof owners]?.fields.find((f) => f.name === field)
  if (!declared) return name
  const label = getOption(declared, fact_definition).label
  return (isChinese() ? label?.zh : label?.en) || name
}

let book: Promise<Map<string, Rule>> | undefined

// The rules in force by id, read once.
export function ruleBook(): Promise<Map<string, Rule>> {
  book ??= guarded(() => rules.getRuleSet({})).then((set) => new Map(set.rules.map((rule) => [rule.id, rule])))
  book.catch(() => (book = undefined))
  return book
}

export async function businessDate(): Promise<string> {
  return (await guarded(() => overviews.getOverview({ regionPrefix: session.account?.regionPrefix ?? '' }))).businessDate
}
