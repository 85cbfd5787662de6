// Times, numbers and the values of facts, as people read them.
import { timestampDate, type Timestamp } from '@bufbuild/protobuf/wkt'

import { Unit } from './gen/shouwang/options/v1/options_pb'
import { i18n, isChinese } from './i18n'

const { t, n } = i18n.global

// One time holds in the whole country, wherever a workstation's clock believes to be.
const ZONE = 'Asia/Shanghai'

export function timeText(at?: Timestamp): string {
  if (!at) return ''
  return new Intl.DateTimeFormat(isChinese() ? 'zh-CN' : 'en-CA', {
    timeZone: ZONE, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hour12: false,
  }).format(timestampDate(at))
}

export const count = (value: bigint | number) => n(Number(value))

const unitKeys: Partial<Record<Unit, string>> = {
  [Unit.DAYS]: 'days', [Unit.MONTHS]: 'months', [Unit.YEARS]: 'years', [Unit.PERSONS]: 'persons', [Unit.CENTIARE]: 'squareMetres', [Unit.TIMES]: 'times',
}

// value: integer, "true", "false" or empty = unknown.
export function factValue(value: string, unit: Unit): string {
  if (value === '') return '–'
  if (value === 'true' || value === 'false') return t(`value.${value}`)
  if (unit === Unit.FEN) return t('value.yuan', { amount: n(Number(value) / 100) })
  if (unit === Unit.BASIS_POINTS) return `${n(Number(value) / 100)} %`
  const key = unitKeys[unit]
  return key ? t(`value.${key}`, { amount: n(Number(value)) }) : value
}

// Whole days between two dates YYYY-MM-DD; undefined where one is missing.
export function daysBetween(from: string, to: string): number | undefined {
  const days = (Date.parse(to) - Date.parse(from)) / 86_400_000
  return Number.isFinite(days) ? Math.round(days) : undefined
}
