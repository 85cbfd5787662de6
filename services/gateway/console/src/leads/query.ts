// What the leads page shows, as it stands in its address: every view can be bookmarked and sent to somebody.
import type { DescEnum } from '@bufbuild/protobuf'
import type { LocationQuery, LocationQueryRaw } from 'vue-router'

import { GradeSchema, LeadStateSchema, RiskTypeSchema, type Grade, type LeadState, type RiskType } from '../gen/shouwang/monitoring/v1/lead_pb'
import { shortName } from '../labels'

export type View = 'mine' | 'all'
export interface LeadQuery {
  view: View
  grades: Grade[]
  states: LeadState[]
  risks: RiskType[]
  overdue: boolean
  region: string
  unknown: string[] // words of the address that mean nothing: never taken for "everything"
}

function numbers(type: DescEnum, text: unknown, unknown: string[]): number[] {
  if (typeof text !== 'string' || text === '') return []
  return text.split(',').flatMap((word) => {
    const found = type.values.find((v) => v.number !== 0 && shortName(type, v.number).toLowerCase() === word)
    if (!found) unknown.push(word)
    return found ? [found.number] : []
  })
}
const words = (type: DescEnum, values: number[]) => values.map((v) => shortName(type, v).toLowerCase()).join(',') || undefined

export function readQuery(query: LocationQuery, otherwise: View): LeadQuery {
  const unknown: string[] = []
  const region = typeof query.region === 'string' ? query.region : ''
  if (!/^([0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12})?$/.test(region)) unknown.push(region)
  if (query.view !== undefined && query.view !== 'mine' && query.view !== 'all') unknown.push(String(query.view))
  return {
    view: query.view === 'mine' || query.view === 'all' ? query.view : otherwise,
    grades: numbers(GradeSchema, query.grade, unknown),
    states: numbers(LeadStateSchema, query.state, unknown),
    risks: numbers(RiskTypeSchema, query.risk, unknown),
    overdue: query.overdue === '1',
    region,
    unknown,
  }
}

export const writeQuery = (q: LeadQuery): LocationQueryRaw => ({
  view: q.view,
  grade: words(GradeSchema, q.grades),
  state: words(LeadStateSchema, q.states),
  risk: words(RiskTypeSchema, q.risks),
  overdue: q.overdue ? '1' : undefined,
  region: q.region || undefined,
})
