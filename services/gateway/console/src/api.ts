// Typed clients of the gateway. The session is an HttpOnly cookie; nothing secret is kept by the page.
import { Code, ConnectError, createClient } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-web'
import { reactive } from 'vue'

import { AuthService, LiveService, type Account } from './gen/shouwang/gateway/v1/gateway_pb'
import { FeedService } from './gen/shouwang/monitoring/v1/feed_pb'
import { LeadService } from './gen/shouwang/monitoring/v1/lead_pb'
import { OverviewService } from './gen/shouwang/monitoring/v1/overview_pb'

const transport = createConnectTransport({ baseUrl: window.location.origin })
export const auth = createClient(AuthService, transport)
export const live = createClient(LiveService, transport)
export const feeds = createClient(FeedService, transport)
export const leads = createClient(LeadService, transport)
export const overviews = createClient(OverviewService, transport)

export const session = reactive<{ account?: Account; known: boolean }>({ known: false })

export async function loadSession() {
  try {
    session.account = await auth.whoAmI({})
  } catch (error) {
    if (ConnectError.from(error).code !== Code.Unauthenticated) throw error
    session.account = undefined
  } finally {
    session.known = true
  }
}

// Runs a call; a lost session leads back to the sign-in page.
export async function guarded<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (ConnectError.from(error).code === Code.Unauthenticated) session.account = undefined
    throw error
  }
}

export const explain = (error: unknown) => ConnectError.from(error).rawMessage
