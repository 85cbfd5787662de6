// The leads of a query. "mine": what waits for the account itself, by due time; "all": everything in its region, newest first.
import { computed, ref, shallowRef, watch, type Ref } from 'vue'

import { guarded, leads, session } from '../api'
import { problemOf, type Problem } from '../errors'
import { LeadState, LeadStateSchema, type Lead } from '../gen/shouwang/monitoring/v1/lead_pb'
import { labelled } from '../labels'
import type { LeadQuery } from './query'

const PAGE = 50
// The API lists newest first; to order by due time all open leads are read, up to this many pages of the largest size.
const LARGE_PAGE = 1000
const MOST_PAGES = 5

const openStates = labelled(LeadStateSchema).filter((state) => state !== LeadState.CLOSED) as LeadState[]

// Its next step is offered to the caller, and it lies with the caller's own region and not with one below.
const isMine = (lead: Lead) => lead.nextCommands.length > 0 && lead.assignedRegion === session.account?.regionPrefix

const due = (lead: Lead) => (lead.dueAt ? Number(lead.dueAt.seconds) : Number.MAX_SAFE_INTEGER)
const byDueTime = (a: Lead, b: Lead) => due(a) - due(b) || b.grade - a.grade

export function useWorklist(query: Ref<LeadQuery>) {
  const list = shallowRef<Lead[]>([])
  const next = ref('')
  const busy = ref(false)
  const cut = ref(false) // there were more open leads than are read
  const problem = ref<Problem>()
  let newest = 0 // of two overlapping loads the later one counts

  function page(pageSize: number, pageToken: string) {
    const q = query.value
    const states = q.states.length || q.view === 'all' ? q.states : openStates
    return guarded(() => leads.listLeads({ grades: q.grades, states, riskTypes: q.risks, onlyOverdue: q.overdue, regionPrefix: q.region, pageSize, pageToken }))
  }

  async function readMine(): Promise<{ leads: Lead[]; nextPageToken: string }> {
    const mine: Lead[] = []
    let token = ''
    for (let i = 0; i < MOST_PAGES; ++i) {
      const answer = await page(LARGE_PAGE, token)
      mine.push(...answer.leads.filter(isMine))
      token = answer.nextPageToken
      if (!token) break
    }
    return { leads: mine.sort(byDueTime), nextPageToken: token }
  }

  async function read(more: boolean) {
    const load = ++newest
    busy.value = true
    try {
      const mine = query.value.view === 'mine'
      const answer = mine ? await readMine() : await page(PAGE, more ? next.value : '')
      if (load !== newest) return
      list.value = more ? [...list.value, ...answer.leads] : answer.leads
      next.value = mine ? '' : answer.nextPageToken
      cut.value = mine && answer.nextPageToken !== ''
      problem.value = undefined
    } catch (error) {
      if (load === newest) problem.value = problemOf(error)
    } finally {
      if (load === newest) busy.value = false
    }
  }

  async function load() {
    if (query.value.unknown.length) {
      ++newest
      list.value = []
      next.value = ''
      return
    }
    await read(false)
  }
  const replace = (lead: Lead) => (list.value = list.value.map((old) => (old.name === lead.name ? lead : old)))

  watch(query, load, { immediate: true })
  return { list, next, busy, cut, problem, load, more: () => read(true), replace, overdue: computed(() => list.value.filter((lead) => lead.overdue).length) }
}
