// Sends a command: one at a time, on the version that is shown, and at most once however often it is sent.
import { ref } from 'vue'

import { guarded } from '../api'
import { problemOf, type Problem } from '../errors'
import type { Lead } from '../gen/shouwang/monitoring/v1/lead_pb'
import { requestId } from '../request_id'
import type { Command } from './commands'

export function useCommand() {
  const busy = ref(false)
  const problem = ref<Problem>()
  let last = { key: '', id: '' }

  // The same content on the same version is the same request, also after an answer that got lost.
  function idOf(key: string): string {
    if (key !== last.key) last = { key, id: requestId() }
    return last.id
  }

  async function run(lead: Lead, command: string, { content, send }: Command): Promise<Lead | undefined> {
    if (busy.value) return undefined
    busy.value = true
    problem.value = undefined
    try {
      const id = idOf(JSON.stringify([lead.name, lead.etag, command, content]))
      return await guarded(() => send({ name: lead.name, etag: lead.etag, requestId: id }))
    } catch (error) {
      problem.value = problemOf(error)
      return undefined
    } finally {
      busy.value = false
    }
  }
  return { busy, problem, run }
}
