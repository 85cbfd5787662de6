// Forms of the steps that the platform's state table can offer (Lead.next_commands). Who may do what is not known here.
import type { Component } from 'vue'

import AcceptForm from '../components/commands/AcceptForm.vue'
import CloseForm from '../components/commands/CloseForm.vue'
import DispatchForm from '../components/commands/DispatchForm.vue'
import VisitForm from '../components/commands/VisitForm.vue'
import type { Lead } from '../gen/shouwang/monitoring/v1/lead_pb'

export interface CommandRequest {
  name: string
  etag: string
  requestId: string
}
// What a form hands over: its content, and the call that carries it.
export interface Command {
  content: unknown
  send: (request: CommandRequest) => Promise<Lead>
}

export const commandForms: Record<string, Component> = { dispatch: DispatchForm, accept: AcceptForm, visit: VisitForm, close: CloseForm }
export const offered = (lead: Lead) => lead.nextCommands.filter((command) => command in commandForms)
