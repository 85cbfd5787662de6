// What went wrong with a call, as the API says it (google.rpc ErrorInfo, BadRequest): a reason and the fields it names.
import { Code, ConnectError } from '@connectrpc/connect'

import { BadRequestSchema, ErrorInfoSchema } from './gen/google/rpc/error_details_pb'
import { i18n } from './i18n'

const { t, te } = i18n.global

export interface Problem {
  reason: string // UPPER_SNAKE; empty where the platform was not reached
  message: string
  fields: Map<string, string> // path in the request → what would be right
}

export function problemOf(error: unknown): Problem {
  const connect = ConnectError.from(error)
  const reached = connect.code !== Code.Unavailable && connect.code !== Code.Unknown
  const reason = connect.findDetails(ErrorInfoSchema)[0]?.reason ?? ''
  const violations = connect.findDetails(BadRequestSchema).flatMap((bad) => bad.fieldViolations)
  return {
    reason,
    message: reason || reached ? connect.rawMessage : '',
    fields: new Map(violations.map((v) => [v.field, v.description])),
  }
}

// Texts are made when they are shown, so that they follow the language.
export function problemText(problem: Problem): string {
  const key = `reason.${problem.reason}`
  if (problem.reason && te(key)) return t(key)
  return problem.message || t('error.unreachable')
}

export function fieldText(problem: Problem | undefined, field: string): string {
  const description = problem?.fields.get(field)
  if (!problem || description === undefined) return ''
  if (description === 'is required' || description === 'not empty') return t('violation.required')
  const most = /^at most (\d+) characters$/.exec(description)
  if (most) return t('violation.long', { most: most[1] })
  const key = `reason.${problem.reason}`
  return te(key) ? t(key) : description
}

// The problem as a whole: shown where one of its fields has no place in the form, or none is named.
export function restText(problem: Problem | undefined, shown: string[]): string {
  if (!problem) return ''
  const elsewhere = [...problem.fields.keys()].filter((field) => !shown.includes(field))
  if (problem.fields.size > 0 && elsewhere.length === 0) return ''
  return [problemText(problem), ...elsewhere.map((field) => `${field}: ${fieldText(problem, field)}`)].join(' ')
}
