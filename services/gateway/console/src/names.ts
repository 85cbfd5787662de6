// Enum numbers of the model → the catalogue's keys.
import type { DescEnum } from '@bufbuild/protobuf'

import { GradeSchema, LeadStateSchema, RiskTypeSchema } from './gen/shouwang/monitoring/v1/lead_pb'
import { BatchStateSchema } from './gen/shouwang/monitoring/v1/feed_pb'

function keyOf(type: DescEnum, value: number): string {
  const prefix = type.values[0].name.slice(0, -'UNSPECIFIED'.length)
  return (type.values.find((v) => v.number === value)?.name ?? '').slice(prefix.length).toLowerCase()
}
export const gradeKey = (value: number) => keyOf(GradeSchema, value)
export const leadStateKey = (value: number) => keyOf(LeadStateSchema, value)
export const riskKey = (value: number) => keyOf(RiskTypeSchema, value)
export const batchStateKey = (value: number) => keyOf(BatchStateSchema, value)
