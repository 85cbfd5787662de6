// Names of regions, asked once each.
import { reactive } from 'vue'

import { regions } from './api'

const names = reactive(new Map<string, string>())
const asked = new Set<string>()

// Follows reactively: the code until its name is known.
export function regionName(code: string): string {
  if (code && !asked.has(code)) {
    asked.add(code)
    void regions.getRegion({ code }).then((region) => names.set(code, region.name)).catch(() => asked.delete(code))
  }
  return names.get(code) ?? code
}

// The regions that hold a village, below one of them: "360681100202" below "360681" → township and village.
export const pathBelow = (village: string, above: string) => [2, 4, 6, 9, 12].filter((digits) => digits > above.length).map((digits) => village.slice(0, digits))
