// Leads as they open, move and close, for as long as a page is shown. A broken stream is taken up again.
import { Code, ConnectError } from '@connectrpc/connect'
import { onBeforeUnmount, onMounted } from 'vue'

import { may } from './access'
import { guarded, live } from './api'
import { LiveService, type WatchLeadsResponse } from './gen/shouwang/gateway/v1/gateway_pb'

const RETRY_MS = 2000

export function useLiveLeads(seen: (event: WatchLeadsResponse) => void) {
  const aborter = new AbortController()

  // Answers whether trying again makes sense.
  async function watchOnce(): Promise<boolean> {
    try {
      await guarded(async () => {
        for await (const event of live.watchLeads({}, { signal: aborter.signal })) seen(event)
      })
      return true
    } catch (error) {
      return ![Code.Unauthenticated, Code.PermissionDenied].includes(ConnectError.from(error).code)
    }
  }
  async function watch() {
    while (!aborter.signal.aborted && (await watchOnce())) {
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
    }
  }
  onMounted(() => {
    if (may(LiveService.method.watchLeads)) void watch()
  })
  onBeforeUnmount(() => aborter.abort())
}
