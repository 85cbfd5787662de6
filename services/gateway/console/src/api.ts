// Typed clients of the gateway. The session is an HttpOnly cookie; nothing secret is kept by the page.
import { Code, ConnectError, createClient } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-web'
import { reactive } from 'vue'

import { AuthService, LiveService, type Account } from './gen/shouwang/gateway/v1/gateway_pb'
import { FeedService } from './gen/shouwang/monitoring/v1/feed_pb'
import { HouseholdService } from './gen/shouwang/monitoring/v1/household_pb'
import { LeadService } from './gen/shouwang/monitoring/v1/lead_pb'
import { OverviewService } from './gen/shouwang/monitoring/v1/overview_pb'
import { RegionService } from './gen/shouwang/monitoring/v1/region_pb'
import { RuleService } from './gen/shouwang/monitoring/v1/rule_pb'

const transport = createConnectTransport({ baseUrl: window.location.origin })
export const auth = createClient(AuthService, transport)
export const live = createClient(LiveService, transport)
export const feeds = createClient(FeedService, transport)
export const households = createClient(HouseholdService, transport)
export const leads = createClient(LeadService, transport)
export const overviews = createClient(OverviewService, transport)
export const regions = createClient(RegionService, transport)
export const rules = createClient(RuleService, transport)

export const session = reactive<{ account?: Account; known: boolean }>({ known: false })

export async function loadSession() {
  try {
    session.account = await auth.whoAmI({})
  } catch (error) {
    if (ConnectError.from(error).code !== Code.Unauthenticated) throw error
    session.account = undefined
  }
  session.known = true
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
