// Families for these tests, invented here and registered in the village of the account "village" through the feed door; each gets a
// hospital bill that raises one lead. A second run on the same product brings families of its own. Left in families.json for the tests.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { as, dayBefore, push, today, until, whoIs } from './product.mjs'

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]

// A number of the right form (GB 11643) in the county's own prefix; whose it might be is chance, the persons do not exist.
function identity(birth, serial) {
  const head = `360681${birth}${String(serial).padStart(3, '0')}`
  return head + '10X98765432'[WEIGHTS.reduce((sum, weight, i) => sum + weight * Number(head[i]), 0) % 11]
}

function makeFamily(stamp, index, village) {
  const serial = (stamp * 10 + index * 2) % 1000
  const phone = `154${String(stamp * 10 + index).slice(-8).padStart(8, '0')}`
  const members = [
    { identity: identity(`19${50 + (stamp % 40)}0312`, serial), name: '试户主', relation: '户主', labour: '普通劳动力', phone },
    { identity: identity(`19${50 + (stamp % 40)}0814`, serial + 1), name: '试配偶', relation: '配偶', labour: '弱劳动力或半劳动力', phone: '' },
  ]
  return { number: `BROWSER${stamp}N${index}`, village, members }
}

export default async function setup() {
  const stamp = Math.floor(Date.now() / 1000)
  const { regionPrefix: village } = await whoIs('village')
  const families = [0, 1, 2].map((index) => makeFamily(stamp, index, village))

  const day = dayBefore(today, 5)
  const registry = families.flatMap((f) => f.members.map((m) => `${m.identity},${day},${f.number},${f.village},${m.name},${m.relation},脱贫户,${m.labour},${m.phone}`))
  await push('rural_revitalization', 'registry_member', `browser-registry-${stamp}`, ['身份证号,截至日期,户编号,行政区划代码,姓名,与户主关系,户类型,劳动技能,联系电话', ...registry].join('\n') + '\n')
  const bills = families.map((f, i) => `${f.members[0].identity},BROWSER-${stamp}-${i},${day},住院,98000,91000`)
  await push('medical_insurance', 'medical_settlement', `browser-bills-${stamp}`, ['身份证号,就诊号,结算日期,就诊类别,总费用(元),个人自付(元)', ...bills].join('\n') + '\n')

  for (const family of families) {
    const { households } = await as('operator', 'HouseholdService/ListHouseholds', { householdNo: family.number })
    family.name = households[0].name
    family.lead = await until(`a lead of ${family.number}`, async () => {
      const { leads } = await as('operator', 'LeadService/ListLeads', { household: family.name, riskTypes: ['RISK_TYPE_ILLNESS'] })
      return leads?.[0]?.name
    })
  }
  writeFileSync(join(process.env.PRODUCT_STATE, 'families.json'), JSON.stringify(families))
}
