// Names of the model's values, as the model itself declares them (option value_label).
import { getOption, type DescEnum } from '@bufbuild/protobuf'

import { GradeSchema } from './gen/shouwang/monitoring/v1/lead_pb'
import { value_label } from './gen/shouwang/options/v1/options_pb'
import { isChinese } from './i18n'

// "RED" of GRADE_RED: the value's name without the prefix of its type.
export function shortName(type: DescEnum, value: number): string {
  const prefix = type.values[0].name.slice(0, -'UNSPECIFIED'.length)
  return type.value[value]?.name.slice(prefix.length) ?? ''
}

export function valueLabel(type: DescEnum, value: number): string {
  const declared = type.value[value]
  if (!declared || value === 0) return ''
  const label = getOption(declared, value_label)
  return (isChinese() ? label.zh : label.en) || shortName(type, value)
}

// By the short name the API gives for some values ("SPOUSE").
export function labelByShortName(type: DescEnum, name: string): string {
  const declared = type.values.find((v) => shortName(type, v.number) === name)
  return declared ? valueLabel(type, declared.number) : name
}

export const labelled = (type: DescEnum) => type.values.filter((v) => v.number !== 0).map((v) => v.number)

export const gradeClass = (grade: number) => shortName(GradeSchema, grade).toLowerCase()
